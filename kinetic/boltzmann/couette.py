"""Plane Couette flow of a gas that obeys the linearised BGK equation: the reference for flows that walls drag along.

The walls at x = +- 1/2 move along themselves with the velocities +- 1/2 (small beside sqrt(theta)), absorb what arrives
and emit Maxwellians; density and temperature are 1. With T_n(s) = int_0^inf t^n exp(-t^2 - s / t) dt and k = sqrt(2)
eps, the velocity w obeys

    sqrt(pi) w(x) = 1/2 (T_0((1/2 - x) / k) - T_0((1/2 + x) / k)) + 1 / k int T_(-1)(|x - y| / k) w(y) dy

(Willis, Phys. Fluids 5, 127 (1962); Jiang, Luo, J. Comput. Phys. 316, 416 (2016))."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainer.errors import UserError

Array = NDArray[np.float64]

STEP, FIRST, LAST = 0.1, -37.0, 2.5  # of the trapezoidal rule in log t, exact to rounding for n >= 0


class Couette(NamedTuple):
    """A steady flow between walls at x = -1/2 and 1/2."""

    x: Array  # [n] with both walls, closer to each other there
    w: Array  # [n] velocity along the walls
    stress: float  # -P_xy, the same everywhere


def couette(eps: float, nodes: int = 240) -> Couette:
    """By collocation, w a broken line through the nodes, so that all integrals of T_(-1) are values of T_0 and T_1; of
    second order in 1 / nodes. Raises UserError unless eps > 0."""
    if not eps > 0:
        raise UserError(f"knudsen: expected a number > 0, got {eps:g}")
    k = np.sqrt(2.0) * eps
    x = 0.5 * np.sin(0.5 * np.pi * np.linspace(-1.0, 1.0, nodes))
    t0, t1 = (abramowitz(n, np.abs(x[:, None] - x) / k) for n in (0, 1))
    # the integral by parts: T_(-1) = -T_0', T_0 = -T_1'; what is left of w(x) sqrt(pi) on both sides cancels
    slopes = k * np.diff(t1, axis=1) / np.diff(x)  # [n, n - 1] times the differences of w
    matrix = np.zeros_like(t0)
    matrix[:, 1:] += slopes
    matrix[:, :-1] -= slopes
    matrix[:, 0] += t0[:, 0]
    matrix[:, -1] += t0[:, -1]
    w: Array = np.linalg.solve(matrix, 0.5 * (t0[:, -1] - t0[:, 0])).astype(np.float64)
    # int T_0((1/2 - y) / k) w dy / k at the right wall, by parts too
    t1_wall, t2_wall = t1[-1], abramowitz(2, (0.5 - x) / k)
    arriving = w[-1] * t1_wall[-1] - w[0] * t1_wall[0] - float(k * (np.diff(t2_wall) * np.diff(w) / np.diff(x)).sum())
    stress = np.sqrt(2.0 / np.pi) * (0.5 * (t1_wall[-1] + t1_wall[0]) - arriving)
    return Couette(x, w, float(stress))


def abramowitz(n: int, s: Array) -> Array:
    """T_n(s), n >= 0, s >= 0."""
    t = np.exp(np.arange(FIRST, LAST, STEP))
    weight = STEP * t ** (n + 1) * np.exp(-(t**2))
    values = np.zeros_like(s)
    for one, w in zip(t, weight, strict=True):
        values += w * np.exp(-s / one)
    return values
