"""Linear functions h(x) = b.x with a bounded coefficient vector."""

from typing import Literal

import numpy as np

from theory.classes.ball import Ball, Function, Supremum
from theory.points import Array


class Linear(Ball):
    """||b||_p <= 1: sup_h sum_i w_i h(x_i) = ||X^T w||_q with 1/p + 1/q = 1."""

    sign_vectors = 2**17

    def __init__(self, p: Literal[1, 2]):
        self.p = p
        self.name = f"linear l{p}"

    def supremum(self, x: Array, w: Array) -> Supremum:
        value = self.dual_norm(w @ x)
        return Supremum(value, value)

    def witness(self, x: Array, w: Array) -> Function:
        v = w @ x
        largest = np.abs(v) == np.abs(v).max()
        b = np.sign(v) * largest / largest.sum() if self.p == 1 else v / max(1e-300, float(np.linalg.norm(v)))
        return lambda t: np.asarray(t @ b)

    def dual_norm(self, v: Array) -> Array:
        """||v||_q: [..., d] -> [...]"""
        norm: Array = np.linalg.norm(v, ord=np.inf if self.p == 1 else 2, axis=-1)
        return norm

    def method(self, x: Array) -> str:
        return "||X^T xi||_inf / n" if self.p == 1 else "||X^T xi||_2 / n"

    def bound(self, x: Array) -> float:
        return float(self.dual_norm(np.abs(x).max(0)))

    def cube_error(self, x: Array) -> float:
        return float(self.dual_norm(x.mean(0) - 0.5))
