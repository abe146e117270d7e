"""Hamilton-Jacobi-Bellman equation of a linear-quadratic control with a logarithmic final cost."""

import math

import torch
from torch import Tensor

from bsde.problem import Problem, Reference
from bsde.references.cole_hopf import cole_hopf


class HJB(Problem):
    """u_t + Laplacian u - strength |grad u|^2 = 0,   g = ln((1 + |x|^2) / 2):

    the least cost E[g(X_T) + integral |m|^2 dt] over the controls m of dX = 2 sqrt(strength) m dt + sqrt(2) dW.
    Han, Jentzen and E, PNAS 115 (2018) 8505.

    strength: lambda.
    """

    dim: int = 100
    strength: float = 1.0

    curvature = "concave"

    def sigma(self, t: Tensor, x: Tensor) -> float:
        return math.sqrt(2.0)

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        return -0.5 * self.strength * z.square().sum(1)

    def g(self, x: Tensor) -> Tensor:
        return of_square(x.square().sum(1))

    def exact(self, t: Tensor, x: Tensor) -> Tensor:
        """By quadrature, to 1e-6 in up to a thousand dimensions."""
        return cole_hopf(of_square, self.strength, self.dim, (self.horizon - t).clamp(min=0), x.square().sum(1))

    def reference(self) -> Reference:
        square = self.origin(torch.float64).square().sum(1)
        left = torch.full_like(square, self.horizon)
        value = float(cole_hopf(of_square, self.strength, self.dim, left, square, nodes=640))
        return Reference(value, 1e-9 * abs(value), "Cole-Hopf transform and quadrature")


def of_square(square: Tensor) -> Tensor:
    """g of |x|^2"""
    return torch.log(0.5 * (1 + square))
