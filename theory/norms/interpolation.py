"""The smallest Barron norm of a function with given values at given points: a linear program, certified by its dual."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from theory.classes.barron import Barron
from theory.classes.rays import count, extreme_rays
from theory.points import Array, with_bias
from trainer.errors import UserError

DEAREST = 3e7  # entries of the program's table


class Interpolant(NamedTuple):
    """sum_k a_k sigma(w_k.z), z = (x, 1), ||w_k||_1 = 1, of norm sum |a_k|, and why there is no smaller one."""

    norm: float
    a: Array  # [k], those that are not 0
    w: Array  # [k, d + 1]
    dual: Array  # [n] lambda: sup over neurons |sum_i lambda_i sigma(w.z_i)| <= 1, and lambda.y = norm

    def certificate(self, x: Array) -> float:
        """sup over all neurons of |sum_i lambda_i sigma(w.z_i)|, which is to be 1 or less."""
        return float(Barron().supremum(x, self.dual[None]).upper[0])


def affordable(x: Array) -> bool:
    n, d = x.shape
    return bool(count(n, d) * n <= DEAREST)


def interpolate(x: Array, y: Array) -> Interpolant:
    """min sum |a_k| with sum_k a_k sigma(w_k.z_i) = y_i over all neurons that can be extremal. x: [n, d], y: [n]

    Its dual is max lambda.y with |sum_i lambda_i sigma(w.z_i)| <= ||w||_1 for every w, and that quotient is largest at
    an extreme ray (theory/classes/rays.py): the finite program is exact. Raises UserError when there are too many
    rays."""
    if not affordable(x):
        raise UserError(f"expected fewer points or dimensions: {count(*x.shape)} neurons times {len(x)} points")
    z = with_bias(x)
    rays = np.unique(np.concatenate(list(extreme_rays(z))).round(14), axis=0)
    table = np.maximum(z @ rays.T, 0.0)
    kept = table.any(0)
    rays, table = rays[kept], table[:, kept]
    found = linprog(np.ones(2 * len(rays)), A_eq=np.hstack([table, -table]), b_eq=y, method="highs")
    if found.x is None:
        raise UserError("expected distinct points: no function has two values at one point")
    a = found.x[: len(rays)] - found.x[len(rays) :]
    used = a != 0
    return Interpolant(float(found.fun), a[used], rays[used], np.asarray(found.eqlin.marginals))
