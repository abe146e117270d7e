"""Multilevel Picard: unbiased for the Picard iterate, and it converges to u and its gradient."""

import math

import pytest
import torch
from equations import Linear, OrnsteinUhlenbeck
from torch import Tensor

from bsde.picard.multilevel_picard import MultilevelPicard
from bsde.problem import Problem
from bsde.problems import PROBLEMS
from trainer.errors import UserError


class Growth(Problem):
    """f = y and g = 1: the n-th Picard iterate is 1 + T + ... + T^(n-1) / (n-1)!."""

    dim: int = 2

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        return y

    def g(self, x: Tensor) -> Tensor:
        return torch.ones_like(x[:, 0])


@pytest.mark.parametrize("levels", [1, 3])
def test_its_mean_is_the_picard_iterate(levels: int):
    found = MultilevelPicard(levels, samples=3, repetitions=200).solve(Growth())
    expected = sum(1 / math.factorial(k) for k in range(levels))
    assert abs(found.value - expected) < 4 * found.error + 1e-12


def test_allen_cahn_is_that_of_the_radial_equation():
    problem = PROBLEMS["allen-cahn"](dim=10)
    found = MultilevelPicard(levels=4, samples=4, repetitions=24).solve(problem)
    exact = problem.reference().value
    assert found.error < 5e-3 * exact
    assert abs(found.value - exact) < 4 * found.error + 2e-3 * exact  # T^4 / 4! of the fourth iterate


def test_the_last_iteration_tells_what_the_next_would_change():
    """Growth again: V_3 - V_2 = 1/2, and the looks are the iterates."""
    found = MultilevelPicard(3, samples=3, repetitions=100).solve(Growth())
    assert abs(found.bias - 0.5) < 4 * (found.looks[2].error + found.looks[3].error)  # type: ignore[operator]
    for look, expected in zip(found.looks, (0.0, 1.0, 2.0, 2.5), strict=True):
        assert abs(look.value - expected) < 4 * look.error + 1e-12


def test_the_gradient_comes_along():
    """f = a y + b sum z, u = exp(mean x + rate (T - t)): z = sigma u / d in every coordinate."""
    problem = Linear(horizon=0.2)
    found = MultilevelPicard(levels=4, samples=6, repetitions=40).solve(problem)
    u = problem.reference().value  # type: ignore[union-attr]
    assert abs(found.value - u) < 4 * found.error
    assert found.error < 0.02 * u
    assert all(abs(z - u) < 4 * error for z, error in zip(found.z, found.z_error, strict=True))  # sigma / d = 1
    assert max(found.z_error) < 0.2 * u


def test_geometric_brownian_motion_has_the_same_weights():
    """d = 1, g = x - k far in the money: z = sigma x du/dx, u = x exp(drift T) - k before the driver."""

    class Forward(PROBLEMS["lending-rates"]):  # type: ignore[misc]
        """f = 0"""

        def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
            return torch.zeros_like(y)

        def g(self, x: Tensor) -> Tensor:
            return x[:, 0] - 30

    found = MultilevelPicard(levels=5, samples=5, repetitions=8).solve(Forward(dim=1))
    grown = 100 * math.exp(0.06 * 0.5)
    assert abs(found.value - (grown - 30)) < 4 * found.error
    assert abs(found.z[0] - 0.2 * grown) < 4 * found.z_error[0]


def test_what_it_cannot_do_is_said():
    with pytest.raises(UserError, match="takes X in one step of any length"):
        MultilevelPicard().solve(OrnsteinUhlenbeck())
    with pytest.raises(UserError, match="10 samples on 9 levels are 1000000000 points"):
        MultilevelPicard(9, 10)
    with pytest.raises(UserError, match="expected levels, samples >= 1"):
        MultilevelPicard(0)
