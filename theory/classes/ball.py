"""What the unit balls of function spaces have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from theory.points import Array

Function = Callable[[Array], Array]  # [N, d] -> [N]


class Supremum(NamedTuple):
    """Of sum_i w_i h(x_i) over a ball, for m vectors of weights: certified from both sides."""

    lower: Array  # [m], reached by a function of the ball
    upper: Array  # [m]


class Theorem(NamedTuple):
    """A bound of the empirical Rademacher complexity that holds in the mean over signs."""

    upper: float
    error: float  # standard error, where a part of it is simulated
    words: str


class Ball(ABC):
    """{h : ||h|| <= 1} in one space. All are symmetric, so suprema are those of the absolute value, too."""

    name: str
    sign_vectors = 2**11  # so many are enumerated rather than drawn

    @abstractmethod
    def supremum(self, x: Array, w: Array) -> Supremum:
        """sup_h sum_i w_i h(x_i). x: [n, d], w: [m, n]"""

    @abstractmethod
    def witness(self, x: Array, w: Array) -> Function:
        """A function of the ball for which sum_i w_i h(x_i) is large. x: [n, d], w: [n]"""

    @abstractmethod
    def method(self, x: Array) -> str:
        """In words, how `supremum` goes about it."""

    @abstractmethod
    def bound(self, x: Array) -> float:
        """sup |h| over the ball and the smallest box around 0 that holds x."""

    def theorem(self, x: Array) -> Theorem | None:
        """A bound that needs no supremum, where there is one."""
        return None

    def within(self, x: Array) -> "Ball | None":
        """A ball that holds this one, on the smallest box around 0 that holds x, and has an exact supremum."""
        return None

    def cube_error(self, x: Array) -> float | None:
        """sup_h |E h(U) - mean_i h(x_i)|, U uniform on [0, 1]^d, where it is known in closed form."""
        return None


def largest(x: Array) -> float:
    """max(1, max |x_ik|): the sup norm of (x, 1)."""
    return float(max(1.0, np.abs(x).max()))
