"""Approximations of u: functions t [n], x [n, d] -> u [n], grad u [n, d], without a graph."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from bsde.problem import Problem
from bsde.simulation.paths import with_slopes

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


def zero(t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """u = 0: of a linear problem the policy's value is the solution all the same."""
    return torch.zeros_like(t), torch.zeros_like(x)
