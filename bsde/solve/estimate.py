"""u at the start, from a trained network: the mean over paths, its standard error, two time steps, bounds."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from bsde.problem import Problem
from bsde.simulation.approximation import Approximation
from bsde.simulation.dual import arguments_of_f, dual
from bsde.simulation.paths import increments
from bsde.simulation.policy import walk
from bsde.simulation.streams import VALUE
from bsde.solve.settings import ValueSettings
from trainer.loop import processes
from trainer.sampling import generator

BUNDLE = 1024  # paths that are walked together


@dataclass(frozen=True)
class Mean:
    """Of independent samples."""

    value: float
    error: float  # its standard error

    @classmethod
    def of(cls, sums: Tensor) -> "Mean":
        """sums: [3] number, sum and sum of squares of the samples, float64"""
        n, total, square = sums.tolist()
        mean = total / n
        return cls(mean, (max(0.0, square / n - mean * mean) / max(1.0, n - 1)) ** 0.5)


@dataclass(frozen=True)
class Estimate:
    """What one seed says of u(0, start)."""

    network: float  # u of the network itself
    fine: Mean  # the policy's value with time_steps steps
    coarse: Mean  # with half as many, on the same paths
    extrapolated: Mean  # 2 fine - coarse
    dual: Mean | None  # the other bound, where there is one

    def table(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, table: dict[str, Any]) -> "Estimate":
        network, dual = table["network"], table["dual"]
        fine, coarse, extrapolated = (Mean(**table[name]) for name in ("fine", "coarse", "extrapolated"))
        return cls(network, fine, coarse, extrapolated, None if dual is None else Mean(**dual))


def estimate(
    problem: Problem, approximation: Approximation, start: Tensor, settings: ValueSettings, seed: int, network: float
) -> Estimate:
    """start: [1, d]; network: u there. Bundles of paths are shared among the processes."""
    bounded = problem.curvature is not None and arguments_of_f(problem) <= {"y"}
    count = -(-settings.paths // BUNDLE)
    sizes = [2 * (settings.paths // 2 * (k + 1) // count - settings.paths // 2 * k // count) for k in range(count)]
    columns = 4 if bounded else 3
    sums = torch.zeros(columns, 3, dtype=torch.float64)
    mine = range(processes.rank(), count, processes.size())
    for k in tqdm(mine, f"value, seed {seed}", unit=" bundles", leave=False, delay=3, disable=None):
        dw = increments(
            generator(seed, VALUE, k),
            settings.time_steps,
            sizes[k],
            problem.dim,
            problem.horizon / settings.time_steps,
            start.dtype,
            antithetic=True,
        ).to(start.device)
        begin = start.expand(sizes[k], -1)
        fine = walk(problem, approximation, begin, dw)
        coarse = walk(problem, approximation, begin, dw[0::2] + dw[1::2])
        values = [fine.value, coarse.value, 2 * fine.value - coarse.value]
        if bounded:
            values.append(dual(problem, fine, begin))
        pairs = torch.stack(values).view(columns, 2, -1).mean(1)
        number = torch.full((columns,), float(pairs.shape[1]), dtype=torch.float64)
        sums += torch.stack([number, pairs.sum(1).cpu(), pairs.square().sum(1).cpu()], 1)
    fine_mean, coarse_mean, extrapolated, *other = (Mean.of(row) for row in processes.total(sums))
    return Estimate(network, fine_mean, coarse_mean, extrapolated, other[0] if other else None)
