"""Kernel ridge regression: the regularised estimator of a reproducing kernel Hilbert space, in closed form."""

from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import eigh

from theory.classes.rkhs import Kernel
from theory.norms.spaces import rkhs_norm
from theory.points import Array
from theory.regression.data import checked_sample
from trainer.errors import UserError


class KernelRidge(NamedTuple):
    """f = sum_i alpha_i k(x_i, .), the minimiser of mean (f(x_i) - y_i)^2 / 2 + (lambda / 2) ||f||_H^2."""

    kernel: Kernel
    x: Array  # [n, d]
    alpha: Array  # [n]
    left_out: Array  # [n] y_i - f_i(x_i), f_i trained on all points but x_i

    def __call__(self, x: Array) -> Array:
        """[N, d] -> [N]"""
        return np.asarray(self.kernel(x, self.x) @ self.alpha)

    @property
    def norm(self) -> float:
        """||f||_H"""
        return rkhs_norm(self.kernel, self.x, self.alpha).upper


def kernel_ridge(kernel: Kernel, x: Any, y: Any, penalty: float) -> KernelRidge:
    """(K + n lambda) alpha = y. x: [n, d], y: [n], penalty: lambda; 0 for the interpolant of least norm, which exists
    where K is positive definite to rounding.

    y_i - f_i(x_i) = alpha_i / ((K + n lambda)^-1)_ii. Raises UserError for a lambda < 0, and where K is singular."""
    sample = checked_sample(x, y)
    n = len(sample.y)
    if not penalty >= 0:
        raise UserError(f"expected penalty >= 0, got {penalty}")
    values, vectors = eigh(kernel(sample.x, sample.x))
    values = values + n * penalty
    if values[0] <= n * np.finfo(np.float64).eps * values[-1]:
        raise UserError(
            f"expected a larger penalty or points farther apart: the kernel's matrix is singular, {penalty=}"
        )
    alpha = vectors @ (vectors.T @ sample.y / values)
    diagonal = (vectors**2 / values).sum(1)
    return KernelRidge(kernel, sample.x, alpha, alpha / diagonal)
