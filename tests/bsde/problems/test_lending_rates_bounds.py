"""Different rates for lending and borrowing from both sides: exact maxima, means in order, close to each other."""

import itertools
import math

import pytest
import torch
from torch import Tensor

from bsde.problems.lending_rates import LendingRates
from bsde.problems.lending_rates_bounds import best_rates, phi, sides, slope
from bsde.simulation.paths import increments
from trainer.errors import UserError
from trainer.sampling import generator


def of_paths(problem: LendingRates, steps: int, paths: int) -> tuple[Tensor, Tensor, Tensor]:
    dw = increments(generator(2), steps, paths, problem.dim, problem.horizon / steps, torch.float64)
    start = problem.origin(torch.float64).expand(paths, -1)
    return sides(start, dw, problem.horizon, problem.volatility, problem.lending, problem.borrowing)


def test_the_best_rates_are_those_of_a_search():
    """All combinations of 13 rates in each of three steps: none is better, and the best is nearly as good."""
    low, high, paths = 0.02, 0.08, 100
    random = generator(1)
    moves = 60 * torch.randn(3, paths, dtype=torch.float64, generator=random)
    m = 115 + 45 * torch.rand(paths, dtype=torch.float64, generator=random)
    found = best_rates(moves, m, low, high)
    searched = torch.full_like(m, -math.inf)
    for rates in itertools.product(torch.linspace(low, high, 13, dtype=torch.float64).tolist(), repeat=3):
        rho = torch.tensor([0.0, rates[0], rates[0] + rates[1]], dtype=torch.float64)
        cost = ((rho - low * torch.arange(3, dtype=torch.float64))[:, None] * moves).sum(0)
        searched = torch.maximum(searched, phi(torch.full_like(m, sum(rates)), m) - cost)
    assert (found >= searched - 1e-12).all()
    assert (found - searched).max() < 1.0  # 0.005 between rates, times slopes of up to 180
    assert (found - searched).mean() < 0.1


def test_the_slope_is_a_martingale_and_the_derivative_of_the_price():
    """Of a price that is a simulation with common random numbers: to the sampling of the difference."""
    theta, deviation = torch.full((40_000,), 0.03, dtype=torch.float64), 0.15
    logs = (100 + torch.tensor([5.0, 0.0, 20.0], dtype=torch.float64)).log()
    noise = torch.randn(40_000, 3, dtype=torch.float64, generator=generator(1))
    later = logs + deviation * noise - 0.5 * deviation**2
    now = slope(theta[:1], logs[None], deviation)
    half = slope(theta, logs + 0.6 * deviation * noise - 0.5 * (0.6 * deviation) ** 2, 0.8 * deviation)
    assert abs(float(half.mean() - now)) < 4 * float(half.std()) / 200
    m = later.amax(1).exp()
    change = (phi(theta + 1e-4, m) - phi(theta - 1e-4, m)) / 2e-4
    assert abs(float(change.mean() - now)) < 4 * float(change.std()) / 200
    end = slope(theta, later, 0.0)
    assert abs(float(end.mean() - now)) < 4 * float(end.std()) / 200


def test_policies_are_below_path_by_path_and_both_come_closer_with_the_time_step():
    problem = LendingRates(dim=5)
    gaps = []
    for steps in (2, 4, 8):
        policy, best, _ = of_paths(problem, steps, 4000)
        assert (best - policy).min() > -1e-9
        gaps.append(float((best - policy).mean()))
    assert gaps[0] > gaps[1] > gaps[2]  # what is left in the end is the policy's own
    assert gaps[2] < 2e-3 * float(policy.mean())


def test_at_one_rate_both_are_the_price():
    """Of linear f, by quadrature: the rates leave no choice."""
    problem = LendingRates(dim=4, lending=0.06)
    policy, best, at_one_rate = of_paths(problem, 2, 10_000)
    torch.testing.assert_close(policy, at_one_rate)
    torch.testing.assert_close(best, at_one_rate)
    error = float(policy.std()) / 100
    assert abs(float(policy.mean()) - problem.reference().value) < 4 * error  # type: ignore[union-attr]


def test_the_hundred_are_between_bounds_that_exclude_the_literature():
    """2000 paths of 20 steps: 21.299, and 0.2 % less, are above; the price at the rate for borrowing is below."""
    problem = LendingRates()
    policy, best, at_one_rate = of_paths(problem, 20, 2000)
    below, above = (side - at_one_rate + problem.at_one_rate() for side in (policy, best))
    assert float(above.mean() + 4 * above.std() / 2000**0.5) < 21.299 * (1 - 2e-3)
    assert float(below.mean() - 4 * below.std() / 2000**0.5) > problem.at_one_rate()
    assert problem.at_one_rate() == pytest.approx(21.093199, abs=1e-6)


def test_what_has_no_meaning_is_refused():
    with pytest.raises(UserError, match=r"expected lending <= borrowing, got 0\.1 and 0\.06"):
        LendingRates(lending=0.1)
    with pytest.raises(UserError, match="expected prices and volatility > 0"):
        LendingRates(start=-1.0)
