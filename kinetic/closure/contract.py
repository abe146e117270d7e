"""What a moment solver must know of a learned closure, and the check that a scripted module keeps the contract."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from kinetic.gas import Molecules
from kinetic.moments.burnett.functions import Burnett
from kinetic.moments.burnett.rates import rates
from kinetic.moments.flights import DEFINITION, RATES
from kinetic.moments.linear import bgk_rates, projected_matrix, wave_matrix
from kinetic.moments.linear import count as flights
from trainer.errors import UserError
from trainer.export import Metadata

EXACT = 1e-10  # of symmetries: the same arithmetic in another order


@dataclass(frozen=True, kw_only=True)
class ClosureMetadata(Metadata):
    """A closure of M + 1 moments of a gas in one velocity dimension, Hermite's or learned ones, or of those with
    Burnett's functions up to the degree M in two; `forward`: kinetic.closure.hermite.network, for the others
    kinetic.closure.symmetric."""

    kind: ClassVar[str] = "moment-closure"

    order: int  # M
    moments: Literal["hermite", "learned", "burnett"] = "hermite"
    exponent: float | None = None  # of the molecules, with Burnett's functions
    cells: int | None = None  # of the only mesh that a convolutional closure is for
    flights: str = DEFINITION  # those that it is asked with (kinetic.moments.flights)

    def __post_init__(self) -> None:
        if not 3 <= self.order <= 16:
            raise UserError(f"expected an order from 3 to 16, got {self.order}")
        if (self.exponent is not None) != (self.moments == "burnett"):
            raise UserError("a closure of moments with Burnett's functions, and no other, is one for an exponent")
        if self.flights != DEFINITION:
            raise UserError(f"the solver knows flights of {DEFINITION!r}, the closure wants {self.flights!r}")

    @property
    def dimension(self) -> int:
        """Of the velocities."""
        return 2 if self.moments == "burnett" else 1

    @property
    def parity(self) -> Tensor:
        """Signs of the moments in a reflection."""
        if self.moments == "burnett":
            return Burnett(self.order, 2).parity
        return (-1.0) ** torch.arange(self.order + 1)


def check_closure(module: torch.jit.ScriptModule, metadata: ClosureMetadata) -> None:
    """Evaluates some gases, each with its mirror image, and some near equilibrium: a model that breaks the contract
    dies at export, not in a solver. Raises UserError."""
    gas, mirrored, nothing = examples(metadata)
    parity, shape = metadata.parity, gas[0].shape[:-1]
    n = len(parity) - 3
    hermite = metadata.moments == "hermite"
    found, inside = module(*gas)
    if found.shape != (shape if hermite else (*shape, n)) or inside.shape != shape or found.dtype != torch.float64:
        raise UserError(f"the closure answers {tuple(found.shape)} in {found.dtype} for {shape[-1]} places")
    if not torch.isfinite(found).all():
        raise UserError("the closure is not finite for small moments")
    scale = float(found.abs().max()) + float(gas[1].abs().max())
    turned, _ = module(*mirrored)
    turned = turned if metadata.cells is None else turned.flip(0)
    if float((turned - (parity[-1] if hermite else parity[3:]) * found).abs().max()) > EXACT * scale:
        raise UserError("the closure is not that of the mirrored gas after a reflection")
    if float(module(*nothing)[0].abs().max()) > EXACT * scale:
        raise UserError("the closure does not vanish in equilibrium")
    if (growth := growth_of_waves(module, metadata)) > EXACT:
        raise UserError(f"the closure lets small waves grow, by exp({growth:.2g} k sqrt(theta) t)")


def examples(metadata: ClosureMetadata) -> tuple[list[Any], list[Any], list[Any]]:
    """Arguments of `forward`: some gases, their mirror images, and some in equilibrium."""
    random, count = torch.Generator().manual_seed(1), metadata.cells or 20
    parity = metadata.parity  # that of slopes is the opposite
    n = len(parity) - 3

    def normal(*shape: int) -> Tensor:
        return torch.randn(count, *shape, generator=random, dtype=torch.float64)

    b, g, path = 0.1 * normal(n), normal(len(parity)), torch.logspace(-3, 1, count, dtype=torch.float64)
    turned = (b * parity[3:], -g * parity)
    if metadata.cells is not None:
        dx = 1.0 / metadata.cells
        still = 0.0 * g
        still[:, :3] = g[:, :3]
        return [b, g, path, dx], [*(q.flip(0) for q in (*turned, path)), dx], [0.0 * b, still, path, dx]
    if metadata.moments == "hermite":
        s = normal(flights(metadata.order))
        return [b, g, s], [*turned, parity[-1] * s], [0.0 * b, g, 0.0 * s]
    arrived, excess = normal(n), normal(len(RATES), n)
    nothing = [0.0 * b, g, 0.0 * arrived, 0.0 * excess, path]
    return [b, g, arrived, excess, path], [*turned, parity[3:] * arrived, -parity[3:] * excess, path], nothing


def growth_of_waves(module: torch.nn.Module, metadata: ClosureMetadata) -> float:
    """The largest rate at which a small wave on a gas in equilibrium grows, in units of k sqrt(theta): at most 0 for
    equations that are well-posed, whose waves die out."""
    if metadata.cells is not None:
        return of_convolutions(module, metadata.order, metadata.cells)
    if metadata.moments == "hermite":
        matrix = of_hermite(module, metadata.order)
    else:
        matrix = of_learned(module, bgk_rates(metadata.order) if metadata.exponent is None else linearised(metadata))
    return largest(matrix(torch.logspace(-3, 4, 40, dtype=torch.float64)))


def largest(matrix: Tensor) -> float:
    """Real part of an eigenvalue. [K, M + 1, M + 1]"""
    return float(torch.linalg.eigvals(matrix).real.max())


def of_hermite(module: torch.nn.Module, order: int) -> Callable[[Tensor], Tensor]:
    """d_t of a wave as a function of kappa: from what the closure makes of each flight by itself."""
    count = flights(order)
    nothing = torch.zeros(count, order + 1, dtype=torch.float64)
    coefficients, _ = module(nothing[:, 3:], nothing, torch.eye(count, dtype=torch.float64))
    return lambda kappa: wave_matrix(coefficients.detach(), kappa, order)


def linearised(metadata: ClosureMetadata) -> Tensor:
    """Rates of collisions of moments with Burnett's functions."""
    return rates(Burnett(metadata.order, 2), Molecules(exponent=metadata.exponent or 0.0)).matrix


def of_learned(module: Any, collisions: Tensor) -> Callable[[Tensor], Tensor]:
    """The same, of moments by projection, which collisions do that to."""
    n = len(collisions) - 3
    count = (1 + len(RATES)) * n
    nothing, one = torch.zeros(count, n + 3, dtype=torch.float64), torch.eye(count, dtype=torch.float64)
    h, _ = module(nothing[:, 3:], nothing, one[:, :n], one[:, n:].reshape(count, -1, n), nothing[:, 0] + 1.0)
    damping, *shifting = h.detach().reshape(-1, n, n).mT  # [j, k] of K, and of each E
    return lambda kappa: projected_matrix(module.couple, collisions, damping, torch.stack(shifting), kappa)


def of_convolutions(module: Any, order: int, cells: int) -> float:
    """The largest rate, of all waves on a periodic mesh, from what one cell does to the others."""
    n, worst, dx = order - 2, -math.inf, 1.0 / cells
    k = 2 * math.pi * torch.fft.rfftfreq(cells, dtype=torch.float64)[1:]
    nothing = torch.zeros(n, cells, order + 1, dtype=torch.float64)
    impulse = nothing.clone()
    impulse[torch.arange(n), 0, torch.arange(3, order + 1)] = 1.0
    for free in (0.01, 0.1, 1.0, 10.0, 1000.0):  # mean free paths, in cells
        h, _ = module(nothing[..., 3:], impulse, nothing[..., 0] + free * dx, dx)
        symbol = torch.fft.rfft(h.detach(), dim=1)[:, 1:].permute(1, 2, 0)  # [K, j, k]
        closing = torch.nn.functional.pad(symbol, (3, 0, 3, 0))
        collisions = bgk_rates(order) / (k * free)[:, None, None]
        worst = max(worst, largest(-1j * (module.local.couple + closing) - collisions))
    return worst
