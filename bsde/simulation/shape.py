"""What kind of function f is, as it shows at a few points."""

from collections.abc import Callable

import torch
from torch import Tensor

from bsde.problem import Problem
from trainer.sampling import generator

POINTS = 16
ROUNDING = 1e-9  # relative, of f in float64

Driver = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]  # as Problem.f


def arguments_of_f(problem: Problem) -> set[str]:
    """Which of t, x, y, z the values of f depend on, as autograd finds."""
    shape = (2, problem.dim)
    start = problem.origin(torch.float64).expand(shape)
    points = {"t": torch.full((2,), 0.5 * problem.horizon), "x": start, "y": torch.ones(2), "z": torch.ones(shape)}
    points = {name: value.to(torch.float64).clone().requires_grad_() for name, value in points.items()}
    f = problem.f(**points)
    if not f.requires_grad:
        return set()
    slopes = torch.autograd.grad(f.sum(), list(points.values()), allow_unused=True)
    return {name for name, slope in zip(points, slopes, strict=True) if slope is not None}


def is_affine(problem: Problem, f: Driver) -> bool:
    """Of (y, z): at the middle of two points f is the mean, wherever they are. Not so where f is nan."""
    random = generator(0)
    x = problem.origin(torch.float64).expand(POINTS, -1)
    t = torch.linspace(0, 0.9, POINTS, dtype=torch.float64) * problem.horizon
    y = 100 * torch.randn(2, POINTS, dtype=torch.float64, generator=random)
    z = 100 * torch.randn(2, POINTS, problem.dim, dtype=torch.float64, generator=random)
    ends = torch.stack([f(t, x, y[k], z[k]) for k in (0, 1)])
    middle = f(t, x, y.mean(0), z.mean(0))
    return bool((middle - ends.mean(0)).abs().max() <= ROUNDING * (1 + ends.abs().max()))


def quadratic(problem: Problem) -> float | None:
    """q where f = c(t, x) + b(t, x) . z + q |z|^2 / 2, q not 0."""
    asked = arguments_of_f(problem)
    if "z" not in asked or "y" in asked:
        return None
    x = problem.origin(torch.float64)
    t, y = x.new_zeros(1), x.new_zeros(1)
    z = 100 * torch.ones_like(x)
    bend = problem.f(t, x, y, z) + problem.f(t, x, y, -z) - 2 * problem.f(t, x, y, 0 * z)
    q = float(bend / z.square().sum())
    rest = is_affine(problem, lambda t, x, y, z: problem.f(t, x, y, z) - 0.5 * q * z.square().sum(1))
    return q if rest and q != 0 else None
