"""What a moment solver must know of a learned closure, and the check that a scripted module keeps the contract."""

from dataclasses import dataclass
from typing import ClassVar

import torch

from kinetic.moments.flights import RATES
from kinetic.moments.linear import wave_matrix
from trainer.errors import UserError
from trainer.export import Metadata

EXACT = 1e-10  # of symmetries: the same arithmetic in another order


@dataclass(frozen=True, kw_only=True)
class ClosureMetadata(Metadata):
    """A closure of the moments m_0 .. m_M of a gas in one velocity dimension; `forward`: kinetic.closure.hermite."""

    kind: ClassVar[str] = "moment-closure"

    order: int  # M
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

    def normal(count: int) -> torch.Tensor:
        return torch.randn(20, count, generator=random, dtype=torch.float64)

    a, g, s = 0.1 * normal(order - 2), normal(order + 1), normal(2 * (order - 2))
    path = torch.logspace(-3, 1, 20, dtype=torch.float64)
    parity = (-1.0) ** torch.arange(order + 1)
    found, inside = module(a, g, s, path)
    if found.shape != path.shape or inside.shape != path.shape or found.dtype != torch.float64:
        raise UserError(f"the closure answers {tuple(found.shape)} in {found.dtype} for 20 places")
    if not torch.isfinite(found).all():
        raise UserError("the closure is not finite for small a_k")
    scale = float(found.abs().max()) + float(g.abs().max())
    mirrored, _ = module(a * parity[3:], -g * parity, (-1) ** order * s, path)
    if float((mirrored - (-1) ** order * found).abs().max()) > EXACT * scale:
        raise UserError("the closure is not that of the mirrored gas after a reflection")
    nothing = torch.zeros_like(a)
    if float(module(nothing, g, torch.zeros_like(s), path)[0].abs().max()) > EXACT * scale:
        raise UserError("the closure does not vanish in equilibrium")
    if (growth := growth_of_waves(module, order)) > EXACT:
        raise UserError(f"the closure lets small waves grow, by exp({growth:.2g} k sqrt(theta) t)")


def growth_of_waves(module: torch.nn.Module, order: int) -> float:
    """The largest rate at which a small wave on a gas in equilibrium grows, in units of k sqrt(theta): at most 0 for
    equations that are well-posed, whose waves die out."""
    count = 2 * (order - 2)
    nothing = torch.zeros(count, order + 1, dtype=torch.float64)
    coefficients, _ = module(nothing[:, 3:], nothing, torch.eye(count, dtype=torch.float64), nothing[:, 0] + 1.0)
    kappa = torch.logspace(-3, 4, 40, dtype=torch.float64)
    return float(torch.linalg.eigvals(wave_matrix(coefficients.detach(), kappa, order)).real.max())
