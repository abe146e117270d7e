"""What the file of a solution says of itself."""

from dataclasses import dataclass
from typing import ClassVar

from trainer import export


@dataclass(frozen=True, kw_only=True)
class SolutionMetadata(export.Metadata):
    """u(t, x) and grad u of a parabolic PDE; domain says for which t and x they were learned."""

    kind: ClassVar[str] = "pde-solution"

    equation: str  # in words and formulas
    dim: int
    horizon: float
