"""The network of a PDE solution as plain arrays."""

from typing import NamedTuple

import numpy as np

from theory.points import Array


class SolutionNetwork(NamedTuple):
    """N(p) = a.p + p_last b.p + c.h, h = h_1 + tanh(W_2 h_1 + b_2), h_1 = tanh(W_1 p + b_1): of standardised position,
    features and, last, time; u = m + s N."""

    first: Array  # W_1: [m, D]
    first_bias: Array  # [m]
    second: Array  # W_2: [m, m]
    second_bias: Array  # [m]
    last: Array  # c: [m]
    skip: Array  # a, b: [2, D]

    def __call__(self, p: Array) -> Array:
        """[n, D] -> [n, 1]"""
        h = np.tanh(p @ self.first.T + self.first_bias)
        a, b = p @ self.skip.T[:, 0], p @ self.skip.T[:, 1]
        out: Array = a + p[:, -1] * b + (h + np.tanh(h @ self.second.T + self.second_bias)) @ self.last
        return out[:, None]

    @property
    def inputs(self) -> int:
        """D"""
        return int(self.first.shape[1])


def solution_path_norm(network: SolutionNetwork) -> float:
    """sum over paths of prod |weights|, for |p|_inf <= 1: those through b.p are products with |p_last| <= 1."""
    h = np.abs(network.first).sum(1) + np.abs(network.first_bias)
    h = h + np.abs(network.second) @ h + np.abs(network.second_bias)
    return float(np.abs(network.skip).sum() + np.abs(network.last) @ h)
