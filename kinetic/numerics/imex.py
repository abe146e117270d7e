"""Steps in time: transport explicitly, collisions implicitly, so that no step is bound by the Knudsen number.

SSP(4,3) with collisions in each of its stages, T the transport and R / eps the collisions:

    y2 = y  + dt / 2 T(y)                    + dt / 2 R(y2) / eps
    y3 = y2 + dt / 2 T(y2)                   + dt / 2 R(y3) / eps
    y4 = y  + dt / 6 (T(y) + T(y2) + T(y3))  + dt / 2 R(y4) / eps
    y5 = y  + dt / 6 (T(y) + T(y2) + T(y3) + 3 T(y4)) + dt / 3 (2 R(y2) - R(y3) + R(y4) + R(y5)) / eps

Second order; third for transport alone, for collisions alone and, as eps -> 0, for the limit. Transport is a convex sum
of Euler's steps, half as long. With differences of fifth order waves are stable up to a Courant number of 1.73, three
times that of two stages. (Ascher, Ruuth, Spiteri, Appl. Numer. Math. 25, 151 (1997), for such schemes; Spiteri, Ruuth,
SIAM J. Numer. Anal. 40, 469 (2002), for SSP(4,3).)"""

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from kinetic.gas import LostGas
from trainer.errors import UserError

STAGES = 4
LIMIT = 1.6  # Courant number of the longest step
HALVINGS = 4  # of a step that loses the gas


class Way(NamedTuple):
    """Where a march goes, and how."""

    start: float  # time
    end: float
    courant: float


class Marched(NamedTuple):
    """How far steps went: up to where somebody may want to see or to stop them, and never into a loss of the gas."""

    y: Tensor
    time: float
    lengths: list[float]


class System(Protocol):
    """What can be integrated: a distribution function, or moments of it. y: [..., cells]."""

    def transport(self, y: Tensor) -> Tensor:
        """T(y), shaped like y."""
        ...

    def relax(self, y: Tensor, dt: float) -> Tensor:
        """The solution z of z = y + dt R(z) / eps."""
        ...

    def several_steps(self, y: Tensor, way: Way) -> "Marched | None":
        """What `march` does next, by a System that can take many steps at once; None for others."""
        ...

    def longest_step(self, y: Tensor, courant: float) -> float:
        """dt, `courant` times the longest that is stable."""
        ...


def step(system: System, y: Tensor, dt: float) -> Tensor:
    """y5."""
    half = 0.5 * dt
    second = torch.add(y, system.transport(y), alpha=half)
    y2 = system.relax(second, half)
    third = torch.add(y2, system.transport(y2), alpha=half)
    y3 = system.relax(third, half)
    moved = (second - y).add_(third).sub_(y2).add_(system.transport(y3), alpha=half)
    fourth = torch.add(y, moved, alpha=1.0 / 3.0)
    y4 = system.relax(fourth, half)
    collided = 2.0 * (y2 - second) - (y3 - third) + (y4 - fourth)
    last = torch.add(fourth, system.transport(y4), alpha=half).add_(collided, alpha=2.0 / 3.0)
    return system.relax(last, dt / 3.0)


def march(
    system: System,
    y: Tensor,
    start: float,
    end: float,
    courant: float,
    advanced: Callable[[float], object] | None = None,
) -> Tensor:
    """From the time `start` to `end`, in steps as long as stability allows; all flows of a batch take the same ones.

    A step that loses the gas is made again, half as long, down to 1/16: a strong shock may ask for that.
    courant: the length of a step over the longest stable one. advanced: is told the length of every step. Raises
    UserError for a `courant` outside of (0, 1] and for a state that is not finite any more."""
    if not 0.0 < courant <= 1.0:
        raise UserError(f"courant: expected a number above 0 and at most 1, got {courant:g}")
    time = start
    while time < end:
        found = system.several_steps(y, Way(time, end, courant))
        if found is None or not found.lengths:
            found = one_step(system, y, Way(time, end, courant))
        y, time, lengths = found
        for dt in lengths:
            if advanced is not None:
                advanced(dt)
    return y


def one_step(system: System, y: Tensor, way: Way) -> Marched:
    """The next one, made again half as long where it loses the gas."""
    longest = system.longest_step(y, way.courant)
    if not math.isfinite(longest):
        raise UserError(f"the flow is not finite at t = {way.start:.4g}; use more cells or a smaller courant")
    left = way.end - way.start
    dt = left if left <= longest else min(longest, 0.5 * left)  # no tiny last step
    for attempt in range(HALVINGS + 1):
        try:
            y = step(system, y, dt)
            break
        except LostGas:
            if attempt == HALVINGS:
                raise
            dt *= 0.5
    return Marched(y, way.end if dt == left else way.start + dt, [dt])
