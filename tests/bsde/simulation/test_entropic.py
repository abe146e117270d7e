"""Where f is quadratic in the gradient an exponential expectation is u itself, on the coarsest of time steps."""

import math

import pytest
import torch
from equations import Linear, OrnsteinUhlenbeck
from torch import Tensor

from bsde.problems import PROBLEMS
from bsde.simulation.approximation import of_function
from bsde.simulation.entropic import exponentials, logarithm
from bsde.simulation.paths import increments
from bsde.simulation.policy import walk
from bsde.simulation.shape import is_affine, quadratic
from bsde.simulation.statistics import Mean, sums_of
from trainer.sampling import generator


@pytest.mark.parametrize("strength", [1.0, 2.0])
@pytest.mark.parametrize("factor", [0.0, 0.7, 1.5])
def test_it_is_u_whatever_the_approximation(strength: float, factor: float):
    """HJB with `factor` times g in the place of u, in two time steps; the policy's cost is above it."""
    problem = PROBLEMS["hjb"](dim=3, strength=strength)
    exact, paths, steps = problem.reference().value, 50_000, 2  # type: ignore[union-attr]
    dw = increments(generator(4), steps, paths, 3, 1.0 / steps, torch.float64)
    start = problem.origin(torch.float64).expand(paths, -1)
    cost = walk(problem, of_function(lambda t, x: factor * problem.g(x)), start, dw).value
    found = logarithm(Mean.of(sums_of(exponentials(cost, -strength, 0.5))), -strength, 0.5)
    assert abs(found.value - exact) < 4 * found.error
    assert found.error < 0.02
    assert found.value < float(cost.mean())


def test_what_is_quadratic():
    assert quadratic(PROBLEMS["hjb"](strength=3.0)) == pytest.approx(-3.0)
    assert quadratic(PROBLEMS["quadratic-gradient"](start=0.5)) == pytest.approx(2.0)
    for name in ("allen-cahn", "lending-rates", "default-risk", "burgers", "hure-bounded"):
        assert quadratic(PROBLEMS[name]()) is None
    assert quadratic(OrnsteinUhlenbeck()) is None

    class Bent(PROBLEMS["hjb"]):  # type: ignore[misc]
        """Quadratic at first, but not everywhere."""

        def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
            return -0.5 * z.square().sum(1).clamp(max=1.0)

    assert quadratic(Bent()) is None


def test_what_is_affine():
    assert is_affine(Linear(), Linear().f)
    assert not is_affine(PROBLEMS["hjb"](), PROBLEMS["hjb"]().f)
    assert not is_affine(Linear(), lambda t, x, y, z: y * math.nan)
