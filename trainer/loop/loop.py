"""Steps of stochastic gradient descent that can be stopped at any moment and go on to the same result."""

import copy
import math
import signal
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn

from trainer.errors import UserError, first_line
from trainer.loop import checkpoint, processes
from trainer.loop.freeze import freeze
from trainer.loop.log import Log
from trainer.loop.settings import TrainingSettings
from trainer.loop.soap import SOAP
from trainer.loop.task import Task

CHECKPOINT = "checkpoint.pt"


class Diverged(UserError):
    """The loss or its gradient is not finite."""


class Loop:
    """Trains `task.module` in place and keeps `averaged`, the moving average of it; both live in the run folder."""

    def __init__(self, task: Task, settings: TrainingSettings, folder: Path):
        """Raises UserError when `settings.freeze` has a name that the module has not."""
        self.task, self.settings, self.folder = task, settings, folder
        self.step = 0
        self.trained = freeze(task.module, settings.freeze)
        self.optimizer = SOAP(self.trained, lr=settings.learning_rate)
        self.averaged = copy.deepcopy(task.module).requires_grad_(False)
        self._tensors = [tensors_of(module) for module in (self.averaged, task.module)]
        self._sums: dict[str, list[float]] = {}  # squares and their number, by error, since the last report
        self._best: dict[str, Any] = {}  # step, error and averaged parameters of the best report, if patience is set
        self._asked = self._stop = False  # to stop: this process, by a signal; all of them, at one step

    @classmethod
    def entered(cls, task: Task, settings: TrainingSettings, folder: Path) -> "Loop":
        """At its first step, or at the checkpoint that the folder holds. Raises UserError as both do."""
        loop = cls(task, settings, folder)
        if (folder / CHECKPOINT).exists():
            loop.resume()
        return loop

    @property
    def finished(self) -> bool:
        """At the last step, or out of patience."""
        patience = self.settings.patience
        waited = self.step - self._best.get("step", self.step)
        return self.step == self.settings.steps or (
            patience is not None and waited >= patience * self.settings.report_every
        )

    def resume(self) -> None:
        """Go on from the checkpoint. Raises UserError when there is none or it belongs to another model."""
        state = checkpoint.load(self.folder / CHECKPOINT)
        try:
            self.task.module.load_state_dict(state["module"])
            self.averaged.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
        except (KeyError, RuntimeError, ValueError) as error:
            raise UserError(f"{self.folder / CHECKPOINT}: belongs to another model: {first_line(error)}") from error
        self.step, self._sums, self._best = state["step"], state["sums"], state["best"]

    def run(self) -> bool:
        """Train to the end; True when it got there, False when SIGINT or SIGTERM asked to stop (and it saved)."""
        handlers = {s: signal.signal(s, self._ask_to_stop) for s in (signal.SIGINT, signal.SIGTERM)}
        log = Log(self.folder, self.step, self.settings.steps) if processes.rank() == 0 else None
        processes.equalise(self.averaged)
        processes.equalise(self.task.module)
        try:
            if self.step == 0:
                self.save()  # a run killed before its first report resumes too
            while not self.finished and not self._stop:
                self._advance()
                if self.step % self.settings.report_every == 0 or self.step == self.settings.steps:
                    self._report(log)
                    self.save()
            if self._stop:
                self.save()
        finally:
            for s, handler in handlers.items():
                signal.signal(s, handler)
        return self.finished

    def save(self) -> None:
        """Write the checkpoint. Raises UserError when the disk is full; the last one then stays."""
        if processes.rank() == 0:
            state = {
                "step": self.step,
                "module": self.task.module.state_dict(),
                "average": self.averaged.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "sums": self._sums,
                "best": self._best,
            }
            checkpoint.save(self.folder / CHECKPOINT, state)

    def _advance(self) -> None:
        decay = self.settings.decay(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.rate(self.step)
        self.optimizer.zero_grad()
        loss, errors = self.task.loss(self.step, decay)
        if loss.requires_grad:  # an empty share of a batch has nothing to differentiate
            loss.backward()  # type: ignore[no-untyped-call]
        processes.add_gradients(self.trained)
        whole, asked = self._add(loss.item(), errors)
        self._check("loss", whole)
        self._clip()
        self.optimizer.step()
        self._average()
        self.step, self._stop = self.step + 1, asked

    def _clip(self) -> None:
        """Shortens gradients that are longer than `clip` together, and leaves others alone: a pass over all of them."""
        length = nn.utils.get_total_norm([p.grad for p in self.trained if p.grad is not None])
        self._check("gradient", float(length))
        if length > self.settings.clip:
            nn.utils.clip_grads_with_norm_(self.trained, self.settings.clip, length)

    @torch.no_grad()
    def _average(self) -> None:
        """a <- b a + (1 - b) p with b = min(average, k / (k + 10)) at step k: what came long before is forgotten."""
        weight = max(1.0 - self.settings.average, 10.0 / (self.step + 10.0))
        (a, buffers), (p, latest) = self._tensors
        torch._foreach_lerp_(a, p, weight)
        if buffers:
            torch._foreach_copy_(buffers, latest)

    def _check(self, name: str, value: float) -> None:
        if not math.isfinite(value):
            raise Diverged(
                f"the {name} is {value} at step {self.step}; the checkpoint of the last report is intact: "
                "lower learning_rate or look for outliers in the data"
            )

    def _add(self, loss: float, errors: dict[str, tuple[float, float]]) -> tuple[float, bool]:
        """Over all processes: adds the errors to those since the last report; the loss, and whether any is to stop."""
        flat = [loss, float(self._asked), *(number for pair in errors.values() for number in pair)]
        whole, asked, *numbers = processes.total(torch.tensor(flat, dtype=torch.float64)).tolist()
        for k, name in enumerate(errors):
            sums = self._sums.setdefault(name, [0.0, 0.0])
            sums[0], sums[1] = sums[0] + numbers[2 * k], sums[1] + numbers[2 * k + 1]
        return whole, asked > 0

    def _report(self, log: Log | None) -> None:
        trained = {f"train/{name}": math.sqrt(s / n) for name, (s, n) in self._sums.items() if n}
        errors = self.task.validate(self.averaged)
        if log:
            validated = {f"validation/{name}": value for name, value in errors.items()}
            log.write(self.step, {"learning_rate": self.settings.rate(self.step), **trained, **validated})
        self._sums = {}
        telling = next(iter(errors.values()))
        if self.settings.patience is not None and telling < self._best.get("error", math.inf):
            state = {name: tensor.clone() for name, tensor in self.averaged.state_dict().items()}
            self._best = {"step": self.step, "error": telling, "module": state}

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._asked = True


def tensors_of(module: nn.Module) -> tuple[list[Tensor], list[Tensor]]:
    """Parameters and buffers. To walk through the module at every step takes longer than a small step's arithmetic."""
    return list(module.parameters()), list(module.buffers())
