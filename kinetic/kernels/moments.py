"""Moment systems by compiled loops: all of a step but what learned closures say."""

from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from kinetic.gas import LOST, LostGas
from kinetic.kernels import Pair


class Known(NamedTuple):
    """What is known at the ends of a flow."""

    ghosts: Pair  # [B, M + 1, 6] moments beyond each end; none for a periodic flow
    flux: Pair  # [B, M + 1, 1] through walls where it is known


class Rates(NamedTuple):
    """What a closure is asked with, and where its answer goes: each [B, ..., nx]."""

    rate: Tensor  # [B, M + 1, nx] d_t m without collisions and without the closure's part, -scale h in the last rows
    b: Tensor  # [B, M - 2, nx] a_3 .. a_M, or b_3 .. b_M
    g: Tensor  # [B, M + 1, nx] g_0 .. g_M
    path: Tensor  # [B, nx] eps sqrt(theta)
    scale: Tensor  # [B, 1, nx]


class Loops(Protocol):
    """Of one moment system. m: [B, M + 1, nx]. All raise LostGas unless density and temperature are positive."""

    def rates(self, m: Tensor, eps: Tensor, dx: float, ends: Known) -> Tensor | Rates:
        """d_t m alone where the closure has nothing to say. eps: [B, nx + 6]"""
        ...

    def relax(self, m: Tensor, eps: Tensor, dt: float) -> Tensor:
        """z = m + dt (m[M] - z) / eps. eps: [B, nx]"""
        ...

    def signal(self, m: Tensor, eps: Tensor) -> tuple[float, float]:
        """The fastest signal, and the largest diffusivity. eps: [B, nx]"""
        ...


class HermiteLoops:
    """Of powers of v: kinetic.moments.classical."""

    def __init__(
        self, polynomials: Tensor, power: Tensor, fastest: float, regularised: bool, closing: bool, conduction: float
    ):
        """polynomials: [M + 1, M + 1] He_k = sum_j polynomials[k, j] xi^j; power: [M + 1] xi^(M+1) = He_(M+1) + sum_k
        power[k] He_k; regularised: whether g_(M+1) is what the closure says, in the place of that of the flux; closing:
        whether that is not 0; conduction: a_(M+1) is -conduction eps d_x theta / sqrt(theta)."""
        self._constants = polynomials.contiguous(), power.contiguous(), regularised, conduction, closing
        self._fastest, self._conduction = fastest, conduction

    def rates(self, m: Tensor, eps: Tensor, dx: float, ends: Known) -> Tensor | Rates:
        found, lost = torch.ops.henrici_kinetic.hermite_rates(
            m, eps, dx, self._fastest, *ends.ghosts, *ends.flux, *self._constants
        )
        return answer(found, lost)

    def relax(self, m: Tensor, eps: Tensor, dt: float) -> Tensor:
        z, lost = torch.ops.henrici_kinetic.relax(m, eps, dt, True)
        check(lost)
        return z  # type: ignore[no-any-return]

    def signal(self, m: Tensor, eps: Tensor) -> tuple[float, float]:
        speed, diffusion, lost = torch.ops.henrici_kinetic.signal(m, eps, self._fastest)
        check(lost)
        return speed, self._conduction * diffusion


class LearnedLoops:
    """Of learned functions: kinetic.moments.generalised."""

    def __init__(self, couple: Tensor, slope: Tensor, stretch: Tensor, fastest: float):
        """X, D and E [M + 1, M + 1], as kinetic.moments.generalised has them."""
        x, d, e = couple, slope, stretch
        one = torch.eye(len(x), dtype=x.dtype, device=x.device)
        of_b = torch.cat([q[3:] for q in (d, e, one + e - x @ d, 0.5 * (x - x @ e) + d)])
        self._constants, self._fastest = (x.contiguous(), of_b), fastest

    def rates(self, m: Tensor, eps: Tensor, dx: float, ends: Known) -> Tensor | Rates:
        found, lost = torch.ops.henrici_kinetic.learned_rates(
            m, eps, dx, self._fastest, *ends.ghosts, *ends.flux, *self._constants
        )
        return answer(found, lost)

    def relax(self, m: Tensor, eps: Tensor, dt: float) -> Tensor:
        z, lost = torch.ops.henrici_kinetic.relax(m, eps, dt, False)
        check(lost)
        return z  # type: ignore[no-any-return]

    def signal(self, m: Tensor, eps: Tensor) -> tuple[float, float]:
        speed, _, lost = torch.ops.henrici_kinetic.signal(m, eps, self._fastest)
        check(lost)
        return speed, 0.0


def answer(found: list[Any], lost: int) -> Tensor | Rates:
    """Of an operator."""
    check(lost)
    if len(found) == 1:
        return found[0]  # type: ignore[no-any-return]
    rate, b, g, path, scale = found
    return Rates(rate, b, g, path.squeeze(1), scale)


def check(lost: int) -> None:
    """Raises LostGas for what an operator found lost."""
    if lost:
        raise LostGas(LOST.format(("density", "temperature")[lost - 1]))
