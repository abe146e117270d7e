"""Values and bounds from an approximation: a linear problem nearby as control variate, two sides where f has them."""

import pytest
import torch
from equations import OrnsteinUhlenbeck
from torch import Tensor

from bsde.problem import Problem
from bsde.problems import PROBLEMS
from bsde.simulation.approximation import of_function
from bsde.solve.bounds import check_near
from bsde.solve.estimate import Estimate, estimate
from bsde.solve.tables import ValueSettings
from trainer.errors import UserError


def estimated(problem: Problem, factor: float = 1.0) -> Estimate:
    """With `factor` times g, or what it would be if nothing else moved, in the place of a network."""
    approximation = of_function(lambda t, x: factor * problem.features(t, x)[:, -1])
    return estimate(problem, approximation, problem.origin(torch.float64), ValueSettings(2000, 8), 1, 1.0)


@pytest.mark.parametrize("name", ["lending-rates", "default-risk"])
def test_a_linear_problem_nearby_takes_most_of_the_chance_away(name: str, monkeypatch: pytest.MonkeyPatch):
    problem = PROBLEMS[name](dim=5)
    near = problem.near()
    assert near is not None
    check_near(problem)
    controlled = estimated(problem)
    assert controlled.lower is not None
    assert controlled.upper is not None
    assert controlled.lower.value < controlled.upper.value
    monkeypatch.setattr(PROBLEMS[name], "near", lambda self: None)
    alone = estimated(problem)
    assert controlled.fine.error < 0.4 * alone.fine.error
    assert abs(controlled.fine.value - alone.fine.value) < 4 * alone.fine.error
    assert abs(estimated(near).fine.value - near.reference().value) < 4 * alone.fine.error  # type: ignore[union-attr]


def test_a_problem_nearby_must_be_linear_and_known():
    class Near(PROBLEMS["hjb"]):  # type: ignore[misc]
        """Says that it is near itself."""

        def near(self) -> Problem:
            return self

    class Unknown(PROBLEMS["hjb"]):  # type: ignore[misc]
        """Takes a problem with Euler steps."""

        def near(self) -> Problem:
            return OrnsteinUhlenbeck(dim=self.dim)

    for kind in (Near, Unknown):
        with pytest.raises(UserError, match=rf"{kind.__name__}\.near: expected a linear problem with a reference"):
            check_near(kind(dim=2))


@pytest.mark.parametrize("factor", [0.5, 0.8])
def test_a_quadratic_f_has_bounds_on_both_sides(factor: float):
    """HJB with a wrong gradient: policies above, and what is u itself from below, to its error."""
    problem = PROBLEMS["hjb"](dim=3)
    exact = problem.reference().value  # type: ignore[union-attr]
    found = estimated(problem, factor)
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower.value - 4 * found.lower.error < exact < found.upper.value + 4 * found.upper.error
    assert abs(found.lower.value - exact) < 4 * found.lower.error
    assert found.lower.error < 0.02


def test_where_f_has_no_curvature_there_is_no_bound():
    class Bent(PROBLEMS["burgers"]):  # type: ignore[misc]
        """Neither convex nor concave."""

        def features(self, t: Tensor, x: Tensor) -> Tensor:
            return self.g(x)[:, None]

    found = estimated(Bent(dim=2))
    assert found.lower is None
    assert found.upper is None
