"""Means and spreads along paths, by which networks standardise what they are given."""

import torch
from torch import Tensor

from bsde.problem import Problem
from bsde.simulation.paths import Starts, increments, simulate
from bsde.simulation.streams import SCALES
from trainer.errors import UserError
from trainer.sampling import generator

PATHS = 512


def scales(problem: Problem, starts: Starts, steps: int, seed: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of x, the features and t along paths, and of g at their ends: [d + k + 2] each.

    The coordinates of x share one spread, sqrt(d) times their largest: what hardly moves is not blown up, and all of x
    together counts as much as one feature. Raises UserError where paths, features or f along them are not finite."""
    random, dt = generator(seed, SCALES), problem.horizon / steps
    begin = starts.draw(random, PATHS)
    x = simulate(problem, begin, increments(random, steps, PATHS, problem.dim, dt, dtype), dt)
    flat = x.flatten(0, 1)
    t = torch.arange(steps + 1, dtype=dtype).repeat_interleave(PATHS) * dt
    g = problem.g(x[-1])
    inputs = torch.cat([flat, problem.features(t, flat), t[:, None]], 1)
    if not (torch.isfinite(inputs).all() and torch.isfinite(g).all()):
        raise UserError(f"{type(problem).__name__}: paths, g or features are not finite; are mu and sigma right?")
    if not torch.isfinite(problem.f(t, flat, problem.g(flat), torch.zeros_like(flat))).all():
        raise UserError(f"{type(problem).__name__}.f: not finite where paths go, with u = g there; expected numbers")
    mean, spread = inputs.mean(0), inputs.std(0)
    spread[: problem.dim] = spread[: problem.dim].max() * problem.dim**0.5
    spread = torch.where(spread > 0, spread, 1.0)
    unit = g.std() if g.std() > 0 else g.abs().mean().clamp(min=1e-3)
    return torch.cat([mean, g.mean()[None]]), torch.cat([spread, unit[None]])
