"""The input of `henrici theory train`."""

from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import nn

from theory.regression.models import basis, deep, shallow
from trainer.errors import UserError
from trainer.loop.settings import TrainingSettings
from trainer.sampling import generator
from trainer.settings import resolved

Kind = Literal[
    "linear",
    "generalised-linear",
    "random-features",
    "two-layer",
    "conventional",
    "residual",
    "compositional",
    "deep",
]
FLAT = {
    "random-features": shallow.RandomFeatures,
    "two-layer": shallow.TwoLayer,
    "conventional": shallow.Conventional,
}
LAYERED = {"residual": deep.Residual, "compositional": deep.Compositional, "deep": deep.Deep}


@dataclass(frozen=True)
class ModelSettings:
    """What is trained; see docs/theory.md for the formulas.

    kind: "linear", "generalised-linear" (in `width` cosines), "random-features", "two-layer" (with 1/width),
        "conventional" (two layers without it, by He at first), "residual" (with 1/depth), "compositional" (the same
        with another norm) or "deep".
    width: neurons of a layer, or functions of a basis.
    depth: blocks of "residual" and "compositional", hidden layers of "deep".
    scale: of the initial weights.
    """

    kind: Kind = "two-layer"
    width: int = 100
    depth: int = 4
    scale: float = 1.0

    def __post_init__(self) -> None:
        if min(self.width, self.depth) < 1 or not self.scale >= 0:
            raise UserError(f"expected width, depth >= 1, scale >= 0, got {self.width}, {self.depth}, {self.scale}")

    def build(self, d: int, seed: int) -> nn.Module:
        """With initial parameters, for d inputs."""
        random = generator(seed, 0)
        if self.kind == "linear":
            return shallow.LinearModel(d)
        if self.kind == "generalised-linear":
            return basis.GeneralisedLinear(d, self.width)
        if self.kind in LAYERED:
            return LAYERED[self.kind](d, self.width, self.depth, self.scale, random)
        return FLAT[self.kind](d, self.width, self.scale, random)


@dataclass(frozen=True)
class RegressionSettings:
    """The input of `henrici theory train`; paths are relative to it.

    train: .npz file with x [n, d], in the box [-1, 1]^d for the bounds, and y [n], in [0, 1] for the bounds.
    test: likewise, points that are not trained on.
    penalty: lambda, of lambda sqrt(ln(2 (d + 1)) / n) ||theta|| that is added to the risk mean (f - y)^2 / 2; the
        theorems ask for 4 sqrt(2) = 5.7 or more, 0 leaves it out. In the first half of the steps it falls to lambda
        from where f = 0 is best, so that initial weights which the data do not ask for are gone.
    dtype: precision of the training.
    model: what is trained, a table.
    training: how, a table; without it 2000 steps, and what is said below of the others.
    """

    train: str
    test: str
    penalty: float = 0.0
    dtype: Literal["float32", "float64"] = "float32"
    model: ModelSettings = field(default_factory=ModelSettings)
    training: TrainingSettings = field(default_factory=lambda: TrainingSettings(steps=2000))

    def __post_init__(self) -> None:
        if not self.penalty >= 0:
            raise UserError(f"expected penalty >= 0, got {self.penalty}")

    def resolved(self) -> dict[str, Any]:
        """The input with every default written out."""
        return resolved(self)

    @property
    def torch_dtype(self) -> torch.dtype:
        return torch.float32 if self.dtype == "float32" else torch.float64
