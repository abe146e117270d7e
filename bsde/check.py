"""The check of a problem that a user wrote."""

import torch
from torch import Tensor

from bsde.coefficients import times, transposed
from bsde.problem import Problem
from trainer.errors import UserError, with_name
from trainer.sampling import generator


def check(problem: Problem, dtype: torch.dtype, device: torch.device | str) -> None:
    """Evaluates mu, sigma, f and g at a few points near the start: what a user got wrong is one line, before long work.

    Raises UserError for other shapes or precisions, values that are not finite, and whatever the functions raise."""
    d = problem.dim
    n = 3 if d != 3 else 4  # points and coordinates must not be mixed up
    t = torch.linspace(0, 0.9, n, dtype=dtype, device=device) * problem.horizon
    start = problem.origin(dtype, device).expand(n, d)
    drift = answer(problem, "mu", (n, d), t, start)
    sigma = answer(problem, "sigma", (n, d, d), t, start)
    noise = torch.randn(n, d, dtype=dtype, generator=generator(0)).to(device)
    x = start + drift * t[:, None] + times(sigma, noise) * t.sqrt()[:, None]
    y = answer(problem, "g", (n,), x)
    answer(problem, "mu", (n, d), t, x)
    z = transposed(answer(problem, "sigma", (n, d, d), t, x), 0.1 * noise)
    answer(problem, "f", (n,), t, x, y, z)
    if problem.has_obstacle and (answer(problem, "obstacle", (n,), torch.full_like(t, problem.horizon), x) > y).any():
        raise UserError(f"{type(problem).__name__}: its obstacle is above g at T; expected u(T, x) = g(x) >= obstacle")


def answer(problem: Problem, name: str, shape: tuple[int, ...], *arguments: Tensor) -> Tensor:
    """What a function of the problem says, if it is as it should be."""
    who = f"{type(problem).__name__}.{name}"
    try:
        value = getattr(problem, name)(*arguments)
    except Exception as error:  # a user's function fails in any way
        raise UserError(f"{who}: {with_name(error)}") from error
    if name in ("mu", "sigma") and isinstance(value, int | float):
        value = arguments[1].new_full(shape[:2], float(value))
    if not isinstance(value, Tensor):
        raise UserError(f"{who}: expected a tensor, got {type(value).__name__}")
    n, d = arguments[0].shape[0], problem.dim
    fitting = [(n, d), (n, d, d)] if name == "sigma" else [shape]
    if tuple(value.shape) not in fitting:
        words = " or ".join(str(list(s)) for s in fitting)
        raise UserError(
            f"{who}: expected shape {words} for {n} points in {d} dimensions, got {list(value.shape)}"
            + ("; sigma must be square: W has the dimension of X" if name == "sigma" and value.dim() == 3 else "")
        )
    if value.dtype != arguments[0].dtype:
        raise UserError(f"{who}: expected {arguments[0].dtype} as its arguments, got {value.dtype}")
    if not torch.isfinite(value).all():
        raise UserError(f"{who}: not finite near the start; expected numbers")
    return value
