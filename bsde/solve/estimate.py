"""u at the start, from a trained network: the mean over paths, its standard error, two time steps, bounds."""

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from bsde.problem import Problem
from bsde.simulation.approximation import Approximation, reflected
from bsde.simulation.paths import increments
from bsde.simulation.policy import walk
from bsde.simulation.statistics import Mean, sums_of
from bsde.simulation.streams import VALUE
from bsde.solve.bounds import bound, control
from bsde.solve.tables import ValueSettings
from trainer.loop import processes
from trainer.sampling import generator

BUNDLE = 1024  # paths that are walked together


@dataclass(frozen=True)
class Estimate:
    """What one seed says of u(0, start)."""

    network: float  # u of the network itself
    residual: float  # root mean square of what the network leaves of g along a path, over the spread of g
    fine: Mean  # the policy's value with time_steps steps
    coarse: Mean  # with half as many, on the same paths
    extrapolated: Mean  # 2 fine - coarse
    lower: Mean | None  # bounds in the mean, where there are any
    upper: Mean | None

    def table(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, table: dict[str, Any]) -> "Estimate":
        fine, coarse, extrapolated = (Mean(**table[name]) for name in ("fine", "coarse", "extrapolated"))
        lower, upper = (None if table[name] is None else Mean(**table[name]) for name in ("lower", "upper"))
        return cls(table["network"], table["residual"], fine, coarse, extrapolated, lower, upper)


def estimate(
    problem: Problem, approximation: Approximation, start: Tensor, settings: ValueSettings, seed: int, unit: float
) -> Estimate:
    """start: [1, d]; unit: the spread of g. Bundles of paths are shared among the processes."""
    network = float(reflected(problem, approximation)(start.new_zeros(1), start)[0])
    count = -(-settings.paths // BUNDLE)
    sizes = [2 * (settings.paths // 2 * (k + 1) // count - settings.paths // 2 * k // count) for k in range(count)]
    bounds = [bound(problem, approximation, "lower", network), bound(problem, approximation, "upper", network)]
    miss = control(problem, approximation)
    sums = torch.zeros(6, 3, dtype=torch.float64)
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
        begin, twice = start.expand(sizes[k], -1), dw[0::2] + dw[1::2]
        missed, missed_twice = (miss(begin, w) for w in (dw, twice))
        walked = walk(problem, approximation, begin, dw)
        fine = walked.value - missed
        coarse = walk(problem, approximation, begin, twice).value - missed_twice
        sides = [None if side is None else side.of(walked, begin, dw, missed) for side in bounds]
        values = [fine, coarse, 2 * fine - coarse, *sides]
        for row, value in enumerate(values):
            if value is not None:
                sums[row] += sums_of(value.view(2, -1).mean(0)).cpu()
        sums[5] += sums_of(walked.value - network).cpu()
    rows = list(processes.total(sums))
    lower, upper = (
        None if side is None else side.bound(Mean.of(row)) for side, row in zip(bounds, rows[3:5], strict=True)
    )
    residual = float((rows[5][2] / rows[5][0]).sqrt()) / unit
    return Estimate(network, residual, Mean.of(rows[0]), Mean.of(rows[1]), Mean.of(rows[2]), lower, upper)
