"""Norms of residual networks: limits of many layers, paths, and the network as an MLP would be."""

import itertools

import numpy as np
import pytest
from scipy.linalg import expm
from tolerances import FLOAT64, ORDER

from theory.norms.residual import ResidualNetwork, autonomous_norm, compositional_norm, weighted_path_norm

random = np.random.default_rng(8)


def network(L: int, D: int = 3, m: int = 2, d: int = 2) -> ResidualNetwork:
    sizes = ((D, d + 1), (L, m, D), (L, D, m), (D,))
    return ResidualNetwork(*(random.normal(size=size) for size in sizes))


def repeated(L: int) -> ResidualNetwork:
    """L times one layer, drawn with a seed of its own."""
    one = np.random.default_rng(0)
    V, W, U, alpha = (one.normal(size=size) for size in ((3, 3), (1, 2, 3), (1, 3, 2), (3,)))
    return ResidualNetwork(V, np.repeat(W, L, axis=0), np.repeat(U, L, axis=0), alpha)


def test_with_many_layers_the_norm_is_that_of_the_matrix_exponential():
    net = repeated(1)
    exact = np.abs(net.alpha).sum() * expm(np.abs(net.U[0]) @ np.abs(net.W[0])).sum() * np.abs(net.V).sum()
    assert autonomous_norm(net) == pytest.approx(exact, rel=FLOAT64)
    assert autonomous_norm(net, 2) == pytest.approx(exact, rel=FLOAT64)  # one (U, W): no spread
    error = [exact - compositional_norm(repeated(L)) for L in (2000, 4000)]
    assert error[0] / error[1] == pytest.approx(2.0, abs=ORDER)  # 1/L: Euler's method
    assert error[1] < 0.01 * exact


def test_the_second_norm_is_no_smaller_than_the_first():
    net = network(6)
    assert autonomous_norm(net, 2) >= autonomous_norm(net, 1)


def test_the_weighted_path_norm_is_a_sum_over_paths():
    net = network(3)
    products, total = net.products(), 0.0
    for through in itertools.product((0, 1), repeat=3):  # a path goes by every block or through it
        paths = np.abs(net.V)
        for layer, product in zip(through, products, strict=True):
            paths = (3 / 3 * product @ paths) if layer else paths
        total += float((np.abs(net.alpha) @ paths).sum())
    assert weighted_path_norm(net) == pytest.approx(total, rel=FLOAT64)


def test_one_linear_channel_has_the_l1_norm_of_its_coefficients():
    V = random.normal(size=(1, 4))
    net = ResidualNetwork(V, np.zeros((5, 1, 1)), np.zeros((5, 1, 1)), np.array([2.0]))
    for norm in (weighted_path_norm, compositional_norm, autonomous_norm):
        assert norm(net) == pytest.approx(2 * np.abs(V).sum(), rel=FLOAT64)


def test_no_function_grows_faster_than_its_norms():
    net = network(5)
    x = random.uniform(-1, 1, (200, 2))
    assert np.abs(net(x)).max() <= weighted_path_norm(net)
    assert np.abs(net(x)).max() <= compositional_norm(net)


def test_layers_drawn_anew_go_to_the_same_function():
    def drawn(L: int, seed: int) -> ResidualNetwork:
        r = np.random.default_rng(seed)
        return ResidualNetwork(np.eye(3), r.normal(size=(L, 2, 3)), r.normal(size=(L, 3, 2)), np.ones(3))

    x = random.uniform(-1, 1, (5, 2))
    spread = [np.std([drawn(L, seed)(x)[:, 0] for seed in range(40)], axis=0).mean() for L in (10, 160)]
    assert spread[1] < 0.5 * spread[0]  # L^(-1/2) is 1/4: the compositional law of large numbers
