"""Steps in time: transport explicitly, collisions implicitly, so that no step is bound by the Knudsen number.

ARS(2,2,2), gamma = 1 - 1 / sqrt 2, delta = 1 - 1 / (2 gamma), with T the transport and R / eps the collisions:

    y2 = y + gamma dt T(y) + gamma dt R(y2) / eps
    y3 = y + dt (delta T(y) + (1 - delta) T(y2)) + dt ((1 - gamma) R(y2) + gamma R(y3)) / eps

Second order; for eps -> 0 it becomes a scheme of second order for the limit (Ascher, Ruuth, Spiteri, Appl. Numer. Math.
25, 151 (1997); Pieraccini, Puppo, J. Sci. Comput. 32, 1 (2007) for BGK)."""

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from kinetic.gas import LostGas
from trainer.errors import UserError

GAMMA = 1.0 - 1.0 / math.sqrt(2.0)
HALVINGS = 4  # of a step that loses the gas
DELTA = 1.0 - 1.0 / (2.0 * GAMMA)


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
        """Largest stable dt, for a Courant number of at most 1."""
        ...


def step(system: System, y: Tensor, dt: float) -> Tensor:
    """One step of ARS(2,2,2)."""
    first = system.transport(y)
    explicit = torch.add(y, first, alpha=GAMMA * dt)
    y2 = system.relax(explicit, GAMMA * dt)
    collided = y2 - explicit
    explicit = torch.add(y, first, alpha=DELTA * dt).add_(system.transport(y2), alpha=(1.0 - DELTA) * dt)
    return system.relax(explicit.add_(collided, alpha=(1.0 - GAMMA) / GAMMA), GAMMA * dt)


def march(
    system: System,
    y: Tensor,
    start: float,
    end: float,
    courant: float,
    advanced: Callable[[float], object] | None = None,
) -> Tensor:
    """From the time `start` to `end`, in steps as long as stability allows; all flows of a batch take the same ones.

    A step that loses the gas is made again, half as long, down to 1/16: explicit stages of ARS(2,2,2) are not positive
    combinations of shorter steps, and a strong shock asks for that. advanced: is told the length of every step. Raises
    UserError for a Courant number outside of (0, 1] and for a state that is not finite any more."""
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
