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
        return torch.log(0.5 * (1 + x.square().sum(1)))

    def reference(self) -> Reference:
        square = float(self.origin(torch.float64).square().sum())
        value = cole_hopf(lambda r2: torch.log(0.5 * (1 + r2)), self.strength, self.dim, self.horizon, square)
        return Reference(value, 1e-9 * abs(value), "Cole-Hopf transform and quadrature")
