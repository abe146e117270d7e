"""Kolmogorov widths: what the best m functions that were fixed beforehand leave of a class."""

import numpy as np

from theory.estimate import Estimate
from theory.points import Array
from trainer.errors import UserError


def fixed_basis_width(m: int, d: int) -> Estimate:
    """The least worst-case L2([0, 1]^d) error of m fixed functions on the convex hull of the cosines
    g_k = cos(2 pi k.x) / (2 pi ||k||_1), which have int ||w||_1 |g^| dw = 1: no more than that of Barron's class.

    N orthonormal functions have a mean squared distance of at least 1 - m / N from m dimensions: so the error is at
    least sqrt(1 - m / N) min_{k <= N} ||g_k|| for every N (Barron 1993, Section X). The m lowest cosines themselves
    leave the largest ||g_k|| of the others, since a distance is largest at an extreme point. Raises UserError unless m,
    d >= 1."""
    if min(m, d) < 1:
        raise UserError(f"expected m >= 1 functions in d >= 1 dimensions, got {m} and {d}")
    highest = 1
    while (N := cosines(d, highest))[-1] < (1 + d) * m:  # the best N is (1 + d / 2) m
        highest *= 2
    norm = 1 / (2 * np.pi * np.arange(1, highest + 1)) / np.sqrt(2)
    lower = float((np.sqrt(np.maximum(0.0, 1 - m / N)) * norm).max())
    upper = float(norm[np.searchsorted(N, m, side="right")])
    words = "orthonormal functions, from below; the lowest cosines, from above"
    return Estimate(f"width of {m} fixed functions, d = {d}", lower, upper, words)


def cosines(d: int, highest: int) -> Array:
    """How many k in Z^d, up to sign, have 0 < ||k||_1 <= r, for r = 1, ..., highest."""
    count = np.zeros(highest + 1)
    count[0] = 1.0
    for _ in range(d):
        count = 2 * np.cumsum(count) - count  # one coordinate more, which is 0, or of two signs
    return np.cumsum(count[1:] / 2)
