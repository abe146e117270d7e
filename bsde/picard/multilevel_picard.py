"""Full-history multilevel Picard iterations (E, Hutzenthaler, Jentzen and Kruse, arXiv:1607.03295 and 1708.03223)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from bsde.problem import Problem
from bsde.simulation.streams import VALUE
from trainer.errors import UserError
from trainer.sampling import generator

MOST = 2**22  # points that are held at once


@dataclass(frozen=True)
class Picard:
    """u(0, start) and sigma^T grad u there, with standard errors over independent repetitions."""

    value: float
    error: float
    z: Tensor  # [d]
    z_error: Tensor  # [d]


def multilevel_picard(
    problem: Problem, levels: int = 4, samples: int = 4, repetitions: int = 16, seed: int = 1
) -> Picard:
    """V_n of `levels` n and `samples` M, so many independent times.

    Raises UserError where X has no exact steps, on which the gradient's weights rest, and where points are too many."""
    if min(levels, samples) < 1 or repetitions < 2:
        raise UserError(f"expected levels, samples >= 1 and repetitions >= 2, got {levels}, {samples}, {repetitions}")
    if not problem.exact_steps:
        raise UserError(
            f"{type(problem).__name__}: multilevel Picard takes X in one step of any length: "
            "mu and sigma must be numbers, or X geometric Brownian motion"
        )
    if samples**levels > MOST:
        raise UserError(f"{samples} samples on {levels} levels are {samples**levels} points, at most {MOST} are held")
    start = problem.origin(torch.float64)
    found = []
    for k in range(repetitions):
        random = generator(seed, VALUE, k)
        found.append(iterate(problem, levels, samples, start.new_zeros(1), start, random))
    u = torch.stack([u[0] for u, _ in found])
    z = torch.stack([z[0] for _, z in found])
    root = math.sqrt(repetitions)
    return Picard(float(u.mean()), float(u.std()) / root, z.mean(0), z.std(0) / root)


def iterate(problem: Problem, n: int, M: int, t: Tensor, x: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """V_n at t [B], x [B, d]: u [B] and z [B, d].

    V_0 = 0,   V_n = M^-n sum g(X_T) (1, W / (T - t))
                   + sum_(l < n) M^(l - n) sum (f(V_l) - 1_(l > 0) f(V_(l-1)))(R, X_R) w (1, W_R / (R - t)):

    every sum over samples of its own, W / (T - t) the weight of Bismut, Elworthy and Li, R = t + (T - t) xi^2 with xi
    uniform and w = 2 (T - t) xi, so that the weight 1 / sqrt(R - t) of the gradient has a variance. g(x) is subtracted
    from g(X_T) in the gradient, where it has no mean."""
    if n == 0:
        return torch.zeros_like(t), torch.zeros_like(x)
    left = problem.horizon - t
    m = M**n
    X, weight = move(problem, t, x, left, m, random)
    g = problem.g(X).view(-1, m)
    u, z = g.mean(1), ((g - problem.g(x)[:, None])[..., None] * weight).mean(1)
    for level in range(n):
        m = M ** (n - level)
        xi = torch.rand(len(t) * m, dtype=t.dtype, generator=random).clamp(min=1e-8)
        T, s = left.repeat_interleave(m), left.repeat_interleave(m) * xi.square()
        X, weight = move(problem, t.repeat_interleave(m), x.repeat_interleave(m, 0), s, 1, random)
        R = t.repeat_interleave(m) + s
        f = problem.f(R, X, *iterate(problem, level, M, R, X, random))
        if level > 0:
            f = f - problem.f(R, X, *iterate(problem, level - 1, M, R, X, random))
        f = (2 * T * xi * f).view(-1, m)
        u = u + f.mean(1)
        z = z + (f[..., None] * weight.view(-1, m, x.shape[1])).mean(1)
    return u, z


def move(problem: Problem, t: Tensor, x: Tensor, s: Tensor, m: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """m samples of X at t + s from each x, and W / s: s [B] -> [B m, d], [B, m, d]"""
    B, d = x.shape
    dw = torch.randn(B, m, d, dtype=x.dtype, generator=random) * s.sqrt()[:, None, None]
    dt = s.repeat_interleave(m)[:, None]
    X = problem.step(t.repeat_interleave(m), x.repeat_interleave(m, 0), dt, dw.flatten(0, 1))
    return X, dw / s[:, None, None]
