"""Paths of X: increments of W as functions of a seed, and Euler steps (or exact ones, where the problem knows them)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from bsde.problem import Problem


def increments(
    random: torch.Generator, steps: int, paths: int, dim: int, dt: float, dtype: torch.dtype, antithetic: bool = False
) -> Tensor:
    """dW: [steps, paths, d], on the CPU; `antithetic`: the second half of the paths are the negative of the first."""
    count = paths // 2 if antithetic else paths
    dw = torch.randn(steps, count, dim, dtype=dtype, generator=random).mul_(dt**0.5)
    return torch.cat([dw, -dw], 1) if antithetic else dw


@dataclass(frozen=True)
class Starts:
    """Where paths begin: at `center` [1, d], or anywhere in the box of half width `spread` around it."""

    center: Tensor
    spread: float = 0.0

    def draw(self, random: torch.Generator, paths: int) -> Tensor:
        """[paths, d], on the CPU"""
        center = self.center.expand(paths, -1)
        if self.spread == 0.0:
            return center
        return center + self.spread * (2 * torch.rand(center.shape, dtype=center.dtype, generator=random) - 1)


def simulate(problem: Problem, start: Tensor, dw: Tensor, dt: float) -> Tensor:
    """X at 0, dt, ..., T: start [paths, d], dw [steps, paths, d] -> [steps + 1, paths, d]"""
    x = [start]
    for n, increment in enumerate(dw):
        x.append(problem.step(start.new_full((len(start),), n * dt), x[-1], dt, increment))
    return torch.stack(x)


def with_slopes(problem: Problem, t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """The problem's features and their gradients: t [n], x [n, d] -> [n, k], [n, k, d]"""
    with torch.enable_grad():
        point = x.detach().requires_grad_()
        features = problem.features(t, point)
        slopes = [torch.autograd.grad(column.sum(), point, retain_graph=True)[0] for column in features.unbind(1)]
    return features.detach(), torch.stack(slopes, 1)
