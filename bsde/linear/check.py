"""Is a problem linear?"""

import torch

from bsde.problem import Problem
from trainer.errors import UserError
from trainer.sampling import generator

ROUNDING = 1e-9  # relative, of f in float64


def check_linear(problem: Problem) -> None:
    """Raises UserError unless (y, z) -> f is affine: at the middle of two points f is the mean, wherever they are."""
    n, random = 16, generator(0)
    x = problem.origin(torch.float64).expand(n, -1)
    t = torch.linspace(0, 0.9, n, dtype=torch.float64) * problem.horizon
    y = 100 * torch.randn(2, n, dtype=torch.float64, generator=random)
    z = 100 * torch.randn(2, n, problem.dim, dtype=torch.float64, generator=random)
    ends = torch.stack([problem.f(t, x, y[k], z[k]) for k in (0, 1)])
    middle = problem.f(t, x, y.mean(0), z.mean(0))
    affine = (middle - ends.mean(0)).abs().max() <= ROUNDING * (1 + ends.abs().max())  # not where f is nan
    if problem.has_obstacle or not affine:
        raise UserError(
            f"{type(problem).__name__}: expected f that is linear in u and grad u, and no obstacle, for Feynman-Kac; "
            "this one is not: the methods with networks are for it"
        )
