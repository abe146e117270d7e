"""What a moment solver must know of a learned closure, and the check that a scripted module keeps the contract."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from torch import Tensor

from kinetic.moments.flights import RATES
from kinetic.moments.linear import projected_matrix, wave_matrix
from trainer.errors import UserError
from trainer.export import Metadata

EXACT = 1e-10  # of symmetries: the same arithmetic in another order


@dataclass(frozen=True, kw_only=True)
class ClosureMetadata(Metadata):
    """A closure of M + 1 moments of a gas in one velocity dimension; `forward`: kinetic.closure.hermite.network, or
    kinetic.closure.generalised.network for learned moments."""

    kind: ClassVar[str] = "moment-closure"

    order: int  # M
    moments: Literal["hermite", "learned"] = "hermite"
    rates: tuple[float, ...] = RATES  # alpha of the flights (kinetic.moments.flights)

    def __post_init__(self) -> None:
        if not 3 <= self.order <= 16:
            raise UserError(f"expected an order from 3 to 16, got {self.order}")
        if tuple(self.rates) != RATES:
            raise UserError(
                f"the solver knows flights of the rates {list(RATES)}, the closure wants {list(self.rates)}"
            )


def check_closure(module: torch.jit.ScriptModule, metadata: ClosureMetadata) -> None:
    """Evaluates some gases, each with its mirror image, and some near equilibrium: a model that breaks the contract
    dies at export, not in a solver. Raises UserError."""
    order, random = metadata.order, torch.Generator().manual_seed(1)
    n, k = order - 2, torch.arange(order + 1)
    parity = (-1.0) ** k  # of the moments in a reflection; that of their slopes is the opposite

    def normal(*shape: int) -> Tensor:
        return torch.randn(20, *shape, generator=random, dtype=torch.float64)

    a, g, path = 0.1 * normal(n), normal(order + 1), torch.logspace(-3, 1, 20, dtype=torch.float64)
    if metadata.moments == "hermite":
        flights = [normal(len(RATES) * n)]
        mirrored = [parity[-1] * flights[0]]
        sign = parity[-1]  # of g_(M+1)
    else:
        flights = [normal(len(RATES), n), normal(len(RATES), n)]
        mirrored = [parity[3:] * flights[0], -parity[3:] * flights[1]]
        sign = parity[3:]  # of h_3 .. h_M
    found, inside = module(a, g, *flights, path)
    shape = path.shape if metadata.moments == "hermite" else a.shape
    if found.shape != shape or inside.shape != path.shape or found.dtype != torch.float64:
        raise UserError(f"the closure answers {tuple(found.shape)} in {found.dtype} for 20 places")
    if not torch.isfinite(found).all():
        raise UserError("the closure is not finite for small moments")
    scale = float(found.abs().max()) + float(g.abs().max())
    turned, _ = module(a * parity[3:], -g * parity, *mirrored, path)
    if float((turned - sign * found).abs().max()) > EXACT * scale:
        raise UserError("the closure is not that of the mirrored gas after a reflection")
    nothing = [torch.zeros_like(q) for q in flights]
    if float(module(torch.zeros_like(a), g, *nothing, path)[0].abs().max()) > EXACT * scale:
        raise UserError("the closure does not vanish in equilibrium")
    growth = (growth_of_waves if metadata.moments == "hermite" else growth_of_learned_waves)(module, order)
    if growth > EXACT:
        raise UserError(f"the closure lets small waves grow, by exp({growth:.2g} k sqrt(theta) t)")


def largest(matrix: Callable[[Tensor], Tensor]) -> float:
    """The largest rate at which a small wave on a gas in equilibrium grows, in units of k sqrt(theta): at most 0 for
    equations that are well-posed, whose waves die out. matrix: of kappa [K], [K, M + 1, M + 1]."""
    return float(torch.linalg.eigvals(matrix(torch.logspace(-3, 4, 40, dtype=torch.float64))).real.max())


def growth_of_waves(module: torch.nn.Module, order: int) -> float:
    """Of a closure of Hermite moments."""
    count = len(RATES) * (order - 2)
    nothing = torch.zeros(count, order + 1, dtype=torch.float64)
    coefficients, _ = module(nothing[:, 3:], nothing, torch.eye(count, dtype=torch.float64), nothing[:, 0] + 1.0)
    return largest(lambda kappa: wave_matrix(coefficients.detach(), kappa, order))


def growth_of_learned_waves(module: torch.nn.Module, order: int) -> float:
    """Of a closure of learned moments, from what it makes of each flight by itself."""
    n = order - 2
    count = len(RATES) * n
    nothing = torch.zeros(count, order + 1, dtype=torch.float64)
    one = torch.eye(count, dtype=torch.float64).reshape(count, len(RATES), n)
    parts = []
    for once, twice in ((one, 0.0 * one), (0.0 * one, one)):
        h, _ = module(nothing[:, 3:], nothing, once, twice, nothing[:, 0] + 1.0)
        parts.append(h.detach().reshape(len(RATES), n, n).mT)  # [alpha, j, k]
    couple: Tensor = module.couple  # type: ignore[assignment]
    return largest(lambda kappa: projected_matrix(couple, parts[0], parts[1], kappa))
