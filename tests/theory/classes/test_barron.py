"""The supremum over the Barron ball: exact by enumeration, from below by ascent, from above by contraction."""

import numpy as np
import pytest
from tolerances import FLOAT64

from theory.classes.ascent import ascend
from theory.classes.barron import Barron
from theory.classes.rays import count, extreme_rays
from theory.points import with_bias
from theory.rademacher import rademacher

random = np.random.default_rng(2)


def brute_force(x: np.ndarray, w: np.ndarray, many: int) -> float:
    """The best of random neurons, a third of them sparse, and of local improvements of the best."""
    z = with_bias(x)
    v = random.normal(size=(many, z.shape[1])) * (random.random((many, z.shape[1])) < random.random((many, 1)))
    best, width = 0.0, 1.0
    for _ in range(6):
        v = v[np.abs(v).sum(1) > 0]
        v /= np.abs(v).sum(1, keepdims=True)
        value = np.abs(np.maximum(v @ z.T, 0.0) @ w)
        best, width = max(best, float(value.max())), width / 5
        v = v[value.argmax()] + width * random.normal(size=v.shape)
    return best


@pytest.mark.parametrize(("n", "d"), [(15, 1), (12, 2), (8, 3)])
def test_the_extremal_neurons_hold_brute_force(n: int, d: int):
    x = random.normal(size=(n, d))
    for _ in range(3):
        w = random.choice([-1.0, 1.0], n)
        found = brute_force(x, w, 20_000)
        exact = Barron().supremum(x, w[None]).upper[0]
        assert found <= exact * (1 + FLOAT64)
        assert found > 0.99 * exact


@pytest.mark.parametrize("d", [1, 2, 3])
def test_rays_lie_on_the_sphere_and_on_d_hyperplanes(d: int):
    z = with_bias(random.normal(size=(6, d)))
    rays = np.concatenate(list(extreme_rays(z)))
    assert len(rays) == count(6, d)
    np.testing.assert_allclose(np.abs(rays).sum(1), 1.0, rtol=FLOAT64)
    on = np.abs(rays @ np.vstack([z, np.eye(d + 1)]).T) < 1e-9
    assert (on.sum(1) >= d).all()


def test_repeated_points_are_points_with_larger_weights():
    x, w = random.normal(size=(8, 2)), random.normal(size=(4, 8))
    once = Barron().supremum(x, w).upper
    np.testing.assert_allclose(Barron().supremum(np.vstack([x, x]), 0.5 * np.hstack([w, w])).upper, once, rtol=FLOAT64)


@pytest.mark.parametrize("d", [2, 3])
def test_ascent_reaches_nearly_what_there_is_and_says_where(d: int):
    x = random.random((20, d))
    w = random.choice([-1.0, 1.0], (40, 20))
    exact = Barron().supremum(x, w).upper
    value, neuron = ascend(with_bias(x), w, "cpu")
    np.testing.assert_allclose(np.abs(neuron).sum(1), 1.0, rtol=FLOAT64)
    reached = np.abs((w * np.maximum(neuron @ with_bias(x).T, 0.0)).sum(1))
    np.testing.assert_allclose(reached, value, rtol=FLOAT64)
    assert (value <= exact * (1 + FLOAT64)).all()
    assert np.median(value / exact) > 0.999  # at most starts find the best cone
    assert (value / exact).mean() > 0.95


def test_the_bound_from_above_holds_where_the_truth_is_known():
    for n, d in ((10, 1), (10, 2), (8, 3)):
        x = random.random((n, d))
        theorem = Barron().theorem(x)
        exact = rademacher(Barron(), x)
        assert exact.exact
        assert exact.value <= theorem.upper + 3 * theorem.error
        assert theorem.upper <= 1.5 * np.sqrt(2 * np.log(2 * (d + 1)) / n) * (1 + FLOAT64)


def test_in_many_dimensions_both_ends_are_given():
    found = rademacher(Barron(), random.random((100, 20)), draws=10)
    assert 0 < found.lower < found.upper < 2.5 * found.lower
    assert found.lower_error > 0
    assert "from below" in found.method
    assert "from above" in found.method


def test_ascent_is_the_same_in_chunks(monkeypatch: pytest.MonkeyPatch):
    z, w = with_bias(random.random((10, 4))), random.normal(size=(1, 10))
    whole = ascend(z, np.repeat(w, 3, axis=0), "cpu")[0]
    monkeypatch.setattr("theory.classes.ascent.CHUNK", 1.0)
    one_by_one = ascend(z, np.repeat(w, 3, axis=0), "cpu")[0]
    assert one_by_one.max() >= 0.99 * whole.max()
    assert np.ptp(one_by_one) == 0.0  # the same random starts for each
