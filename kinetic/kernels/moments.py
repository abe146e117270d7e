"""Moment systems by compiled loops (kinetic.moments.system): a step in one call where no closure has to be asked."""

from typing import NamedTuple

import torch
from torch import Tensor

from kinetic.gas import LOST, LostGas
from kinetic.kernels import Pair

NOTHING, ASKED = "", "asked"
HOW_LOST = ("density is not positive", "temperature is not positive", "moments are not finite")
NONE = torch.empty(0, dtype=torch.float64)


class Closing(NamedTuple):
    """What completes the equations of a moment model."""

    kind: str = NOTHING  # or ASKED, `beyond` of the closure; waves, hermite, generalised: known to the loops
    parameters: Tensor = NONE  # of the loops, all in one
    width: int = 0  # of networks
    constants: tuple[float, ...] = ()

    @property
    def trained(self) -> bool:
        """Whether there are parameters that a gradient might be wanted of."""
        return self.kind not in (NOTHING, "waves")


class Equations(NamedTuple):
    """What the loops must know of a moment model."""

    variables: str  # hermite, or learned: of orthonormal functions
    constants: tuple[Tensor, ...]
    fastest: float  # bound of |characteristic speed - u| / sqrt(theta)
    closing: Closing
    regularised: bool = True  # of hermite: whether g_(M+1) is what the closure says, in the place of that of the flux
    conduction: float = 0.0  # of hermite: a_(M+1) is -conduction eps d_x theta / sqrt(theta)
    least: float = 0.0  # of hermite: least eigenvalue that a departure from equilibrium may have


def orthonormal(x: Tensor, d: Tensor, e: Tensor, fastest: float, closing: Closing) -> Equations:
    """Of learned functions: X, D = int omega e_j' e_k and E = int omega xi e_j' e_k, all [M + 1, M + 1]. The loops have
    sigma of kinetic.moments.projection in the form that it takes in one velocity dimension."""
    one = torch.eye(len(x), dtype=x.dtype, device=x.device)
    rows = (d, e, one + e - x @ d, 0.5 * (x - x @ e) + d)
    return Equations("learned", (x, torch.cat([q[3:] for q in rows])), fastest, closing)


class Known(NamedTuple):
    """What is known at the ends of flows."""

    ghosts: Pair  # [B, M + 1, 6] moments beyond each end; none for periodic flows
    flux: Pair  # [B, M + 1, 1] through walls where it is known


class Rates(NamedTuple):
    """What a closure is asked with, and where its answer goes: each [B, ..., nx]."""

    rate: Tensor  # [B, M + 1, nx] d_t m without collisions and without the closure's part, -scale h in the last rows
    b: Tensor  # [B, M - 2, nx] a_3 .. a_M, or b_3 .. b_M
    g: Tensor  # [B, M + 1, nx] g_0 .. g_M
    path: Tensor  # [B, nx] eps sqrt(theta)
    scale: Tensor  # [B, 1, nx]


class Compiled:
    """A batch of flows. m: [B, M + 1, nx]. All methods raise LostGas unless density and temperature are positive."""

    def __init__(
        self,
        equations: Equations,
        eps: Tensor,
        wide: Tensor,
        dx: float,
        once: list[Tensor],
        twice: list[Tensor],
    ):
        """eps: [B, nx]; wide: [B, nx + 6], with 3 cells beyond each end; once, twice: for each of g_3 .. g_M, the
        matrices of flights that the closing has a use for (kinetic.moments.flights.Flights.matrices)."""
        variables, constants, fastest, closing, *numbers = equations
        self.closing = closing
        self._system = torch.classes.henrici_kinetic.MomentSystem(
            eps.double(),
            wide.double(),
            dx,
            fastest,
            variables,
            list(constants),
            *numbers,
            *closing,
            once,
            twice,
        )

    def transport(self, m: Tensor, known: Known) -> tuple[Tensor, int]:
        """d_t m without collisions, and in how many cells b was beyond what a closure was trained on. Not for ASKED."""
        rate, lost, outside = self._system.transport(m, *known.ghosts, *known.flux)
        check(lost)
        return rate, outside

    def rates(self, m: Tensor, known: Known) -> Rates:
        """The same, but for the closure's part."""
        (rate, b, g, path, scale), lost = self._system.rates(m, *known.ghosts, *known.flux)
        check(lost)
        return Rates(rate, b, g, path.squeeze(1), scale)

    def relax(self, m: Tensor, dt: float) -> tuple[Tensor, int]:
        """z = m + dt (m[M] - z) / eps, and how many cells were drawn further towards equilibrium."""
        z, lost, drawn = self._system.relax(m, dt)
        check(lost)
        return z, drawn

    def step(self, m: Tensor, dt: float, gamma: float) -> tuple[Tensor, int, int]:
        """kinetic.numerics.imex.step, of periodic flows; what `transport` and `relax` count. Not for ASKED."""
        after, lost, outside, drawn = self._system.step(m, dt, gamma)
        check(lost)
        return after, outside, drawn

    def signal(self, m: Tensor) -> tuple[float, float]:
        """The fastest signal and the largest diffusivity."""
        speed, diffusivity, lost = self._system.signal(m)
        check(lost)
        return speed, diffusivity


def check(lost: int) -> None:
    """Raises LostGas for what the loops found lost."""
    if lost:
        raise LostGas(LOST.format(HOW_LOST[lost - 1]))
