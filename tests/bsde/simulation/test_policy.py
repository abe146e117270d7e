"""The value of a policy: exact for linear problems, second order in the error of the approximation, and a bound."""

import math
from itertools import pairwise

import pytest
import torch
from equations import Linear, OrnsteinUhlenbeck, Rotated
from torch import Tensor

from bsde.problem import Problem
from bsde.problems import PROBLEMS
from bsde.simulation.approximation import Approximation, of_function, zero
from bsde.simulation.dual import dual
from bsde.simulation.paths import increments, simulate
from bsde.simulation.policy import Walk, walk
from bsde.simulation.shape import arguments_of_f
from trainer.sampling import generator

SIGMAS = 4.0  # standard errors: one test in 16000 fails by chance, and seeds are fixed


def walked(problem: Problem, approximation: Approximation, steps: int, paths: int, seed: int = 1) -> Walk:
    dw = increments(generator(seed), steps, paths, problem.dim, problem.horizon / steps, torch.float64)
    return walk(problem, approximation, problem.origin(torch.float64).expand(paths, -1), dw)


def mean(values: Tensor) -> tuple[float, float]:
    """Mean and standard error."""
    return float(values.mean()), float(values.std()) / math.sqrt(len(values))


def shifted(problem: Problem, size: float) -> Approximation:
    """The exact solution and something smooth of that size."""

    def u(t: Tensor, x: Tensor) -> Tensor:
        exact = problem.exact(t, x)
        assert exact is not None
        return exact + size * torch.cos(x.sum(1) + t)

    return of_function(u)


def test_a_linear_problem_needs_no_approximation():
    problem = Linear()
    value, error = mean(walked(problem, zero, 8, 100_000).value)
    exact = problem.reference().value  # type: ignore[union-attr]
    assert abs(value - exact) < SIGMAS * error
    assert error < 0.02 * exact


def test_with_the_exact_solution_nothing_is_left_to_chance():
    """The spread of the value falls as sqrt(dt): what remains is the discretisation of the stochastic integral."""
    problem = Linear()
    spread = [float(walked(problem, shifted(problem, 0.0), n, 4000).value.std()) for n in (8, 32, 128)]
    assert spread[2] < 0.25 * float(walked(problem, zero, 8, 4000).value.std())
    for coarse, fine in pairwise(spread):
        assert coarse / fine == pytest.approx(2.0, rel=0.25)


@pytest.mark.parametrize("problem", [PROBLEMS["burgers"](dim=3), PROBLEMS["hure-bounded"](dim=3), Rotated()])
def test_the_error_of_the_approximation_enters_squared(problem: Problem):
    """Values with the errors +s and -s of u^ on the same paths give the derivative at s = 0. That of u^ itself is 1."""
    s = 0.05
    plus, minus = (walked(problem, shifted(problem, k * s), 64, 20_000).value for k in (1, -1))
    slope, error = mean((plus - minus) / (2 * s))
    assert abs(slope) < SIGMAS * error + 0.05  # the time step leaves some of it
    assert error < 0.05


def test_the_bias_of_the_time_step_is_of_first_order_and_is_extrapolated():
    problem = OrnsteinUhlenbeck()
    exact = problem.reference().value  # type: ignore[union-attr]
    steps = 16
    dw = increments(generator(5), steps, 400_000, problem.dim, problem.horizon / steps, torch.float64, antithetic=True)
    start = problem.origin(torch.float64).expand(400_000, -1)
    values = [walk(problem, zero, start, dw.view(n, steps // n, 400_000, -1).sum(1)).value for n in (4, 8, 16)]
    bias = [float(v.mean()) - exact for v in values]
    for coarse, fine in pairwise(bias):
        assert coarse / fine == pytest.approx(2.0, rel=0.15)
    assert abs(2 * bias[2] - bias[1]) < 0.25 * abs(bias[2])


@pytest.mark.parametrize("size", [0.0, 0.3, -0.3])
def test_policies_are_above_and_duals_below_allen_cahn(size: float):
    """Whatever the approximation, within [0, 1] where u - u^3 is concave."""
    problem = PROBLEMS["allen-cahn"](dim=3, horizon=1.0)
    exact = problem.reference().value  # type: ignore[union-attr]

    def u(t: Tensor, x: Tensor) -> Tensor:
        return problem.g(x) * (1 + size * torch.cos(x[:, 0]))

    found = walked(problem, of_function(u), 8, 20_000)
    above, above_error = mean(found.value)
    start = problem.origin(torch.float64).expand(20_000, -1)
    below, below_error = mean(dual(problem, found, start))
    assert above > exact - SIGMAS * above_error
    assert below < exact + SIGMAS * below_error
    assert above - below < 0.1 * exact


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.5])
def test_exercises_are_below_and_rogers_duals_above_the_american_put(factor: float):
    """Whatever decides on the exercise, here `factor` times the European price; in the mean of those at the steps.

    Who exercises where that pays more than the European option is worth has more than the European option."""
    problem = PROBLEMS["american-put"](dim=2)
    exact = problem.reference().value  # type: ignore[union-attr]
    deviation = math.sqrt(2) * problem.volatility  # type: ignore[attr-defined]

    def u(t: Tensor, x: Tensor) -> Tensor:
        left, product = (problem.horizon - t).clamp(min=1e-6), x.prod(1)
        d = (product.log() + (2 * 0.05 + deviation**2 / 2) * left) / (deviation * left.sqrt())
        normal = torch.distributions.Normal(0.0, 1.0)
        forward = product * torch.exp(0.05 * left)  # two assets drift twice as much as one is discounted
        return factor * (torch.exp(-0.05 * left) * normal.cdf(deviation * left.sqrt() - d) - forward * normal.cdf(-d))

    found = walked(problem, of_function(u), 20, 20_000)
    below, below_error = mean(found.value)
    above, above_error = mean(dual(problem, found, problem.origin(torch.float64).expand(20_000, -1)))
    assert below < exact + SIGMAS * below_error
    assert above > exact - SIGMAS * above_error - 0.003  # what 20 dates lose: less than K drift dt
    if factor == 1.0:
        european = float(u(torch.zeros(1, dtype=torch.float64), problem.origin(torch.float64)))
        assert below > european - SIGMAS * below_error
        assert above < 1.06 * exact


def test_an_option_that_is_exercised_at_once_is_worth_what_it_pays():
    problem = PROBLEMS["american-put"](dim=2, start=0.3)
    found = walked(problem, zero, 4, 100)
    torch.testing.assert_close(found.value, torch.full((100,), 1 - 0.09, dtype=torch.float64))


def test_a_policy_costs_more_than_the_best_one():
    """HJB: any control is dearer than u, on a coarse time grid too; a better one less so."""
    problem = PROBLEMS["hjb"](dim=3)
    exact = problem.reference().value  # type: ignore[union-attr]

    def scaled(factor: float) -> Approximation:
        return of_function(lambda t, x: factor * problem.g(x))

    costs = [mean(walked(problem, scaled(k), 4, 50_000).value) for k in (0.0, 0.7, 3.0)]
    for cost, error in costs:
        assert cost > exact - SIGMAS * error
    assert costs[1][0] + SIGMAS * costs[1][1] < min(costs[0][0], costs[2][0])


def test_the_dual_of_a_linear_reaction_is_its_value():
    """f = a y is convex and concave: the mean of theta is u, path by path as for any linear equation."""

    class Growth(PROBLEMS["allen-cahn"]):  # type: ignore[misc]
        """f = y"""

        def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
            return y

    problem = Growth(dim=2, horizon=0.5)
    found = walked(problem, zero, 4, 1000)
    theta = dual(problem, found, problem.origin(torch.float64).expand(1000, -1))
    torch.testing.assert_close(theta, math.exp(0.5) * found.end, rtol=1e-5, atol=0)


def test_what_f_depends_on():
    assert arguments_of_f(PROBLEMS["allen-cahn"]()) == {"y"}
    assert arguments_of_f(PROBLEMS["default-risk"]()) == {"y"}
    assert arguments_of_f(PROBLEMS["hjb"]()) == {"z"}
    assert arguments_of_f(PROBLEMS["lending-rates"]()) == {"y", "z"}
    assert arguments_of_f(PROBLEMS["quadratic-gradient"](start=1.0)) == {"t", "x", "z"}
    assert arguments_of_f(OrnsteinUhlenbeck()) == set()


def test_geometric_brownian_motion_takes_exact_steps():
    """One step of any length has the moments of the lognormal law; Euler would miss them by a third."""
    problem = PROBLEMS["lending-rates"](dim=2, horizon=4.0)
    dw = increments(generator(3), 1, 400_000, 2, 4.0, torch.float64)
    x = simulate(problem, problem.origin(torch.float64).expand(400_000, -1), dw, 4.0)[1] / 100
    assert float(x.mean()) == pytest.approx(math.exp(0.06 * 4), rel=3e-3)
    assert float(x.square().mean()) == pytest.approx(math.exp(2 * 0.06 * 4 + 0.04 * 4), rel=8e-3)


def test_increments_are_functions_of_the_seed_and_antithetic_ones_cancel():
    dw = increments(generator(1, 2), 3, 8, 2, 0.25, torch.float64, antithetic=True)
    assert torch.equal(dw, increments(generator(1, 2), 3, 8, 2, 0.25, torch.float64, antithetic=True))
    assert torch.equal(dw[:, :4], -dw[:, 4:])
    assert float(increments(generator(1), 4, 50_000, 2, 0.25, torch.float64).var()) == pytest.approx(0.25, rel=0.01)
