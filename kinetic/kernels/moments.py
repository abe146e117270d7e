"""Moment systems by compiled loops (kinetic.moments.system): many steps in one call where no closure is to be asked."""

from typing import NamedTuple

import torch
from torch import Tensor

from kinetic.gas import LOST, LostGas
from kinetic.kernels import Pair, steps_at_once
from kinetic.numerics.imex import Marched, Way

NOTHING, ASKED = "", "asked"
HOW_LOST = ("density is not positive", "temperature is not positive", "moments are not finite")
ROUNDING = 1e-14  # of integrals of functions of size 1
NONE = torch.empty(0, dtype=torch.float64)
SOURCES = {"inflow", "diffuse"}  # walls that molecules come from


class Closing(NamedTuple):
    """What completes the equations of a moment model."""

    kind: str = NOTHING  # or ASKED, `beyond` of the closure; waves, hermite, symmetric: known to the loops
    parameters: Tensor = NONE  # of the loops, all in one
    width: int = 0  # of networks
    constants: tuple[float, ...] = ()

    @property
    def trained(self) -> bool:
        """Whether there are parameters that a gradient might be wanted of."""
        return self.kind not in (NOTHING, "waves")


class Equations(NamedTuple):
    """What the loops must know of a moment model; kinetic/kernels/parameters.h says of which numbers."""

    variables: str  # hermite or projection
    order: int  # M
    parameters: Tensor  # of the loops, all in one
    constants: tuple[float, ...]
    fastest: float  # bound of |characteristic speed - u| / sqrt(theta)
    closing: Closing


def packed(*parts: Tensor) -> Tensor:
    """All in one; what is 0 but for rounding is 0."""
    return torch.cat([torch.where(q.abs() > ROUNDING, q, 0.0).flatten() for q in parts])


class Law(NamedTuple):
    """What the loops must know of the ends of a tube (kinetic.moments.walls)."""

    kinds: tuple[str, str]
    parameters: Tensor  # of the loops, all in one
    constants: tuple[float, ...] = ()  # none where the loops have to be told what comes from walls

    @property
    def whole(self) -> bool:
        """Whether there is nothing to tell."""
        return bool(self.constants) or not SOURCES & set(self.kinds)


class Known(NamedTuple):
    """What is known at the ends of flows."""

    ghosts: Pair = (None, None)  # [B, M + 1, 6] moments beyond each end; none for periodic flows
    flux: Pair = (None, None)  # [B, M + 1, 1] through walls where it is known


class Local(NamedTuple):
    """What a closure sees of the gas at every place."""

    b: Tensor  # [B, M - 2, nx] a_3 .. a_M, or b_3 .. b_M
    g: Tensor  # [B, M + 1, nx] g_0 .. g_M
    path: Tensor  # [B, nx] eps sqrt(theta) / nu, the mean free path
    gas: Tensor  # [B, 3, nx] density, velocity, temperature
    flown: Tensor  # [B, M + 1, nx] g as it flies: without the jump at a wall that molecules come from


class Rates(NamedTuple):
    """What a closure is asked with, and where its answer goes."""

    rate: Tensor  # [B, M + 1, nx] d_t m without collisions and without the closure's part, -scale h in the last rows
    scale: Tensor  # [B, 1, nx]
    local: Local


class Compiled:
    """A batch of flows. m: [B, M + 1, nx]. All methods raise LostGas unless density and temperature are positive."""

    def __init__(
        self,
        equations: Equations,
        eps: Tensor,
        wide: Tensor,
        dx: float,
        free: Tensor,
        law: Law,
    ):
        """eps: [B, nx]; wide: [B, nx + 6], with 3 cells beyond each end; free: of flights (kinetic.kernels.fly)."""
        variables, order, parameters, constants, fastest, closing = equations
        self.closing, self.law = closing, law
        mesh, moments = (eps.double(), wide.double(), dx), (variables, order, parameters, constants)
        kinds, *of_ends = law
        self._system = torch.classes.henrici_kinetic.MomentSystem(
            *mesh, fastest, *moments, *closing, free, list(kinds), *of_ends
        )

    def transport(self, m: Tensor, known: Known) -> tuple[Tensor, int]:
        """d_t m without collisions, and in how many cells b was beyond what a closure was trained on. Not for ASKED.

        known: nothing where `law` is whole."""
        rate, lost, outside = self._system.transport(m, *known.ghosts, *known.flux)
        check(lost)
        return rate, outside

    def rates(self, m: Tensor, known: Known) -> Rates:
        """The same, but for the closure's part."""
        (rate, b, g, path, gas, scale, *flown), lost = self._system.rates(m, *known.ghosts, *known.flux)
        check(lost)
        return Rates(rate, scale, Local(b, g, path.squeeze(1), gas, *flown or [g]))

    def relax(self, m: Tensor, dt: float) -> tuple[Tensor, int]:
        """m after collisions for the time dt, and how many cells were drawn further towards equilibrium."""
        z, lost, drawn = self._system.relax(m, dt)
        check(lost)
        return z, drawn

    def march(self, m: Tensor, way: Way, of_speed: float, of_diffusivity: float) -> tuple[Marched, int, int]:
        """Steps of kinetic.numerics.imex, and what `transport` and `relax` count. Not for ASKED.

        of_speed, of_diffusivity: the longest step, times the fastest signal and times the largest diffusivity."""
        most = steps_at_once(m)
        *marched, outside, drawn = self._system.march(m, way.start, way.end, most, of_speed, of_diffusivity)
        return Marched(*marched), outside, drawn

    def signal(self, m: Tensor) -> tuple[float, float]:
        """The fastest signal and the largest diffusivity."""
        speed, diffusivity, lost = self._system.signal(m)
        check(lost)
        return speed, diffusivity


def check(lost: int) -> None:
    """Raises LostGas for what the loops found lost."""
    if lost:
        raise LostGas(LOST.format(HOW_LOST[lost - 1]))
