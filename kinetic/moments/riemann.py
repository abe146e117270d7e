"""The Riemann problem of the Euler equations, exactly: what the limit eps -> 0 of a shock tube is compared with."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from trainer.errors import UserError

Array = npt.NDArray[np.float64]


class State(NamedTuple):
    """A gas at rest in its own frame."""

    rho: float
    u: float
    theta: float


def riemann(left: State, right: State, xi: Array, gamma: float = 3.0) -> Array:
    """[3, n] rho, u, theta at xi = x / t [n], where the gas was `left` for x < 0 and `right` for x > 0 at t = 0.

    E. F. Toro, Riemann Solvers and Numerical Methods for Fluid Dynamics, 3rd edition, chapter 4. Raises UserError where
    a vacuum would form."""
    c = [float(np.sqrt(gamma * side.theta)) for side in (left, right)]
    if right.u - left.u >= 2.0 * (c[0] + c[1]) / (gamma - 1.0):
        raise UserError(
            f"between {tuple(left)} and {tuple(right)} a vacuum forms; there is no solution with a gas everywhere"
        )

    def excess(p: float) -> float:
        return jump(p, left, gamma) + jump(p, right, gamma) + right.u - left.u

    highest = max(left.rho * left.theta, right.rho * right.theta)
    while excess(highest) < 0.0:
        highest *= 2.0
    p = float(brentq(excess, 1e-14 * highest, highest, xtol=1e-15 * highest, rtol=1e-14))
    u = 0.5 * (left.u + right.u + jump(p, right, gamma) - jump(p, left, gamma))
    from_left = half(left, p, u, xi, gamma)
    mirrored = State(right.rho, -right.u, right.theta)
    from_right = half(mirrored, p, -u, -xi, gamma)
    from_right[1] *= -1.0
    return np.where(xi < u, from_left, from_right)


def jump(p: float, side: State, gamma: float) -> float:
    """How much u changes across the wave between `side` and the pressure p: a shock or a rarefaction."""
    p0 = side.rho * side.theta
    if p > p0:
        a, b = 2.0 / ((gamma + 1.0) * side.rho), (gamma - 1.0) / (gamma + 1.0) * p0
        return float((p - p0) * np.sqrt(a / (p + b)))
    c = np.sqrt(gamma * side.theta)
    return float(2.0 * c / (gamma - 1.0) * ((p / p0) ** ((gamma - 1.0) / (2.0 * gamma)) - 1.0))


def half(side: State, p: float, u: float, xi: Array, gamma: float) -> Array:
    """[3, n] what is to the left of the contact, which moves with u at the pressure p."""
    p0, c = side.rho * side.theta, np.sqrt(gamma * side.theta)
    ratio, q = p / p0, (gamma - 1.0) / (gamma + 1.0)
    if p > p0:
        rho = side.rho * (ratio + q) / (q * ratio + 1.0)
        speed = side.u - c * np.sqrt((gamma + 1.0) / (2.0 * gamma) * ratio + (gamma - 1.0) / (2.0 * gamma))
        head = tail = speed
    else:
        rho = side.rho * ratio ** (1.0 / gamma)
        head, tail = side.u - c, u - c * ratio ** ((gamma - 1.0) / (2.0 * gamma))
    fan_c = 2.0 / (gamma + 1.0) * (c + 0.5 * (gamma - 1.0) * (side.u - xi))
    fan = (side.rho * (np.abs(fan_c) / c) ** (2.0 / (gamma - 1.0)), xi + fan_c, fan_c**2 / gamma)
    before, behind = tuple(side), (rho, u, p / rho)
    rows = [np.where(xi < head, b, np.where(xi > tail, s, f)) for b, s, f in zip(before, behind, fan, strict=True)]
    return np.array(rows, dtype=np.float64)
