"""The two tests of Huré, Pham and Warin, Math. Comp. (2020), arXiv:1902.01599: on the second, deep BSDE diverges.

Both have a known u and an f made for it, with L = mu . grad + Laplacian / 2 d:   f = F(y, z) - F(u, sigma^T grad u) -
(u_t + L u). The f that the paper prints for the first one has exp((T - t) / 2) where 1/2 belongs: u would not solve it.
"""

import math

import torch
from torch import Tensor

from bsde.problem import Problem


class HureBounded(Problem):
    """sigma = 1 / sqrt(d), mu = 0.2 / d, F = (y sum_i z_i)^2 / (2 d),   u = exp((T - t) / 2) cos(sum_i x_i)."""

    dim: int = 10
    start: float | tuple[float, ...] = 1.0

    def mu(self, t: Tensor, x: Tensor) -> float:
        return float(0.2 / self.dim)

    def sigma(self, t: Tensor, x: Tensor) -> float:
        return float(self.dim**-0.5)

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        s, growth = x.sum(1), torch.exp((self.horizon - t) / 2)
        linear = (torch.cos(s) + 0.2 * torch.sin(s)) * growth
        own = 0.5 * (torch.sin(s) * torch.cos(s) * growth.square()).square()
        return linear - own + (y * z.sum(1)).square() / (2 * self.dim)

    def g(self, x: Tensor) -> Tensor:
        return torch.cos(x.sum(1))

    def exact(self, t: Tensor, x: Tensor) -> Tensor:
        return torch.exp((self.horizon - t) / 2) * torch.cos(x.sum(1))


class HureUnbounded(Problem):
    """sigma = 1 / sqrt(d), F = y sum_i z_i / (2 sqrt(d)) + y^2 / 2,   u = (T - t) / d sum_i a(x_i) + cos(sum_i i x_i),

    a(x) = sin x for x < 0 and x for x >= 0."""

    dim: int = 5
    start: float | tuple[float, ...] = 0.5

    def sigma(self, t: Tensor, x: Tensor) -> float:
        return float(self.dim**-0.5)

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        d, i = self.dim, self._index(x)
        phase, left = (i * x).sum(1), self.horizon - t
        u = self.exact(t, x)
        slopes = torch.where(x < 0, torch.cos(x), 1.0).sum(1) * left / d - i.sum() * torch.sin(phase)  # sum_i u_i
        laplacian = torch.where(x < 0, -torch.sin(x), 0.0).sum(1) * left / d - i.square().sum() * torch.cos(phase)
        own = -self._linear(x).mean(1) + laplacian / (2 * d) + u * slopes / (2 * d) + u.square() / 2
        return y * z.sum(1) / (2 * math.sqrt(d)) + y.square() / 2 - own

    def g(self, x: Tensor) -> Tensor:
        return torch.cos((self._index(x) * x).sum(1))

    def exact(self, t: Tensor, x: Tensor) -> Tensor:
        u: Tensor = self.g(x) + (self.horizon - t) * self._linear(x).mean(1)
        return u

    def _index(self, x: Tensor) -> Tensor:
        return torch.arange(1, self.dim + 1, dtype=x.dtype, device=x.device)

    def _linear(self, x: Tensor) -> Tensor:
        return torch.where(x < 0, torch.sin(x), x)
