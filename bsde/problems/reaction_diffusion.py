"""A reaction-diffusion equation with an oscillating solution."""

import torch
from torch import Tensor

from bsde.problem import Problem


class ReactionDiffusion(Problem):
    """u_t + 1/2 Laplacian u + min(1, (u - v)^2) = 0,   v = 1 + shift + sin(sum_i x_i / sqrt(d)) exp((t - T) / 2);

    u = v. E, Han and Jentzen, Commun. Math. Stat. 5 (2017) 349, Section 4.7.

    shift: kappa.
    """

    dim: int = 100
    shift: float = 0.6

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        return (y - self.exact(t, x)).square().clamp(max=1)

    def g(self, x: Tensor) -> Tensor:
        return self.exact(torch.full_like(x[:, 0], self.horizon), x)

    def exact(self, t: Tensor, x: Tensor) -> Tensor:
        wave = torch.sin(x.sum(1) / self.dim**0.5)
        return 1 + self.shift + wave * torch.exp((t - self.horizon) / 2)
