"""C_0: the continuous functions with |h| <= 1. They fit any signs, so nothing is learned from n points."""

import numpy as np
from scipy.spatial import KDTree

from theory.classes.ball import Ball, Function, Supremum
from theory.points import Array


class Continuous(Ball):
    """sup_h sum_i w_i h(x_i) = sum over distinct points of |sum of their weights| (Tietze's extension)."""

    name = "C0"

    def supremum(self, x: Array, w: Array) -> Supremum:
        _, group = np.unique(x, axis=0, return_inverse=True)
        sums = np.zeros((group.max() + 1, len(w)))
        np.add.at(sums, group.ravel(), w.T)
        value = np.abs(sums).sum(0)
        return Supremum(value, value)

    def witness(self, x: Array, w: Array) -> Function:
        """Minus one at points of negative weight, one away from them: the limit of functions that turn ever faster."""
        negative = KDTree(x[w < 0]) if (w < 0).any() else None
        return lambda t: np.ones(len(t)) if negative is None else np.where(negative.query(t)[0] == 0, -1.0, 1.0)

    def method(self, x: Array) -> str:
        return "summing the weights of equal points"

    def bound(self, x: Array) -> float:
        return 1.0

    def cube_error(self, x: Array) -> float:
        """h = -1 at the points and 1 away from them."""
        return 2.0
