"""The supremum over Lipschitz functions three ways: transport, linear program over function values, sorted points."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance
from tolerances import FLOAT64

from theory.classes.lipschitz import (
    Lipschitz,
    potential,
    sandwich,
    sorted_transport,
    transport,
    wasserstein_uniform,
    weighted_transport,
)
from theory.integration import integration_error

random = np.random.default_rng(1)


def signs(n: int, balanced: bool = False) -> np.ndarray:
    return random.permutation(np.repeat([-1.0, 1.0], n // 2)) if balanced else random.choice([-1.0, 1.0], n)


@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("B", [0.1, 1.0])
def test_transport_is_the_linear_program_over_function_values(d: int, B: float):
    x = random.random((24, d))
    for w in (signs(24), signs(24) / 24, random.normal(size=24), np.ones(24)):
        h = potential(x, w, B)
        distance = np.linalg.norm(x[:, None] - x[None], axis=2)
        assert (h[:, None] - h[None] <= distance + FLOAT64).all()
        assert (np.abs(h) <= B + FLOAT64).all()
        assert Lipschitz(B).supremum(x, w[None]).lower[0] == pytest.approx(w @ h, rel=FLOAT64)


@pytest.mark.parametrize("of", ["signs", "any weights"])
def test_in_one_dimension_it_is_the_sorted_formula(of: str):
    x, w = random.random(40), signs(40, balanced=True) if of == "signs" else random.normal(size=40)
    w -= w.mean()
    assert Lipschitz().supremum(x[:, None], w[None]).lower[0] == pytest.approx(sorted_transport(x, w), rel=FLOAT64)


def test_an_assignment_is_a_network_flow():
    cost, w = np.minimum(cdist(*2 * [random.random((30, 3))]), 2), signs(30)
    flow = weighted_transport(cost[np.ix_(w > 0, w < 0)], w[w > 0], -w[w < 0], 1.0)
    assert transport(cost, w, 1.0) == pytest.approx(flow, rel=FLOAT64)


def test_the_distance_of_two_samples_is_scipys():
    """Samples of other sizes, in one dimension: sup |I_n - I'_n| is the Wasserstein distance."""
    x, y = random.random((30, 1)), random.random((41, 1))
    found = integration_error(Lipschitz(10), x, y).upper
    assert found == pytest.approx(wasserstein_distance(x[:, 0], y[:, 0]), rel=FLOAT64)


def test_a_bound_that_is_never_reached_changes_nothing_and_a_small_one_is_that_of_continuous_functions():
    x, w = random.random((20, 2)), signs(20, balanced=True)
    assert Lipschitz(10).supremum(x, w[None]) == Lipschitz(1).supremum(x, w[None])
    assert Lipschitz(1e-6).supremum(x, w[None]).lower[0] == pytest.approx(20e-6, rel=FLOAT64)


def test_the_sandwich_of_many_points_holds_the_supremum():
    x, w = random.random((150, 2)), signs(150)
    low, high = sandwich(x, w, 1.0)
    exact = Lipschitz().supremum(x, w[None]).lower[0]
    assert low <= exact * (1 + FLOAT64)
    assert exact <= high * (1 + FLOAT64)
    assert low > 0.8 * high  # what it is good for


def test_many_points_go_by_the_sandwich(monkeypatch: pytest.MonkeyPatch):
    x, w = random.random((60, 2)), np.array([signs(60) for _ in range(5)])
    exact = Lipschitz().supremum(x, w)
    monkeypatch.setattr("theory.classes.lipschitz.DENSE", 50)
    low, high = Lipschitz().supremum(x, w)
    assert (low <= exact.lower * (1 + FLOAT64)).all()
    assert (exact.upper <= high * (1 + FLOAT64)).all()
    assert (low < high).any()  # or they would be the transport's


def test_distance_to_the_uniform_measure_by_quadrature():
    x = random.random(7)
    t = (np.arange(400_000) + 0.5) / 400_000
    F = np.searchsorted(np.sort(x), t, side="right") / 7
    assert wasserstein_uniform(x) == pytest.approx(np.abs(F - t).mean(), abs=1e-6)  # midpoints: kinks cost 1/N each
