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
from bsde.simulation.sampled import Look, Sampled
from bsde.simulation.statistics import sums_of
from bsde.simulation.streams import VALUE
from bsde.simulation.tally import Tally
from trainer.errors import UserError
from trainer.sampling import generator

PILOT = 1024  # paths of a new level
FINEST = 12  # levels
MOST = 2**28  # paths
PART = 1e-3  # of |u|: the error, where none is asked


@dataclass(frozen=True)
class Multilevel:
    """For `method = "multilevel"`: E P_L = E P_0 + sum_l E[P_l - P_(l-1)], P_l with coarsest 2^l time steps, P_l and
    P_(l-1) on the same Brownian path;

    n_l = 2 error^-2 sqrt(V_l / C_l) sum_k sqrt(V_k C_k) paths, levels until |E[P_L - P_(L-1)]| < error / sqrt(2): half
    of the mean square error is variance, half bias of first order.

    error: root of the mean square error that is asked for, absolute. By default a thousandth of |u|.
    coarsest: time steps of the first level.
    seed: of the paths.
    """

    error: float | None = None
    coarsest: int = 2
    seed: int = 1

    def __post_init__(self) -> None:
        if (self.error is not None and not self.error > 0) or self.coarsest < 1 or self.seed < 0:
            raise UserError(
                f"expected error > 0, coarsest >= 1, seed >= 0, got {self.error}, {self.coarsest}, {self.seed}"
            )

    def check(self, problem: Problem) -> None:
        """Raises UserError for a problem that is not linear."""
        check_linear(problem)

    def solve(self, problem: Problem, tally: Tally | None = None) -> Sampled:
        """Looks are sums over the levels so far. Raises UserError as `check`, and when FINEST levels or MOST paths are
        too few."""
        self.check(problem)
        tally = tally or Tally()
        sums = [self.sums(problem, level, PILOT, tally) for level in range(3)]
        error = PART * abs(sum(map(mean_of, sums))) if self.error is None else self.error
        while True:
            for level, count in enumerate(numbers(sums, error)):
                sums[level] = self.sums(problem, level, max(count, int(sums[level][0])), tally)
            bias = max(abs(mean_of(sums[-1])), abs(mean_of(sums[-2])) / 2)
            if bias <= error / math.sqrt(2):
                return self.found(sums, bias)
            if len(sums) > FINEST:
                raise UserError(
                    f"the time step still matters by {bias:.2g} with {self.coarsest * 2**FINEST} steps; "
                    "allow a larger error"
                )
            sums.append(self.sums(problem, len(sums), PILOT, tally))

    def found(self, sums: list[Tensor], bias: float) -> Sampled:
        looks, value, variance = [], 0.0, 0.0
        for level, s in enumerate(sums):
            value, variance = value + mean_of(s), variance + variance_of(s) / float(s[0])
            looks.append(Look(self.coarsest * 2**level, value, math.sqrt(variance)))
        is_ = f"the last halving of the time step, {int(sums[-1][0])} of {int(sum(s[0] for s in sums))} paths"
        return Sampled(value, math.sqrt(variance), bias, is_, tuple(looks), "time steps")

    def sums(self, problem: Problem, level: int, count: int, tally: Tally) -> Tensor:
        """Number, sum and sum of squares of P_l - P_(l-1) over `count` paths at least."""
        steps = self.coarsest * 2**level
        start = problem.origin(torch.float64).expand(PILOT, -1)

        def piece(key: tuple[int, ...]) -> Tensor:
            random = generator(self.seed, VALUE, *key)
            dw = increments(random, steps, PILOT, problem.dim, problem.horizon / steps, torch.float64)
            value = walk(problem, zero, start, dw).value
            if level > 0:
                value = value - walk(problem, zero, start, dw[0::2] + dw[1::2]).value
            return sums_of(value)

        keys = ((level, k) for k in range(math.ceil(count / PILOT)))
        return tally.gather(keys, 3, piece, f"{steps} time steps").sum(0)


def numbers(sums: list[Tensor], error: float) -> list[int]:
    """n_l, in whole pilots. Raises UserError for more than MOST together, as a thousandth of a |u| near 0 takes."""
    V = [variance_of(s) for s in sums]
    C = [2.0**level for level in range(len(sums))]
    total = sum(math.sqrt(v * c) for v, c in zip(V, C, strict=True))
    if total == 0.0:
        return [0] * len(sums)
    paths = [2 * math.sqrt(v / c) * total / error / error if error else math.inf for v, c in zip(V, C, strict=True)]
    if sum(paths) > MOST:
        raise UserError(
            f"an error of {error:.2g} takes {sum(paths):.2g} paths, more than {MOST:.2g}: ask for a larger one"
        )
    return [PILOT * math.ceil(n / PILOT) for n in paths]


def mean_of(sums: Tensor) -> float:
    return float(sums[1] / sums[0])


def variance_of(sums: Tensor) -> float:
    n, total, square = sums.tolist()
    return max(0.0, float(square / n - (total / n) ** 2))
