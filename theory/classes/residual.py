"""The ball of residual networks: z_0 = V (x, 1), z_{l+1} = z_l + (1/L) U_l sigma(W_l z_l), f = alpha.z_L; all depths
L."""

import numpy as np

from theory.classes.ball import Ball, Function, Supremum, Theorem, largest
from theory.classes.linear import Linear
from theory.classes.lipschitz import Lipschitz
from theory.points import Array, with_bias


class Residual(Ball):
    """||f||_{D_1} = ||alpha||_1 ||N(1)||_{1,1} ||V||_{1,1} <= 1, N' = E|U||W| N, N(0) = I (theory/norms/residual.py).

    The ball contains the linear functions of its l1 ball (one channel, U = 0), which bounds the supremum from below."""

    name = "residual"

    def supremum(self, x: Array, w: Array) -> Supremum:
        z = with_bias(x)
        return Supremum(Linear(1).supremum(z, w).lower, np.abs(w) @ np.abs(z).max(1))

    def witness(self, x: Array, w: Array) -> Function:
        h = Linear(1).witness(with_bias(x), w)
        return lambda t: h(with_bias(t))

    def method(self, x: Array) -> str:
        return "the linear functions in the ball, from below"

    def bound(self, x: Array) -> float:
        return largest(x)

    def within(self, x: Array) -> Lipschitz:
        """|f(x) - f(y)| <= ||alpha||_1 ||N(1)||_{1,1} ||V||_{1,1} |x - y|_inf, and likewise |f|."""
        return Lipschitz(largest(x))

    def theorem(self, x: Array) -> Theorem:
        """R <= 3 |z|_inf sqrt(2 ln(2 (d + 1)) / n), z = (x, 1) (E, Ma and Wu, flow-induced function spaces)."""
        n, d = x.shape
        return Theorem(3 * largest(x) * float(np.sqrt(2 * np.log(2 * (d + 1)) / n)), 0.0, "E, Ma and Wu's bound")
