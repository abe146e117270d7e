"""A solution beside the exact one along paths."""

import pytest
import torch
from equations import Linear
from torch import Tensor

from bsde.problems import PROBLEMS
from bsde.simulation.along import along_paths, exact_solution


@pytest.mark.parametrize("problem", [Linear(), PROBLEMS["hjb"](dim=1), PROBLEMS["allen-cahn"](dim=3)])
def test_the_exact_solution_is_off_by_nothing_and_another_by_what_it_is(problem):
    """Nine tenths of u have nine tenths of the gradient."""
    exact = exact_solution(problem)
    assert exact is not None

    def scaled(t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        u, gradient = exact(t, x)
        return 0.9 * u, 0.9 * gradient

    right, off = (along_paths(problem, u, 8, 1) for u in (exact, scaled))
    assert torch.equal(right.u, right.exact)
    assert right.gradient_error.shape == (8,)
    assert right.gradient_error.max() == 0
    torch.testing.assert_close(off.u, 0.9 * right.u)
    assert float(off.gradient_error.square().mean().sqrt()) == pytest.approx(0.1)


def test_where_nothing_is_known_nothing_is_compared():
    problem = PROBLEMS["default-risk"](dim=3)
    assert exact_solution(problem) is None
    found = along_paths(problem, lambda t, x: (problem.g(x), torch.zeros_like(x)), 8, 1)
    assert found.u.shape == (9, 100)
    assert found.exact is None
