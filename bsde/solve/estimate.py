"""u at the start, from a trained network: the mean over paths, its standard error, two time steps, bounds."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from tqdm import tqdm

from bsde.problem import Problem
from bsde.simulation.approximation import Approximation
from bsde.simulation.dual import arguments_of_f, dual
from bsde.simulation.paths import increments
from bsde.simulation.policy import Walk, walk
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
    lower: Mean | None  # bounds in the mean, where there are any
    upper: Mean | None

    def table(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, table: dict[str, Any]) -> "Estimate":
        means = {name: None if mean is None else Mean(**mean) for name, mean in table.items() if name != "network"}
        fine, coarse, extrapolated = (means[name] for name in ("fine", "coarse", "extrapolated"))
        assert fine is not None
        assert coarse is not None
        assert extrapolated is not None
        return cls(table["network"], fine, coarse, extrapolated, means["lower"], means["upper"])


def estimate(
    problem: Problem, approximation: Approximation, start: Tensor, settings: ValueSettings, seed: int, network: float
) -> Estimate:
    """start: [1, d]; network: u there. Bundles of paths are shared among the processes."""
    count = -(-settings.paths // BUNDLE)
    sizes = [2 * (settings.paths // 2 * (k + 1) // count - settings.paths // 2 * k // count) for k in range(count)]
    sums = torch.zeros(5, 3, dtype=torch.float64)
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
        sides = [bound(problem, approximation, fine, begin, dw, side) for side in ("lower", "upper")]
        values = [fine.value, coarse.value, 2 * fine.value - coarse.value, *sides]
        for row, value in enumerate(values):
            if value is not None:
                pairs = value.view(2, -1).mean(0)
                sums[row] += torch.stack([torch.ones_like(pairs).sum(), pairs.sum(), pairs.square().sum()]).cpu()
    rows = list(processes.total(sums))
    lower, upper = (Mean.of(row) if row[0] > 0 else None for row in rows[3:])
    return Estimate(network, Mean.of(rows[0]), Mean.of(rows[1]), Mean.of(rows[2]), lower, upper)


def bound(
    problem: Problem,
    approximation: Approximation,
    walked: Walk,
    start: Tensor,
    dw: Tensor,
    side: Literal["lower", "upper"],
) -> Tensor | None:
    """What has a mean below, or above, u: the value of a policy where f is convex, or concave; else the dual of it.

    walked: along dw by `problem` itself. The dual takes an f of y alone, for which that is a walk of X."""
    bounding = problem.below() if side == "lower" else problem.above()
    if bounding.curvature == ("convex" if side == "lower" else "concave"):
        return walked.value if bounding is problem else walk(bounding, approximation, start, dw).value
    if bounding.curvature is not None and arguments_of_f(bounding) <= {"y"} and "z" not in arguments_of_f(problem):
        return dual(bounding, walked, start)
    return None
