"""Cubic smoothing splines: min sum_i (f(x_i) - y_i)^2 + lambda int f''^2, whose solution is a natural cubic spline."""

from typing import Any

import numpy as np
from scipy.interpolate import BSpline, make_smoothing_spline

from theory.points import Array, checked
from theory.regression.data import checked_sample
from trainer.errors import UserError

FEWEST = 5  # points, of scipy's solver


def smoothing_spline(x: Any, y: Any, penalty: float) -> BSpline:
    """x: [n] distinct, y: [n], penalty: lambda. Raises UserError for repeated points and fewer than five."""
    sample = checked_sample(x, y)
    points = sample.x[:, 0]
    if sample.x.shape[1] != 1 or len(np.unique(points)) < max(FEWEST, len(points)) or not penalty >= 0:
        raise UserError(
            f"expected {FEWEST} or more distinct x [n] and penalty >= 0, got x {list(np.shape(x))} with "
            f"{len(np.unique(points))} distinct values, and {penalty}"
        )
    order = np.argsort(points)
    return make_smoothing_spline(points[order], sample.y[order], lam=penalty)


def degrees_of_freedom(x: Any, penalty: float) -> float:
    """tr S of the smoother y -> f(x_i): from n without a penalty to 2, a straight line.

    S = (1 + lambda Q R^-1 Q^T)^-1 with the second differences Q and the Gram matrix R of hat functions (Reinsch
    1967)."""
    eigenvalues = np.linalg.eigvalsh(roughness(np.sort(checked(x)[:, 0])))
    return 2.0 + float((1 / (1 + penalty * eigenvalues[2:])).sum())  # straight lines have none


def roughness(x: Array) -> Array:
    """K with int f''^2 = f^T K f for the natural cubic spline through (x_i, f_i): Q R^-1 Q^T. x: [n] sorted -> [n,
    n]"""
    n, h = len(x), np.diff(x)
    Q, R = np.zeros((n, n - 2)), np.zeros((n - 2, n - 2))
    for j in range(n - 2):
        Q[j : j + 3, j] = 1 / h[j], -1 / h[j] - 1 / h[j + 1], 1 / h[j + 1]
        R[j, j] = (h[j] + h[j + 1]) / 3
        if j + 1 < n - 2:
            R[j, j + 1] = R[j + 1, j] = h[j + 1] / 6
    return np.asarray(Q @ np.linalg.solve(R, Q.T), dtype=np.float64)
