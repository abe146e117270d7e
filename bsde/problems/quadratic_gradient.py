"""An equation with a quadratic gradient and an oscillating solution."""

import torch
from torch import Tensor

from bsde.problem import Problem


class QuadraticGradient(Problem):
    """u_t + 1/2 Laplacian u + |grad u|^2 = |grad v|^2 + v_t + 1/2 Laplacian v,   v = sin(s^a), s = T - t + |x|^2 / d;

    u = v. E, Han and Jentzen, Commun. Math. Stat. 5 (2017) 349, Section 4.6.

    power: a.
    """

    dim: int = 100
    power: float = 0.4

    curvature = "convex"

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        a, d = self.power, self.dim
        square = x.square().sum(1)
        s = self.horizon - t + square / d
        sine, cosine = torch.sin(s**a), torch.cos(s**a)
        first = a * s ** (a - 1) * cosine  # dv/ds
        second = a * (a - 1) * s ** (a - 2) * cosine - (a * s ** (a - 1)) ** 2 * sine
        gradient = 4 * square / d**2 * first.square()
        laplacian = 2 * first + 4 * square / d**2 * second
        return z.square().sum(1) - gradient + first - 0.5 * laplacian

    def g(self, x: Tensor) -> Tensor:
        return self.exact(torch.full_like(x[:, 0], self.horizon), x)

    def features(self, t: Tensor, x: Tensor) -> Tensor:
        return x.square().mean(1, keepdim=True)  # g has no derivative at 0

    def exact(self, t: Tensor, x: Tensor) -> Tensor:
        return torch.sin((self.horizon - t + x.square().sum(1) / self.dim) ** self.power)
