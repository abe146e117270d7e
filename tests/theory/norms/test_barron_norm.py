"""The Barron norm: invariant under what leaves the function as it is; exact in one dimension; certified by its dual."""

import numpy as np
import pytest
from tolerances import FLOAT64

from theory.norms.barron import barron_norm, kinks, merged_norm
from theory.norms.interpolation import interpolate
from theory.norms.network import MLP, Layer, two_layer
from theory.norms.path import path_norm
from theory.points import with_bias
from trainer.errors import UserError

random = np.random.default_rng(7)
UNIT = np.array([[0.0], [1.0]])


def network(m: int, d: int) -> MLP:
    return two_layer(random.normal(size=m), random.normal(size=(m, d)), random.normal(size=m))


@pytest.mark.parametrize("d", [1, 2, 4])
def test_kinks_and_a_linear_part_are_the_function(d: int):
    net = network(6, d)
    found, x = kinks(net), random.normal(size=(20, d))
    z = with_bias(x)
    value = np.maximum(z @ found.w.T, 0.0) @ found.J + z @ found.linear
    np.testing.assert_allclose(value, net(x)[:, 0], rtol=1e-9, atol=1e-9)


def test_parallel_neurons_count_once():
    (b, c), (a, _) = network(5, 3).layers
    split = two_layer(
        np.concatenate([a[0], [5.0, -5.0]]), np.vstack([b, b[:1], 2 * b[:1]]), np.append(c, [c[0], 2 * c[0]])
    )
    whole = two_layer(np.append(a[0, 0] - 5.0, a[0, 1:]), b, c)
    assert merged_norm(kinks(split)) == pytest.approx(path_norm(whole), rel=1e-9)
    assert path_norm(split) > path_norm(whole) + 5


def test_opposite_neurons_that_cancel_count_for_nothing():
    b, c = random.normal(size=(1, 3)), random.normal(size=1)
    # sigma(t) - sigma(-t) - (t as coordinates and a constant) = 0
    rows = np.vstack([b, -b, np.eye(3), -np.eye(3), np.zeros((2, 3))])
    shifts = np.concatenate([c, -c, np.zeros(6), [1.0, 1.0]])
    a = np.concatenate([[1.0, -1.0], -b[0], b[0], [-c[0], 0.0]])
    zero = two_layer(a, rows, shifts)
    np.testing.assert_allclose(zero(random.normal(size=(9, 3))), 0.0, atol=1e-12)
    assert merged_norm(kinks(zero)) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("a", "b", "c", "norm"),
    [
        ([1.0], [[1.0]], [0.0], 1.0),  # x
        ([3.0], [[1.0]], [-0.5], 4.5),  # one kink at 1/2: 3 (1 + 1/2)
        ([1.0, -1.0], [[1.0], [-1.0]], [-2.0, 3.0], 4.0),  # no kink in [0, 1]: x - 3, that is 1 and 3 times sigma(1)
        ([0.0], [[1.0]], [1.0], 0.0),
    ],
)
def test_in_one_dimension_it_is_known(a, b, c, norm: float):
    found = barron_norm(two_layer(a, b, c), UNIT)
    assert found.lower == found.upper == pytest.approx(norm, abs=1e-9)


def test_in_one_dimension_a_larger_domain_has_a_larger_norm_up_to_the_merged_one():
    net = network(6, 1)
    norms = [barron_norm(net, r * np.array([[-1.0], [1.0]])).value for r in (0.3, 1.0, 3.0, 1000.0)]
    assert (np.diff(norms) >= -1e-9).all()
    assert norms[-1] == pytest.approx(merged_norm(kinks(net)), rel=1e-6)  # all kinks are inside, far from the ends


@pytest.mark.parametrize("d", [2, 5])
def test_in_more_dimensions_it_lies_between_two_ends(d: int):
    net = network(6, d)
    found = barron_norm(net, random.random((12 if d == 2 else 200, d)))
    assert 0 < found.lower <= found.upper <= path_norm(net) * (1 + 1e-9)


@pytest.mark.parametrize(("n", "d"), [(12, 1), (10, 2), (6, 3)])
def test_a_minimal_interpolant_has_a_dual_certificate(n: int, d: int):
    x, y = random.normal(size=(n, d)), random.normal(size=n)
    found = interpolate(x, y)
    value = np.maximum(with_bias(x) @ found.w.T, 0.0) @ found.a
    np.testing.assert_allclose(value, y, atol=1e-8)
    assert np.abs(found.a).sum() == pytest.approx(found.norm, rel=1e-8)
    assert found.dual @ y == pytest.approx(found.norm, rel=1e-8)
    assert found.certificate(x) == pytest.approx(1.0, abs=1e-7)
    assert len(found.a) <= n  # a vertex of the program: no more neurons than points


def test_one_point_twice_with_two_values_is_refused():
    with pytest.raises(UserError, match="distinct points"):
        interpolate(np.array([[1.0], [1.0], [2.0]]), np.array([0.0, 1.0, 2.0]))


def test_the_last_bias_is_a_neuron():
    net = MLP((Layer(np.array([[1.0]]), np.zeros(1)), Layer(np.zeros((1, 1)), np.array([-2.5]))))
    assert barron_norm(net, UNIT).value == pytest.approx(2.5, rel=FLOAT64)
    assert merged_norm(kinks(net)) == pytest.approx(2.5, rel=FLOAT64)
