"""A Burgers-type equation with a travelling wave."""

import torch
from torch import Tensor

from bsde.problem import Problem


class Burgers(Problem):
    """u_t + d^2/2 Laplacian u + (u - (2 + d) / (2 d)) d sum_i u_i = 0,   u = 1 - 1 / (1 + exp(t + mean x)).

    E, Han and Jentzen, Commun. Math. Stat. 5 (2017) 349, Section 4.5."""

    dim: int = 50
    horizon: float = 0.2

    def sigma(self, t: Tensor, x: Tensor) -> float:
        return float(self.dim)

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        return (y - (2 + self.dim) / (2 * self.dim)) * z.sum(1)

    def g(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.horizon + x.mean(1))

    def exact(self, t: Tensor, x: Tensor) -> Tensor:
        return torch.sigmoid(t + x.mean(1))
