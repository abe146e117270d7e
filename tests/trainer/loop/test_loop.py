"""The loop on a problem with a known answer, stopped in every way."""

import csv
import dataclasses
import os
import signal
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import Tensor, nn

from trainer.errors import UserError
from trainer.loop import checkpoint, processes
from trainer.loop.events import EventFile
from trainer.loop.loop import CHECKPOINT, Loop
from trainer.loop.settings import TrainingSettings
from trainer.sampling import generator

EXACT = torch.tensor([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]], dtype=torch.float64)


class LeastSquares:
    """min_W E |W x - y|^2 with y = EXACT x: not a potential, and the loop cannot tell."""

    def __init__(self, seed: int = 0, interrupt_at: int | None = None):
        torch.manual_seed(seed)
        self.module = nn.Linear(3, 2, bias=False, dtype=torch.float64)
        self.interrupt_at = interrupt_at

    def loss(self, step: int, decay: float) -> tuple[Tensor, dict[str, tuple[float, float]]]:
        if step == self.interrupt_at:
            os.kill(os.getpid(), signal.SIGINT)
        x = torch.randn(8, 3, dtype=torch.float64, generator=generator(1, step))
        square = (self.module(x) - x @ EXACT.T).square().mean()
        return square, {"error": (8.0 * float(square.detach()), 8.0)}

    def validate(self, module: nn.Module) -> dict[str, float]:
        return {"distance": float((module.weight.detach() - EXACT).norm())}


SETTINGS = TrainingSettings(steps=2000, learning_rate=0.1, final_learning_rate=1e-3, report=500)


def weights(loop: Loop) -> list[Tensor]:
    return [loop.task.module.weight.detach().clone(), loop.averaged.weight.detach().clone()]  # type: ignore[union-attr]


def test_finds_the_minimum(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    loop = Loop(LeastSquares(), SETTINGS, tmp_path)
    assert loop.run()
    for weight in weights(loop):
        torch.testing.assert_close(weight, EXACT, atol=1e-3, rtol=0)
    with (tmp_path / "log.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["step"] for row in rows] == ["500", "1000", "1500", "2000"]
    assert float(rows[-1]["validation/distance"]) < float(rows[0]["validation/distance"])
    assert "2000/2000" in capsys.readouterr().out
    assert list((tmp_path / "tensorboard").iterdir())


@pytest.mark.parametrize("at", [0, 57, 500, 1333])
def test_stopping_and_resuming_changes_nothing(tmp_path: Path, at: int):
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole = Loop(LeastSquares(), SETTINGS, tmp_path / "whole")
    whole.run()
    stopped = Loop(LeastSquares(interrupt_at=at), SETTINGS, tmp_path / "parts")
    assert not stopped.run()
    assert stopped.step == at + 1
    resumed = Loop(LeastSquares(seed=5), SETTINGS, tmp_path / "parts")  # another start: all comes from the checkpoint
    resumed.resume()
    assert resumed.run()
    for a, b in zip(weights(whole), weights(resumed), strict=True):
        assert torch.equal(a, b)
    assert (tmp_path / "whole/log.csv").read_text() == (tmp_path / "parts/log.csv").read_text()


def test_a_loss_that_is_not_finite_stops_the_run(tmp_path: Path):
    task = LeastSquares()
    loop = Loop(task, SETTINGS, tmp_path)
    with torch.no_grad():
        task.module.weight.fill_(float("inf"))
    with pytest.raises(UserError, match=r"the loss is (inf|nan) at step 0"):
        loop.run()


@pytest.mark.parametrize("keep", [0, 10, 1000])
def test_a_damaged_checkpoint_is_one_line(tmp_path: Path, keep: int):
    loop = Loop(LeastSquares(), SETTINGS, tmp_path)
    with pytest.raises(UserError, match="no such file; is this a run folder"):
        loop.resume()
    loop.save()
    (tmp_path / CHECKPOINT).write_bytes((tmp_path / CHECKPOINT).read_bytes()[:keep])
    with pytest.raises(UserError, match="not a checkpoint, or damaged; restore it, or start a new run") as caught:
        loop.resume()
    assert "\n" not in str(caught.value)


def test_a_checkpoint_of_another_model_is_refused(tmp_path: Path):
    Loop(LeastSquares(), SETTINGS, tmp_path).save()
    other = LeastSquares()
    other.module = nn.Linear(4, 2, bias=False, dtype=torch.float64)
    with pytest.raises(UserError, match="belongs to another model"):
        Loop(other, SETTINGS, tmp_path).resume()


class Overfitting(LeastSquares):
    """Its validation error is lowest after 600 steps, by decree."""

    def validate(self, module: nn.Module) -> dict[str, float]:
        self.reports = getattr(self, "reports", 0) + 1
        return {"error": abs(self.reports - 6) + 1.0, "other": -float(self.reports)}


PATIENT = dataclasses.replace(SETTINGS, report=100, patience=4)


def test_out_of_patience_it_stops_and_the_best_counts(tmp_path: Path):
    loop = Loop(Overfitting(), PATIENT, tmp_path)
    assert loop.run()
    assert loop.step == 1000
    (tmp_path / "short").mkdir()
    short = Loop(LeastSquares(interrupt_at=599), SETTINGS, tmp_path / "short")
    assert not short.run()
    step, best = checkpoint.averaged(checkpoint.load(tmp_path / CHECKPOINT))
    assert step == 600
    assert torch.equal(best["weight"], weights(short)[1])
    again = Loop(Overfitting(), PATIENT, tmp_path)
    again.resume()
    assert again.run()
    assert again.step == 1000


def test_patience_survives_a_stop(tmp_path: Path):
    task = Overfitting(interrupt_at=750)
    loop = Loop(task, PATIENT, tmp_path)
    assert not loop.run()
    resumed = Loop(Overfitting(seed=5), PATIENT, tmp_path)
    resumed.task.reports = task.reports  # type: ignore[attr-defined]
    resumed.resume()
    assert resumed.run()
    assert resumed.step == 1000


def test_without_patience_the_last_counts(tmp_path: Path):
    loop = Loop(LeastSquares(), SETTINGS, tmp_path)
    loop.run()
    step, last = checkpoint.averaged(checkpoint.load(tmp_path / CHECKPOINT))
    assert step == 2000
    assert torch.equal(last["weight"], loop.averaged.weight.detach())  # type: ignore[union-attr,operator]


def test_shares_divide_a_batch_evenly(monkeypatch: pytest.MonkeyPatch):
    costs = [192, 5, 64, 64, 64, 3]
    monkeypatch.setattr(processes, "size", lambda: 3)
    shares = []
    for rank in range(3):
        monkeypatch.setattr(processes, "rank", lambda rank=rank: rank)
        shares.append(processes.share(costs))
    assert sorted(k for share in shares for k in share) == list(range(6))
    assert sorted(sum(costs[k] for k in share) for share in shares) == [72, 128, 192]


def test_learning_rate_falls_from_first_to_last():
    assert SETTINGS.decay(0) == 1.0
    assert SETTINGS.decay(2000) * SETTINGS.learning_rate == pytest.approx(1e-3)
    assert SETTINGS.decay(1000) == pytest.approx((1 + 1e-3 / 0.1) / 2)


def test_learning_rate_rises_at_first():
    settings = dataclasses.replace(SETTINGS, warm_up=99)
    assert settings.rate(0) == pytest.approx(0.1 / 100)
    assert settings.rate(49) == pytest.approx(0.1 / 2, rel=1e-2)
    assert settings.rate(99) == 0.1 * settings.decay(99)
    assert settings.rate(2000) == pytest.approx(1e-3)
    short = dataclasses.replace(settings, steps=20)
    assert short.rate(2) == 0.1 * short.decay(2)


class Recording(LeastSquares):
    """Keeps the weights that each step begins with."""

    def loss(self, step: int, decay: float) -> tuple[Tensor, dict[str, tuple[float, float]]]:
        self.weights = [*getattr(self, "weights", []), self.module.weight.detach().clone()]
        return super().loss(step, decay)


def test_the_average_forgets_the_first_steps_sooner(tmp_path: Path):
    task = Recording()
    loop = Loop(task, dataclasses.replace(SETTINGS, steps=40, average=0.75), tmp_path)
    loop.run()
    average = torch.zeros_like(EXACT)
    for k, weight in enumerate([*task.weights[1:], task.module.weight.detach()]):
        b = min(0.75, k / (k + 10))  # reached at the 30th step
        average = b * average + (1 - b) * weight
    torch.testing.assert_close(weights(loop)[1], average, rtol=1e-12, atol=1e-12)


class Overflowing(LeastSquares):
    """Its loss is finite, and the gradient of it is not."""

    def loss(self, step: int, decay: float) -> tuple[Tensor, dict[str, tuple[float, float]]]:
        return self.module.weight.sum() * 0.0 + (self.module.weight * 0.0).abs().sqrt().sum(), {"error": (0.0, 1.0)}


def test_a_gradient_that_is_not_finite_stops_the_run(tmp_path: Path):
    with pytest.raises(UserError, match=r"the gradient is (inf|nan) at step 0"):
        Loop(Overflowing(), SETTINGS, tmp_path).run()


def test_tensorboard_reads_the_curve_without_what_was_withdrawn(tmp_path: Path):
    first = EventFile(tmp_path, step=0)
    for step in (1, 2, 3):
        first.write(step, {"validation/error": 1.0 / step})
    EventFile(tmp_path, step=2).write(3, {"validation/error": 7.0})
    reader = EventAccumulator(str(tmp_path))
    reader.Reload()
    assert [(e.step, e.value) for e in reader.Scalars("validation/error")] == [(1, 1.0), (2, 0.5), (3, 7.0)]
