"""Exponents from measurements."""

from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

from theory.points import Array


class Slope(NamedTuple):
    """d log y / d log x with a confidence interval of 95 %."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def contains(self, expected: float) -> bool:
        return bool(self.low <= expected <= self.high)


def slope(x: Array, y: Array, error: Array, correction: Array | None = None) -> Slope:
    """Weighted least squares of log y = a + s log x (+ c correction, the next order of an expansion).

    x, y, error, correction: [k], error the standard errors of y. Residuals larger than those widen the interval (chi^2
    over degrees of freedom > 1), with Student's t for the few points."""
    columns = [np.ones_like(x), np.log(x)] + ([] if correction is None else [correction])
    A = np.stack(columns, axis=1)
    sigma = np.maximum(error / y, 1e-12)
    scaled, target = A / sigma[:, None], np.log(y) / sigma
    solution, *_ = np.linalg.lstsq(scaled, target, rcond=None)
    free = len(x) - A.shape[1]
    chi = float(((target - scaled @ solution) ** 2).sum())
    spread = np.sqrt(max(1.0, chi / free) * np.linalg.inv(scaled.T @ scaled)[1, 1])
    half = float(student.ppf(0.975, free) * spread)
    return Slope(float(solution[1]), float(solution[1]) - half, float(solution[1]) + half)
