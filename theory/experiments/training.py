"""Trainings of experiments: by the common loop, without its words and without a folder that stays."""

import contextlib
import io
import tempfile
from pathlib import Path
from typing import NamedTuple, cast

from theory.experiments.problems import Problem
from theory.regression.bounds import a_posteriori
from theory.regression.gap import losses
from theory.regression.models.regressor import Regressor
from theory.regression.run import task
from theory.regression.settings import ModelSettings, RegressionSettings
from trainer.loop.loop import Loop
from trainer.loop.settings import TrainingSettings


class Trained(NamedTuple):
    train: float  # mean (f - y)^2 / 2
    test: float
    cut: float  # test, of f cut off at 0 and 1, which the bounds are of
    norm: float

    def bound(self, n: int, d: int) -> float:
        """Of the risk, a posteriori."""
        return self.train + a_posteriori(self.norm, n, d).value


def trained(problem: Problem, model: ModelSettings, penalty: float, steps: int) -> Trained:
    training = TrainingSettings(steps=steps, learning_rate=0.05, final_learning_rate=5e-4, report=steps)
    settings = RegressionSettings("", "", penalty, "float32", model, training)
    with tempfile.TemporaryDirectory(prefix="henrici-") as folder:
        loop = Loop(task(settings, problem.train, problem.test), training, Path(folder))
        with contextlib.redirect_stdout(io.StringIO()):
            done = loop.run()
    if not done:  # the loop has taken Ctrl-C for itself
        raise KeyboardInterrupt
    norm = float(cast(Regressor, loop.averaged).norm())
    train, test = (losses(loop.averaged, s, cut=False).mean() for s in (problem.train, problem.test))
    return Trained(float(train), float(test), float(losses(loop.averaged, problem.test, cut=True).mean()), norm)
