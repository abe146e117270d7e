"""Trainings of experiments: by the common loop, without its words and without a folder that stays."""

import contextlib
import io
import tempfile
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import nn

from theory.experiments.problems import Problem
from theory.regression.data import Sample
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
    train, test = (risk(loop.averaged, s) for s in (problem.train, problem.test))
    return Trained(train, test, risk(loop.averaged, problem.test, cut=True), norm)


@torch.no_grad()
def risk(module: nn.Module, sample: Sample, cut: bool = False) -> float:
    """mean (f - y)^2 / 2, of f cut off at 0 and 1 or as it is."""
    f = module(torch.as_tensor(sample.x, dtype=torch.float32))[:, 0].double().numpy()
    f = np.clip(f, 0, 1) if cut else f
    return float(0.5 * np.mean((f - sample.y) ** 2))
