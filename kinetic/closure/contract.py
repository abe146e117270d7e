"""What a moment solver must know of a learned closure, and the check that a scripted module keeps the contract."""

from dataclasses import dataclass
from typing import ClassVar

import torch

from trainer.errors import UserError
from trainer.export import Metadata

EXACT = 1e-10  # of symmetries: the same arithmetic in another order


@dataclass(frozen=True, kw_only=True)
class ClosureMetadata(Metadata):
    """A closure of the moments m_0 .. m_M of a gas in one velocity dimension; `forward`: kinetic.closure.network."""

    kind: ClassVar[str] = "moment-closure"

    order: int  # M

    def __post_init__(self) -> None:
        if not 3 <= self.order <= 16:
            raise UserError(f"expected an order from 3 to 16, got {self.order}")


def check_closure(module: torch.jit.ScriptModule, metadata: ClosureMetadata) -> None:
    """Evaluates some gases, each with its mirror image, and one in equilibrium: a model that breaks the contract dies
    at export, not in a solver. Raises UserError."""
    order, random = metadata.order, torch.Generator().manual_seed(1)
    a = 0.1 * torch.randn(20, order - 2, generator=random, dtype=torch.float64)
    g = torch.randn(20, order + 1, generator=random, dtype=torch.float64)
    path = torch.logspace(-3, 1, 20, dtype=torch.float64)
    parity = (-1.0) ** torch.arange(order + 1)
    found, inside = module(a, g, path)
    if found.shape != path.shape or inside.shape != path.shape or found.dtype != torch.float64:
        raise UserError(f"the closure answers {tuple(found.shape)} in {found.dtype} for 20 places")
    if not torch.isfinite(found).all():
        raise UserError("the closure is not finite for small a_k")
    mirrored, _ = module(a * parity[3:], -g * parity, path)
    scale = float(found.abs().max()) + float(g.abs().max())
    if float((mirrored - (-1) ** order * found).abs().max()) > EXACT * scale:
        raise UserError("the closure is not that of the mirrored gas after a reflection")
    if float(module(torch.zeros_like(a), g, path)[0].abs().max()) > EXACT * scale:
        raise UserError("the closure does not vanish in equilibrium")
