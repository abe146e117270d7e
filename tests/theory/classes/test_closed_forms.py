"""Suprema over unit balls that have a closed form, and what holds for every ball."""

import numpy as np
import pytest
from scipy.optimize import linprog
from tolerances import FLOAT64

from theory.classes.ball import Ball
from theory.classes.continuous import Continuous
from theory.classes.linear import Linear
from theory.classes.registry import BALLS
from theory.classes.rkhs import RKHS, Gaussian, LinearKernel, ReLUFeatures

random = np.random.default_rng(0)
X = random.random((12, 3))
W = random.normal(size=(5, 12))


@pytest.mark.parametrize("ball", BALLS.values(), ids=BALLS)
def test_a_supremum_over_a_symmetric_ball_is_a_seminorm_of_the_weights(ball: Ball):
    lower, upper = ball.supremum(X, W)
    assert (lower >= 0).all()
    assert (lower <= upper * (1 + FLOAT64)).all()
    for same, factor in ((-W, 1), (3.0 * W, 3)):
        other = ball.supremum(X, same)
        np.testing.assert_allclose(other.upper, factor * upper, rtol=FLOAT64)
    order = random.permutation(12)
    np.testing.assert_allclose(ball.supremum(X[order], W[:, order]).upper, upper, rtol=FLOAT64)
    if (lower == upper).all():
        one, two = ball.supremum(X, W[:1]).upper, ball.supremum(X, W[1:2]).upper
        assert ball.supremum(X, W[:1] + W[1:2]).upper <= (one + two) * (1 + FLOAT64)


@pytest.mark.parametrize("ball", BALLS.values(), ids=BALLS)
def test_no_supremum_is_beyond_the_bound_of_the_functions(ball: Ball):
    lower, _ = ball.supremum(X, W)
    assert (lower <= ball.bound(X) * np.abs(W).sum(1) * (1 + FLOAT64)).all()


@pytest.mark.parametrize("ball", BALLS.values(), ids=BALLS)
def test_a_witness_is_a_function_of_the_ball(ball: Ball):
    """It reaches what the lower end says where that is a closed form, and never more than the upper end."""
    lower, upper = ball.supremum(X, W)
    for k, w in enumerate(W):
        reached = w @ ball.witness(X, w)(X)
        assert reached <= upper[k] * (1 + 1e-6)
        if ball.name != "Lipschitz":  # whose witness is the distance to the points of negative weight
            assert reached == pytest.approx(lower[k], rel=1e-6)


@pytest.mark.parametrize("ball", [BALLS["barron"], BALLS["residual"]], ids=lambda ball: ball.name)
def test_a_ball_lies_in_a_larger_one(ball: Ball):
    larger = ball.within(X)
    assert larger is not None
    assert (ball.supremum(X, W).lower <= larger.supremum(X, W).upper * (1 + FLOAT64)).all()


def test_continuous_functions_fit_everything_but_equal_points():
    np.testing.assert_allclose(Continuous().supremum(X, W).lower, np.abs(W).sum(1), rtol=FLOAT64)
    twice = np.concatenate([X, X])
    weights = np.concatenate([W, 0.5 - W], axis=1)
    np.testing.assert_allclose(Continuous().supremum(twice, weights).lower, 6.0, rtol=FLOAT64)


def test_linear_functions_by_linear_programming_and_by_their_gradient():
    for row in W:
        signed = np.array(np.meshgrid(*3 * [[-1, 1]])).reshape(3, -1).T  # |b|_1 <= 1 as 8 halfspaces
        best = -linprog(-(row @ X), A_ub=signed, b_ub=np.ones(8), bounds=(None, None), method="highs").fun
        assert Linear(1).supremum(X, row[None]).lower[0] == pytest.approx(best, rel=FLOAT64)
        b = row @ X / np.linalg.norm(row @ X)
        assert Linear(2).supremum(X, row[None]).lower[0] == pytest.approx(row @ X @ b, rel=FLOAT64)


def test_the_linear_kernel_is_the_l2_ball():
    np.testing.assert_allclose(RKHS(LinearKernel()).supremum(X, W).lower, Linear(2).supremum(X, W).lower, rtol=1e-7)


def test_the_kernel_of_relu_features_is_their_mean():
    m = 20_000
    w = random.normal(size=(m, 4))
    w /= np.linalg.norm(w, axis=1, keepdims=True)
    phi = np.maximum(np.column_stack([X, np.ones(12)]) @ w.T, 0.0)
    k = ReLUFeatures()(X, X)
    products = phi[:, None] * phi[None]
    error = products.std(2) / m**0.5
    assert (np.abs(products.mean(2) - k) < 5 * error).all()  # 144 comparisons, of which none at 5 standard errors
    np.testing.assert_allclose(ReLUFeatures().diagonal(X), np.diag(k), rtol=FLOAT64)


def test_means_of_kernels_over_the_cube_are_those_of_gauss_legendre_points():
    t, weight = np.polynomial.legendre.leggauss(20)
    t, weight = 0.5 * (t + 1), 0.5 * weight
    grid = np.array(np.meshgrid(t, t)).reshape(2, -1).T
    weights = np.outer(weight, weight).ravel()
    x = random.random((6, 2))
    for kernel in (Gaussian(0.7), LinearKernel()):
        np.testing.assert_allclose(kernel.cube_mean(x), kernel(x, grid) @ weights, rtol=FLOAT64)
        assert kernel.cube_mean_mean(2) == pytest.approx(weights @ kernel(grid, grid) @ weights, rel=FLOAT64)


def test_the_gram_matrix_in_blocks_is_the_same(monkeypatch: pytest.MonkeyPatch):
    whole = RKHS(Gaussian()).supremum(X, W).lower
    monkeypatch.setattr("theory.classes.rkhs.DENSE", 5)
    monkeypatch.setattr("theory.classes.rkhs.BLOCK", 5)
    np.testing.assert_allclose(RKHS(Gaussian()).supremum(X, W).lower, whole, rtol=FLOAT64)
