"""The generalisation gap of a trained model of any origin, measured, and what its norm says of it beforehand."""

from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from theory.norms.network import MLP
from theory.norms.path import path_norm
from theory.norms.residual import ResidualNetwork, compositional_norm
from theory.norms.scripts import of_module
from theory.norms.solution import SolutionNetwork
from theory.points import Array
from theory.regression.bounds import Bound, a_posteriori, a_posteriori_linear, a_posteriori_residual
from theory.regression.data import Sample
from trainer.errors import UserError

DELTA = 0.05


class Gap(NamedTuple):
    """Risks E (T f - y)^2 / 2, T cuts off at 0 and 1 where there is a bound, and is nothing else."""

    train: float
    test: float
    error: float  # standard error of the test
    bound: Bound | None  # of test - train with probability 1 - DELTA
    why: str  # there is none

    def __str__(self) -> str:
        words = f"a posteriori bound of the gap, {1 - DELTA:g}" if self.bound else f"no bound of the gap: {self.why}"
        lines = [
            f"risk, training points  {self.train:.4g}",
            f"risk, test points      {self.test:.4g} ± {self.error:.2g}",
            f"gap                    {self.test - self.train:.4g}",
            f"{words}{f': {self.bound}' if self.bound else ''}",
        ]
        return "\n".join(lines)


def gap(module: nn.Module, train: Sample, test: Sample, what: str = "module") -> Gap:
    """module: [n, d] -> [n, 1] or [n], scripted or not. Raises UserError for one of other inputs or outputs, and for
    one without a network in it."""
    bound, why = bound_of(module, train, test, what)
    trained, tested = (losses(module, sample, cut=bound is not None) for sample in (train, test))
    error = float(tested.std(ddof=1)) / len(tested) ** 0.5
    return Gap(float(trained.mean()), float(tested.mean()), error, bound, why)


@torch.no_grad()
def losses(module: nn.Module, sample: Sample, cut: bool) -> Array:
    """(f - y)^2 / 2 of each point, of f cut off at 0 and 1 or as it is: [n]"""
    like = next(iter(module.state_dict().values()))
    f = module(torch.as_tensor(sample.x, dtype=like.dtype, device=like.device)).flatten().double().cpu().numpy()
    return np.asarray(0.5 * ((np.clip(f, 0, 1) if cut else f) - sample.y) ** 2)


def bound_of(module: nn.Module, train: Sample, test: Sample, what: str) -> tuple[Bound | None, str]:
    """With the reason where there is none."""
    network, (n, d) = of_module(module, what).get(""), train.x.shape
    several = isinstance(network, MLP) and network.outputs > 1
    if network is None or isinstance(network, SolutionNetwork) or network.inputs != d or several:
        raise UserError(f"{what}: expected a network of {d} inputs, as the points have, and of one output")
    inside = all(np.abs(s.x).max() <= 1 and s.y.min() >= 0 and s.y.max() <= 1 for s in (train, test))
    if not inside:
        return None, "it is of x in [-1, 1]^d and y in [0, 1]"
    if isinstance(network, ResidualNetwork):
        return a_posteriori_residual(compositional_norm(network), n, d, DELTA), ""
    if isinstance(network, MLP) and len(network.layers) == 1:
        return a_posteriori_linear(path_norm(network), n, d, DELTA), ""
    if isinstance(network, MLP) and network.neurons:
        return a_posteriori(path_norm(network), n, d, DELTA), ""
    return None, "the theorems are of linear functions, two layers of ReLU and residual networks"
