"""A solution along paths of X, beside the exact one where there is one."""

from typing import NamedTuple

import torch
from torch import Tensor

from bsde.problem import Problem
from bsde.simulation.approximation import Approximation, of_function
from bsde.simulation.paths import increments, simulate
from bsde.simulation.streams import VALIDATION
from trainer.sampling import generator

PATHS = 100


class Along(NamedTuple):
    """From 0 to T, in float64; the last two are None where no exact solution is known."""

    t: Tensor  # [steps + 1]
    u: Tensor  # [steps + 1, paths]
    exact: Tensor | None  # [steps + 1, paths]
    gradient_error: Tensor | None  # [steps] |grad u - exact|, before T, where g may have kinks: see `along_paths`


def along_paths(problem: Problem, approximation: Approximation, steps: int, seed: int) -> Along:
    """Along PATHS paths from the start. Errors of the gradient are root mean squares over the paths at each time, in
    units of that of the exact gradient over all of them."""
    random, dt = generator(seed, VALIDATION), problem.horizon / steps
    start = problem.origin(torch.float64).expand(PATHS, -1)
    x = simulate(problem, start, increments(random, steps, PATHS, problem.dim, dt, torch.float64), dt)
    t = torch.arange(steps + 1, dtype=torch.float64) * dt
    u, gradient = along(approximation, t, x)
    known = exact_solution(problem)
    if known is None:
        return Along(t, u, None, None)
    exact, slope = along(known, t, x)
    error, size = ((v[:-1].square().sum(2).mean(1)).sqrt() for v in (gradient - slope, slope))
    return Along(t, u, exact, error / size.square().mean().sqrt())


def along(approximation: Approximation, t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """t: [steps + 1], x: [steps + 1, n, d] -> u [steps + 1, n], grad u [steps + 1, n, d]"""
    u, gradient = approximation(t.repeat_interleave(x.shape[1]), x.flatten(0, 1))
    return u.view(x.shape[:2]), gradient.view(x.shape)


def exact_solution(problem: Problem) -> Approximation | None:
    """`problem.exact` with its derivative."""
    start = problem.origin(torch.float64)
    if problem.exact(start.new_zeros(1), start) is None:
        return None

    def u(t: Tensor, x: Tensor) -> Tensor:
        value = problem.exact(t, x)
        assert value is not None
        return value

    return of_function(u)
