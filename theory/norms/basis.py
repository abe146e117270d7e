"""Generalised linear models as plain arrays."""

from typing import NamedTuple

import numpy as np

from theory.points import Array


class BasisExpansion(NamedTuple):
    """f(x) = sum_k a_k prod_i cos(pi frequency_ki (x_i + 1) / 2)"""

    a: Array  # [m]
    frequency: Array  # [m, d]

    def __call__(self, x: Array) -> Array:
        """[n, d] -> [n, 1]"""
        phase = 0.5 * np.pi * self.frequency * (x + 1)[:, None]
        out: Array = np.cos(phase).prod(2) @ self.a[:, None]
        return out

    @property
    def inputs(self) -> int:
        """d"""
        return int(self.frequency.shape[1])
