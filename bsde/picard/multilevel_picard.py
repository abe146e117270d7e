"""Full-history multilevel Picard iterations (E, Hutzenthaler, Jentzen and Kruse, arXiv:1607.03295 and 1708.03223)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from bsde.problem import Problem
from bsde.simulation.sampled import Look, Sampled
from bsde.simulation.streams import VALUE
from bsde.simulation.tally import Tally
from trainer.errors import UserError
from trainer.sampling import generator

MOST = 2**22  # points that are held at once


@dataclass(frozen=True)
class MultilevelPicard:
    """For `method = "picard"`: V_1, ..., V_levels with samples^n paths of the n-th, several independent times each.

    levels: how many iterations; the last one's change is an estimate of what they leave.
    samples: M; a level takes M times as many as the one before.
    repetitions: of each iteration, for the statistical error.
    seed: of the paths.
    """

    levels: int = 4
    samples: int = 4
    repetitions: int = 16
    seed: int = 1

    def __post_init__(self) -> None:
        if min(self.levels, self.samples) < 1 or self.repetitions < 2 or self.seed < 0:
            raise UserError(
                "expected levels, samples >= 1, repetitions >= 2 and seed >= 0, "
                f"got {self.levels}, {self.samples}, {self.repetitions}, {self.seed}"
            )
        if self.samples**self.levels > MOST:
            points = self.samples**self.levels
            raise UserError(
                f"{self.samples} samples on {self.levels} levels are {points} points, at most {MOST} are held"
            )

    def check(self, problem: Problem) -> None:
        """Raises UserError where X has no exact steps, on which the gradient's weights rest, and for an obstacle."""
        if not problem.exact_steps or problem.has_obstacle:
            raise UserError(
                f"{type(problem).__name__}: multilevel Picard takes X in one step of any length, without an obstacle: "
                "mu and sigma must be numbers, or X geometric Brownian motion"
            )

    def solve(self, problem: Problem, tally: Tally | None = None) -> Sampled:
        """A look is an iteration. Raises UserError as `check`."""
        self.check(problem)
        tally = tally or Tally()
        start = problem.origin(torch.float64)

        def piece(key: tuple[int, ...]) -> Tensor:
            random = generator(self.seed, VALUE, *key)
            u, z = iterate(problem, key[0], self.samples, start.new_zeros(1), start, random)
            return torch.cat([u, z[0]])

        looks = [Look(0, 0.0, 0.0)]
        for level in range(1, self.levels + 1):
            keys = ((level, k) for k in range(self.repetitions))
            found = tally.gather(keys, 1 + problem.dim, piece, f"iteration {level}")
            mean, error = found.mean(0), found.std(0) / math.sqrt(self.repetitions)
            looks.append(Look(level, float(mean[0]), float(error[0])))
        bias = abs(looks[-1].value - looks[-2].value)
        z, z_error = tuple(mean[1:].tolist()), tuple(error[1:].tolist())
        return Sampled(
            looks[-1].value, looks[-1].error, bias, "the last iteration", tuple(looks), "iterations", z, z_error
        )


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
