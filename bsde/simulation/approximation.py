"""Approximations of u: functions t [n], x [n, d] -> u [n], grad u [n, d], without a graph."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from bsde.metadata import SolutionMetadata
from bsde.problem import Problem
from bsde.simulation.paths import with_slopes
from trainer import export
from trainer.errors import UserError

Approximation = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def of_network(problem: Problem, module: nn.Module) -> Approximation:
    """module: as bsde.networks.shared."""

    @torch.no_grad()
    def answer(t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        u, gradient = module(t, x, *with_slopes(problem, t, x))
        return u, gradient

    return answer


def of_function(u: Callable[[Tensor, Tensor], Tensor]) -> Approximation:
    """u: t [n], x [n, d] -> [n], differentiable."""

    def answer(t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            point = x.detach().requires_grad_()
            value = u(t, point)
            (gradient,) = torch.autograd.grad(value.sum(), point)
        return value.detach(), gradient

    return answer


def of_file(path: Path, problem: Problem) -> Approximation:
    """The solution of an exported file, in float64. Raises UserError for another file, and another dimension."""
    module, metadata = export.load(path, SolutionMetadata)
    if metadata.dim != problem.dim:
        raise UserError(f"{path}: expected a solution in {problem.dim} dimensions, got {metadata.dim}")

    @torch.no_grad()
    def answer(t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        u, gradient = module(t, x)
        return u, gradient

    return answer


def reflected(problem: Problem, approximation: Approximation) -> Approximation:
    """The larger of it and the obstacle, if the problem has one."""
    if not problem.has_obstacle:
        return approximation
    obstacle = of_function(problem.obstacle)

    def answer(t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        (u, gradient), (h, slope) = approximation(t, x), obstacle(t, x)
        return torch.maximum(u, h), torch.where((h > u)[:, None], slope, gradient)

    return answer


def zero(t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """u = 0: of a linear problem the policy's value is the solution all the same."""
    return torch.zeros_like(t), torch.zeros_like(x)
