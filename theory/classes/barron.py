"""The Barron ball: f(x) = E a sigma(b.x + c) with E |a| (||b||_1 + |c|) <= 1, sigma = ReLU."""

import numpy as np

from theory.classes.ascent import ascend
from theory.classes.ball import Ball, Function, Supremum, Theorem, largest
from theory.classes.linear import Linear
from theory.classes.lipschitz import Lipschitz
from theory.classes.rays import count, extreme_rays
from theory.points import Array, with_bias
from theory.signs import mean_over_signs

DEAREST = 4e8  # entries of the table of all extremal neurons at all points, for d <= 2
DEAREST_CROSSING = 1e7  # for d > 2, where each neuron costs d + 1 determinants
DRAWS = 1000  # for the bound, which is cheap


class Barron(Ball):
    """sup_h |sum_i w_i h(x_i)| = max over neurons ||b||_1 + |c| = 1 of |sum_i w_i sigma(b.x_i + c)|.

    The maximum of a convex functional over a convex hull is reached at one neuron. All that can be extremal are
    looked at where they are few enough (theory/classes/rays.py); else gradient ascent finds a neuron, a bound from
    below."""

    name = "Barron"

    def __init__(self, device: str = "cpu"):
        """device: of the gradient ascent, as torch names it."""
        self.device = device

    def supremum(self, x: Array, w: Array) -> Supremum:
        z = with_bias(x)
        if self.enumerable(x):
            best = np.zeros(len(w))
            for rays in extreme_rays(z):
                best = np.maximum(best, np.abs(w @ np.maximum(rays @ z.T, 0.0).T).max(1, initial=0.0))
            return Supremum(best, best)
        sizes = np.abs(z).max(1)
        trivial = np.maximum(np.maximum(w, 0.0) @ sizes, np.maximum(-w, 0.0) @ sizes)
        return Supremum(ascend(z, w, self.device)[0], trivial)

    def enumerable(self, x: Array) -> bool:
        n, d = x.shape
        return bool(count(n, d) * n <= (DEAREST if d <= 2 else DEAREST_CROSSING))

    def witness(self, x: Array, w: Array) -> Function:
        """A neuron, by ascent."""
        z = with_bias(x)
        _, (v,) = ascend(z, w[None], self.device)
        sign = np.sign(w @ np.maximum(z @ v, 0.0))
        return lambda t: np.asarray(sign * np.maximum(with_bias(t) @ v, 0.0))

    def method(self, x: Array) -> str:
        if self.enumerable(x):
            return f"all {count(*x.shape)} neurons that can be extremal"
        return "gradient ascent over neurons, from below"

    def bound(self, x: Array) -> float:
        return largest(x)

    def within(self, x: Array) -> Lipschitz:
        """|f(x) - f(y)| <= ||f|| |x - y|_inf and |f| <= ||f|| max(1, |x|_inf)."""
        return Lipschitz(largest(x))

    def theorem(self, x: Array) -> Theorem:
        """With L = E max_k |sum_i xi_i z_ik| / n and v = sum_i |z_i|_inf^2 / n^2, z = (x, 1), and L <= Massart's bound:

        R <= L / 2 + min(2 L, L + sqrt(2 ln 2 v)) / 2 <= 3/2 L <= 3/2 |z|_inf sqrt(2 ln(2 (d + 1)) / n).

        sigma(t) = t/2 + |t|/2, and E sup of sum xi_i |w.z_i|, of one sign, is at most L n by contraction (Ledoux and
        Talagrand, Theorem 4.12); of both signs, at most twice that, or that and the fluctuation of a maximum of two
        variables which a flip of xi_i changes by 2 |z_i|_inf at most. E, Ma and Wu have 2 L."""
        z = with_bias(x)
        L = mean_over_signs(Linear(1), z, DRAWS, seed=0).upper
        v = float((np.abs(z).max(1) ** 2).sum()) / len(z) ** 2
        upper = 0.5 * L.value + 0.5 * min(2 * L.value, L.value + float(np.sqrt(2 * np.log(2) * v)))
        factor = 1.5 if L.value <= np.sqrt(2 * np.log(2) * v) else 1.0
        return Theorem(upper, factor * L.error, "contraction")
