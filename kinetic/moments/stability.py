"""How long a step of a moment system may be.

A small wave exp(i phi j) on the cells j, in a gas at rest in which nothing collides, obeys dx d_t b = sqrt(theta) L b,

    L = -i sin(phi) X - s (1 - cos(phi)) + q(phi) F,    q = (45 sin(phi) - 9 sin(2 phi) + sin(3 phi)) / 30

with the couplings X of the moments' fluxes, the fastest speed s, and F, what flights (kinetic.moments.flights) make of
differences of sixth order. A step (kinetic.numerics.imex) in which nothing collides makes 1 + z + z^2 / 2 + z^3 / 6 +
z^4 / 48, z = courant lambda / s, of what belongs to the eigenvalue lambda; collisions allow longer ones. Fluxes are
here of first order: WENO is of fifth order in smooth flows and between the two elsewhere, where flights have more to
damp and less to be coupled to. Without flights the fifth order counts: LIMIT.
"""

import math
from functools import lru_cache

import torch
from torch import Tensor

from kinetic.numerics.imex import LIMIT

PHASES, PARTS = 16, 160  # phi, and Courant numbers that are tried
ROUNDING = 1e-9


def courant(still: Tensor, waves: Tensor, fastest: float) -> float:
    """The largest stable Courant number with flights. still: -i X, waves: -i X + F, both [n, n]; fastest: s."""
    return known(still.numpy().tobytes(), waves.numpy().tobytes(), fastest)


@lru_cache(maxsize=100)
def known(still: bytes, waves: bytes, fastest: float) -> float:
    """The same; found once, however often a closure is made."""
    x, with_flights = (torch.frombuffer(bytearray(q), dtype=torch.complex128) for q in (still, waves))
    n = math.isqrt(len(x))
    x, f = x.reshape(n, n), (with_flights - x).reshape(n, n)
    phi = torch.linspace(0.0, math.pi, PHASES, dtype=torch.float64)[:, None, None]
    q = (45.0 * phi.sin() - 9.0 * (2.0 * phi).sin() + (3.0 * phi).sin()) / 30.0
    away = fastest * (1.0 - phi.cos()) * torch.eye(n, dtype=torch.float64)
    values = torch.linalg.eigvals(phi.sin() * x - away + q * f).flatten() / fastest
    tried = torch.linspace(0.0, LIMIT, PARTS + 1, dtype=torch.float64)[1:]
    z = tried[:, None] * values
    grown = 1.0 + z * (1.0 + z / 2.0 * (1.0 + z / 3.0 * (1.0 + z / 8.0)))
    stable = grown.abs().amax(1) <= 1.0 + ROUNDING
    return LIMIT / PARTS * max(1, int(stable.long().cumprod(0).sum()))
