"""Steps of stochastic gradient descent that can be stopped at any moment and go on to the same result."""

import math
import signal
from pathlib import Path
from types import FrameType

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from trainer.errors import UserError, first_line
from trainer.loop import checkpoint
from trainer.loop.log import Log
from trainer.loop.settings import TrainingSettings
from trainer.loop.task import Task

CHECKPOINT = "checkpoint.pt"


class Loop:
    """Trains `task.module` in place and keeps `averaged`, the moving average of it; both live in the run folder."""

    def __init__(self, task: Task, settings: TrainingSettings, folder: Path):
        self.task, self.settings, self.folder = task, settings, folder
        self.step = 0
        self.optimizer = torch.optim.Adam(task.module.parameters(), lr=settings.learning_rate, fused=True)
        moving = get_ema_multi_avg_fn(settings.average)  # type: ignore[no-untyped-call]
        self._average = AveragedModel(task.module, multi_avg_fn=moving)
        self._squares: dict[str, list[float]] = {}  # since the last report
        self._stop = False

    @property
    def averaged(self) -> nn.Module:
        return self._average.module

    def resume(self) -> None:
        """Go on from the checkpoint. Raises UserError when there is none or it belongs to another model."""
        state = checkpoint.load(self.folder / CHECKPOINT)
        try:
            self.task.module.load_state_dict(state["module"])
            self._average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise UserError(f"{self.folder / CHECKPOINT}: belongs to another model: {first_line(error)}") from error
        self.step, self._squares = state["step"], state["squares"]

    def run(self) -> bool:
        """Train to the last step; True when it got there, False when SIGINT or SIGTERM asked to stop (and it saved)."""
        handlers = {s: signal.signal(s, self._ask_to_stop) for s in (signal.SIGINT, signal.SIGTERM)}
        log = Log(self.folder, self.step, self.settings.steps)
        try:
            if self.step == 0:
                self.save()  # a run killed before its first report resumes too
            while self.step < self.settings.steps and not self._stop:
                self._advance()
                if self.step % self.settings.report_every == 0 or self.step == self.settings.steps:
                    self._report(log)
                    self.save()
            if self._stop:
                self.save()
        finally:
            for s, handler in handlers.items():
                signal.signal(s, handler)
        return self.step == self.settings.steps

    def save(self) -> None:
        """Write the checkpoint. Raises UserError when the disk is full; the last one then stays."""
        state = {
            "step": self.step,
            "module": self.task.module.state_dict(),
            "average": self._average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "squares": self._squares,
        }
        checkpoint.save(self.folder / CHECKPOINT, state)

    def _advance(self) -> None:
        decay = self.settings.decay(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.learning_rate * decay
        self.optimizer.zero_grad()
        loss, squares = self.task.loss(self.step, decay)
        if not math.isfinite(loss.item()):
            raise UserError(
                f"the loss is {loss.item()} at step {self.step}; the checkpoint of the last report is intact: "
                "lower learning_rate or look for outliers in the data"
            )
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.task.module.parameters(), self.settings.clip)
        self.optimizer.step()
        self._average.update_parameters(self.task.module)
        self.step += 1
        for name, value in squares.items():
            self._squares.setdefault(name, []).append(value)

    def _report(self, log: Log) -> None:
        trained = {f"train/{name}": math.sqrt(sum(v) / len(v)) for name, v in self._squares.items()}
        validated = {f"validation/{name}": value for name, value in self.task.validate(self.averaged).items()}
        rate = self.settings.learning_rate * self.settings.decay(self.step)
        log.write(self.step, {"learning_rate": rate, **trained, **validated})
        self._squares = {}

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop = True
