"""Multilevel Monte Carlo: fine time steps for the price of coarse ones (Giles, Oper. Res. 56 (2008) 607)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from bsde.linear.check import check_linear
from bsde.problem import Problem
from bsde.simulation.approximation import zero
from bsde.simulation.paths import increments
from bsde.simulation.policy import walk
from bsde.simulation.statistics import sums_of
from bsde.simulation.streams import VALUE
from trainer.errors import UserError
from trainer.sampling import generator

PILOT = 1024  # paths of a new level
FINEST = 12  # levels


@dataclass(frozen=True)
class Multilevel:
    """u(0, start) with its standard error and an estimate of the bias that is left."""

    value: float
    error: float
    bias: float
    paths: tuple[int, ...]  # of each level


def multilevel(problem: Problem, error: float, coarsest: int = 2, seed: int = 1) -> Multilevel:
    """E P_L = E P_0 + sum_l E[P_l - P_(l-1)], P_l with coarsest 2^l steps, P_l - P_(l-1) on the same Brownian path.

    n_l = 2 error^-2 sqrt(V_l / C_l) sum_k sqrt(V_k C_k) paths, levels until |E[P_L - P_(L-1)]| < error / sqrt(2): half
    of the mean square error is variance, half bias of first order. Raises UserError for a problem that is not linear,
    and when FINEST levels do not suffice."""
    check_linear(problem)
    if not error > 0 or coarsest < 1:
        raise UserError(f"expected error > 0 and coarsest >= 1, got {error} and {coarsest}")
    sums = [torch.zeros(3, dtype=torch.float64) for _ in range(3)]  # number, sum and sum of squares of each level
    sums = [more(problem, level, coarsest, seed, s, PILOT) for level, s in enumerate(sums)]
    while True:
        for level, count in enumerate(numbers(sums, error)):
            sums[level] = more(problem, level, coarsest, seed, sums[level], count)
        means = [float(s[1] / s[0]) for s in sums]
        bias = max(abs(means[-1]), abs(means[-2]) / 2)
        if bias < error / math.sqrt(2):
            variance = sum(variance_of(s) / float(s[0]) for s in sums)
            return Multilevel(sum(means), math.sqrt(variance), bias, tuple(int(s[0]) for s in sums))
        if len(sums) > FINEST:
            raise UserError(
                f"the time step still matters by {bias:.2g} with {coarsest * 2**FINEST} steps; allow a larger error"
            )
        sums.append(more(problem, len(sums), coarsest, seed, torch.zeros(3, dtype=torch.float64), PILOT))


def numbers(sums: list[Tensor], error: float) -> list[int]:
    """n_l, in whole pilots."""
    V = [variance_of(s) for s in sums]
    C = [2.0**level for level in range(len(sums))]
    total = sum(math.sqrt(v * c) for v, c in zip(V, C, strict=True))
    return [PILOT * math.ceil(2 / error**2 * math.sqrt(v / c) * total / PILOT) for v, c in zip(V, C, strict=True)]


def variance_of(sums: Tensor) -> float:
    n, total, square = sums.tolist()
    return max(0.0, float(square / n - (total / n) ** 2))


def more(problem: Problem, level: int, coarsest: int, seed: int, sums: Tensor, count: int) -> Tensor:
    """`sums` of a level with `count` paths at least."""
    steps = coarsest * 2**level
    start = problem.origin(torch.float64).expand(PILOT, -1)
    for k in range(int(sums[0]) // PILOT, math.ceil(count / PILOT)):
        random = generator(seed, VALUE, level, k)
        dw = increments(random, steps, PILOT, problem.dim, problem.horizon / steps, torch.float64)
        value = walk(problem, zero, start, dw).value
        if level > 0:
            value = value - walk(problem, zero, start, dw[0::2] + dw[1::2]).value
        sums = sums + sums_of(value)
    return sums
