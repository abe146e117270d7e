"""Numbers that need no simulation, against one another and against an independent computation.

The literals come from another program of this project: a conservative finite-volume scheme in r with Crank-Nicolson and
Strang steps, extrapolated (Allen-Cahn), and chi-squared quadrature in another variable (HJB)."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import norm

from bsde.problems import PROBLEMS
from bsde.problems.allen_cahn import end, source
from bsde.references.american import american_put, european_put
from bsde.references.cole_hopf import cole_hopf
from bsde.references.order_statistics import expectation
from bsde.references.radial import radial, radial_at

DIGITS = 1e-9  # of the literals


@pytest.mark.parametrize(
    ("dim", "strength", "value"),
    [
        (100, 1.0, 4.5901617246),
        (100, 10.0, 4.4929294913),
        (100, 50.0, 3.7241759228),
        (1, 1.0, -0.0873538131),
        (2, 1.0, 0.3998170051),
        (10, 1.0, 2.1570224648),
        (1000, 1.0, 6.9062551579),
        (10000, 1.0, 9.2101903707),
    ],
)
def test_hjb(dim: int, strength: float, value: float):
    known = PROBLEMS["hjb"](dim=dim, strength=strength).reference()
    assert known.value == pytest.approx(value, abs=DIGITS)


@pytest.mark.parametrize(
    ("dim", "horizon", "value"),
    [(1, 0.3, 0.566471639), (10, 0.3, 0.316512713), (100, 0.3, 0.052781357), (10, 1.0, 0.295695603)],
)
def test_allen_cahn(dim: int, horizon: float, value: float):
    known = PROBLEMS["allen-cahn"](dim=dim, horizon=horizon).reference()
    assert known.value == pytest.approx(value, abs=2 * DIGITS)
    assert known.error < 1e-8


def test_a_quadratic_cost_has_a_formula_anywhere():
    """g = |x|^2: E exp(-k |x + sqrt(2 T) N|^2) = (1 + 4 k T)^(-d/2) exp(-k |x|^2 / (1 + 4 k T))."""
    k, dim, horizon, square = 0.7, 5, 0.6, 1.3
    m = 1 + 4 * k * horizon
    expected = (dim / 2 * math.log(m) + k * square / m) / k
    left, squares = (torch.tensor([v], dtype=torch.float64) for v in (horizon, square))
    assert float(cole_hopf(lambda r2: r2, k, dim, left, squares)) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("r", [0.0, 2.0])
def test_without_reaction_the_radial_equation_is_an_expectation(r: float):
    """And Cole-Hopf with hardly any nonlinearity is the same expectation."""
    dim, horizon = 7, 0.5
    value, error = radial(dim, horizon, r, np.zeros_like, end)
    left, square = (torch.tensor([v], dtype=torch.float64) for v in (horizon, r * r))
    mean = cole_hopf(end, 1e-7, dim, left, square)
    assert value == pytest.approx(float(mean), abs=1e-8)
    assert error < 1e-8


def test_a_constant_follows_the_reaction_alone():
    """v' = v - v^3 from v_0: v = v_0 / sqrt(v_0^2 + (1 - v_0^2) exp(-2 T))."""
    v0, horizon = 0.3, 0.8
    value, _ = radial(20, horizon, 0.7, source, lambda s: np.full_like(s, v0))
    assert value == pytest.approx(v0 / math.sqrt(v0**2 + (1 - v0**2) * math.exp(-2 * horizon)), abs=1e-8)


def test_between_start_and_end_the_radial_equation_is_that_of_the_time_left():
    """Three points at three times at once, and the derivative in |x|^2."""
    left = torch.tensor([0.2, 0.05, 0.0], dtype=torch.float64)
    square = torch.tensor([0.3, 4.0, 1.0], dtype=torch.float64)
    point = square.clone().requires_grad_()
    u = radial_at(6, left, point, source, end)
    (slope,) = torch.autograd.grad(u.sum(), point)
    u = u.detach()
    expected = [radial(6, T, s**0.5, source, end)[0] for T, s in ((0.2, 0.3), (0.05, 4.0))]
    assert u[:2].tolist() == pytest.approx(expected, abs=1e-6)
    assert float(u[2]) == pytest.approx(1 / 2.4, abs=1e-6)
    torch.testing.assert_close(radial_at(6, 0 * left, square, source, end), end(square), rtol=1e-6, atol=0)
    after, before = (radial_at(6, left, square + step, source, end) for step in (1e-3, -1e-3))
    torch.testing.assert_close(slope, (after - before) / 2e-3, rtol=1e-4, atol=1e-7)


def test_one_price_is_black_and_scholes():
    start, drift, volatility, time, strike = 100.0, 0.03, 0.25, 0.7, 105.0
    deviation = volatility * math.sqrt(time)
    d = (math.log(start / strike) + (drift + volatility**2 / 2) * time) / deviation
    expected = start * math.exp(drift * time) * norm.cdf(d) - strike * norm.cdf(d - deviation)
    for largest in (True, False):
        found = expectation(lambda x: np.maximum(x - strike, 0), 1, start, drift, volatility, time, largest)
        assert found == pytest.approx(expected, rel=1e-5)  # a kink between two of 4000 nodes


def test_kinks_are_where_panels_meet():
    """A call on the largest of 100: another panel changes nothing, a kink within one does."""

    def call(x: np.ndarray) -> np.ndarray:
        return np.maximum(x - 150, 0)

    values = [expectation(call, 100, 100.0, 0.06, 0.2, 0.5, largest=True, kinks=k) for k in ((150.0,), (150.0, 120.0))]
    assert values[0] == pytest.approx(values[1], rel=1e-12)
    assert expectation(call, 100, 100.0, 0.06, 0.2, 0.5, largest=True) == pytest.approx(values[0], rel=1e-3)


def test_largest_and_smallest_of_two_sum_to_both():
    both = [expectation(lambda x: x, 2, 100.0, 0.02, 0.2, 1.0, largest) for largest in (True, False)]
    assert sum(both) == pytest.approx(2 * 100 * math.exp(0.02), rel=1e-10)


def test_smallest_of_a_hundred_is_that_of_the_paper():
    """Han, Jentzen and E: about 60.781 without default risk."""
    assert expectation(lambda x: x, 100, 100.0, 0.02, 0.2, 1.0, largest=False) == pytest.approx(60.781, abs=1e-3)


def test_at_any_start():
    far = PROBLEMS["hjb"](dim=3, start=(1.0, -2.0, 0.5)).reference()
    turned = PROBLEMS["hjb"](dim=3, start=(math.sqrt(5.25), 0.0, 0.0)).reference()
    assert far.value == pytest.approx(turned.value, abs=DIGITS)
    assert torch.tensor(far.value).isfinite()


@pytest.mark.parametrize(("dim", "value"), [(1, 0.060903), (5, 0.10738), (10, 0.12996), (20, 0.1510), (40, 0.1680)])
def test_the_american_put_is_that_of_the_literature(dim: int, value: float):
    """The references of Huré, Pham and Warin's table, as many digits as it has."""
    known = PROBLEMS["american-put"](dim=dim).reference()
    assert known.value == pytest.approx(value, abs=1e-4 if dim >= 20 else 1e-5)
    assert known.error < 2e-5


def test_without_interest_nobody_exercises_early():
    """An American put without interest is the European one, and with it, worth more."""
    european = float(european_put(np.array([1.1]), 1.0, 0.0, 0.0, 0.3, 0.7)[0])
    assert american_put(1.1, 1.0, 0.0, 0.0, 0.3, 0.7)[0] == pytest.approx(european, abs=1e-6)
    discounted = float(european_put(np.array([1.1]), 1.0, 0.1, 0.0, 0.3, 0.7)[0])
    assert american_put(1.1, 1.0, 0.1, 0.0, 0.3, 0.7)[0] > 1.05 * discounted
