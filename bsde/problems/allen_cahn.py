"""Allen-Cahn equation."""

import math
from typing import TypeVar

import torch
from torch import Tensor

from bsde.problem import Problem, Reference
from bsde.references.radial import radial, radial_at
from trainer.data.frame import Array

T = TypeVar("T", Array, Tensor)


class AllenCahn(Problem):
    """u_t + Laplacian u + u - u^3 = 0,   g = 1 / (2 + 0.4 |x|^2).

    Han, Jentzen and E, PNAS 115 (2018) 8505. The solution is between 0 and 1/2 at first, never beyond 1,
    and there u - u^3 is concave."""

    dim: int = 100
    horizon: float = 0.3

    curvature = "concave"

    def sigma(self, t: Tensor, x: Tensor) -> float:
        return math.sqrt(2.0)

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        return source(y)

    def g(self, x: Tensor) -> Tensor:
        return end(x.square().sum(1))

    def exact(self, t: Tensor, x: Tensor) -> Tensor:
        """By the radial equation, to 1e-6."""
        return radial_at(self.dim, (self.horizon - t).clamp(min=0), x.square().sum(1), source, end)

    def reference(self) -> Reference:
        r = float(self.origin(torch.float64).norm())
        value, error = radial(self.dim, self.horizon, r, source, end)
        return Reference(value, error, "radial equation, by Chebyshev collocation")


def source(u: T) -> T:
    """f of u"""
    return u - u**3


def end(square: T) -> T:
    """g of |x|^2"""
    return 1 / (2 + 0.4 * square)
