"""Kernel ridge regression: first-order conditions, limits, leaving one out, and the ball that it is the best of."""

import numpy as np
import pytest
from tolerances import FLOAT64

from theory.classes.rkhs import Gaussian, LinearKernel, ReLUFeatures
from theory.norms.spaces import rkhs_norm
from theory.regression.kernel_ridge import kernel_ridge
from trainer.errors import UserError

random = np.random.default_rng(15)


def test_a_linear_kernel_is_ridge_regression():
    x, y, penalty = random.normal(size=(20, 3)), random.normal(size=20), 0.1
    b = np.linalg.solve(x.T @ x / 20 + penalty * np.eye(3), x.T @ y / 20)
    found = kernel_ridge(LinearKernel(), x, y, penalty)
    np.testing.assert_allclose(found(x), x @ b, rtol=1e-9, atol=1e-9)
    assert found.norm == pytest.approx(np.linalg.norm(b), rel=1e-9)
    assert rkhs_norm(LinearKernel(), x, found.alpha).value == pytest.approx(found.norm, rel=FLOAT64)


def test_what_is_left_out_is_what_training_without_it_misses():
    x, y = random.random((8, 2)), random.normal(size=8)
    found = kernel_ridge(Gaussian(0.5), x, y, 0.01)
    for i in range(8):
        others = np.arange(8) != i
        # the penalty is n lambda: as large for one point less
        less = kernel_ridge(Gaussian(0.5), x[others], y[others], 0.01 * 8 / 7)
        assert found.left_out[i] == pytest.approx(y[i] - less(x[i : i + 1])[0], rel=1e-9)


def test_without_a_penalty_it_interpolates_with_the_least_norm():
    x, y = random.random((6, 2)), random.normal(size=6)
    found = kernel_ridge(ReLUFeatures(), x, y, 0.0)
    np.testing.assert_allclose(found(x), y, atol=1e-7)  # conditions of up to 1e8
    smaller = [kernel_ridge(ReLUFeatures(), x, y, penalty).norm for penalty in (1e-4, 1e-2, 1.0)]
    assert found.norm > smaller[0] > smaller[1] > smaller[2] > 0


def test_it_is_the_limit_of_many_random_features():
    """Of ridge regression in m of them, ||w||_2 = 1: the spread falls as m^(-1/2)."""
    x, y, t = random.random((10, 2)), random.normal(size=10), random.random((30, 2))
    best = kernel_ridge(ReLUFeatures(), x, y, 1e-3)(t)
    off = []
    for m in (1000, 100_000):
        w = np.random.default_rng(0).normal(size=(m, 3))
        w /= np.linalg.norm(w, axis=1, keepdims=True)
        phi, psi = (np.maximum(np.column_stack([p, np.ones(len(p))]) @ w.T, 0) / m**0.5 for p in (x, t))
        alpha = np.linalg.solve(phi @ phi.T + 10 * 1e-3 * np.eye(10), y)
        off.append(np.abs(psi @ (phi.T @ alpha) - best).max())
    assert off[1] < 0.3 * off[0]
    assert off[1] < 0.05 * np.abs(best).max()


def test_bad_input_is_one_clear_line():
    for x, y, penalty, words in (
        ([0.0, 1.0], [1.0, 2.0], -1.0, "penalty >= 0"),
        ([0.0, 0.0], [1.0, 2.0], 0.0, "singular"),
        ([0.0, np.nan], [1.0, 2.0], 1.0, "nan"),
        ([0.0], [1.0], 1.0, "n >= 2"),
    ):
        with pytest.raises(UserError, match=words) as caught:
            kernel_ridge(Gaussian(), x, y, penalty)
        assert "\n" not in str(caught.value)
