"""u(0, start) of a linear problem as an expectation, sampled until its confidence interval is as narrow as asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from scipy.stats import norm, t
from torch import Tensor

from bsde.linear.check import check_linear
from bsde.linear.sobol import SobolPaths
from bsde.problem import Problem
from bsde.simulation.approximation import Approximation, of_file, zero
from bsde.simulation.paths import increments
from bsde.simulation.policy import walk
from bsde.simulation.sampled import Look, Sampled
from bsde.simulation.statistics import Mean, sums_of
from bsde.simulation.streams import VALUE
from bsde.simulation.tally import Tally
from trainer.errors import UserError
from trainer.sampling import generator

FIRST = 4096  # paths before the first look at the interval: a variance of fewer says little
BUNDLE = 2048  # paths that are walked together
RANDOMISATIONS = 16  # of a Sobol sequence; their spread is the error
PART = 1e-3  # of |u|: half of the interval, where nothing is asked


@dataclass(frozen=True)
class FeynmanKac:
    """For `method = "feynman-kac"`: u(0, x) = E[ D_T g(X_T) + integral D c dt ],   f = c + a y + b . z,

    dX = (mu + sigma b) dt + sigma dW,   D' = a D,   D_0 = 1.

    half_width: of the confidence interval, absolute; simulation goes on until it is reached. By default a thousandth
        of |u| as it comes out.
    confidence: of the interval.
    sampling: "plain", "antithetic" pairs, or "sobol", 16 scrambled sequences along a Brownian bridge.
    time_steps: of a path. 1 where steps are exact and f has no t and x; otherwise an even number: half as many are
        taken too, on the same paths, and the two extrapolated.
    control: a solution.pt of the problem, or of one like it, relative to the input: the martingale of its gradient is a
        control variate.
    most: paths, at which it gives up.
    seed: of the paths.
    """

    half_width: float | None = None
    confidence: float = 0.95
    sampling: Literal["plain", "antithetic", "sobol"] = "antithetic"
    time_steps: int = 32
    control: str | None = None
    most: int = 2**24
    seed: int = 1

    def __post_init__(self) -> None:
        if (self.half_width is not None and not self.half_width > 0) or not 0 < self.confidence < 1:
            raise UserError(f"expected half_width > 0 and 0 < confidence < 1, got {self.half_width}, {self.confidence}")
        if self.time_steps < 1 or (self.time_steps > 1 and self.time_steps % 2):
            raise UserError(f"expected time_steps to be 1 or even, got {self.time_steps}")
        if self.most < FIRST or self.seed < 0:
            raise UserError(f"expected most >= {FIRST} and seed >= 0, got {self.most} and {self.seed}")

    def check(self, problem: Problem) -> None:
        """Raises UserError for a problem that is not linear, too many Sobol coordinates, or a control of another d."""
        check_linear(problem)
        if self.sampling == "sobol":
            SobolPaths(self.time_steps, problem.dim, problem.horizon)
        if self.control is not None:
            of_file(Path(self.control), problem)

    def solve(self, problem: Problem, tally: Tally | None = None, control: Approximation | None = None) -> Sampled:
        """control: an approximation of u, in the place of a file.

        Raises UserError as `check`, and when `most` paths do not suffice."""
        self.check(problem)
        if control is None:
            control = zero if self.control is None else of_file(Path(self.control), problem)
        tally = tally or Tally()
        looks = []
        quantile = float(norm.ppf(0.5 + self.confidence / 2))
        by = self.by_sobol if self.sampling == "sobol" else self.by_random_numbers
        for paths, value, half_width, step in by(problem, control, tally):
            looks.append(Look(paths, value, half_width / quantile))
            asked = PART * abs(value) if self.half_width is None else self.half_width
            if half_width <= asked:
                is_ = "taking half as many time steps, which is extrapolated"
                return Sampled(value, half_width / quantile, step, is_, tuple(looks), "paths")
        raise UserError(
            f"{paths} paths give {value:.6g} +- {half_width:.2g}, not +- {asked:.2g}: "
            "allow more, or take antithetic or sobol sampling, or a control"
        )

    def counts(self) -> Iterator[int]:
        """Paths at every look."""
        paths = FIRST
        while paths <= self.most:
            yield paths
            paths *= 2

    def by_random_numbers(
        self, problem: Problem, control: Approximation, tally: Tally
    ) -> Iterator[tuple[int, float, float, float | None]]:
        """Paths, value, half width, what half as many time steps change: each look goes on from the one before."""
        antithetic, dt = self.sampling == "antithetic", problem.horizon / self.time_steps
        start = problem.origin(torch.float64).expand(BUNDLE, -1)
        quantile = float(norm.ppf(0.5 + self.confidence / 2))

        def piece(key: tuple[int, ...]) -> Tensor:
            random = generator(self.seed, VALUE, *key)
            dw = increments(random, self.time_steps, BUNDLE, problem.dim, dt, torch.float64, antithetic)
            values = self.values(problem, control, start, dw)
            return torch.cat([sums_of(v.view(2, -1).mean(0) if antithetic else v) for v in values])

        for paths in self.counts():
            sums = tally.gather(((k,) for k in range(paths // BUNDLE)), 6, piece, f"{paths} paths").sum(0)
            mean, change = Mean.of(sums[:3]), Mean.of(sums[3:]).value
            yield paths, mean.value, quantile * mean.error, self.step_change(change)

    def by_sobol(
        self, problem: Problem, control: Approximation, tally: Tally
    ) -> Iterator[tuple[int, float, float, float | None]]:
        """The same of so many points: independent randomisations of a part each, and Student's t of their means."""
        sequence = SobolPaths(self.time_steps, problem.dim, problem.horizon)
        quantile = float(t.ppf(0.5 + self.confidence / 2, RANDOMISATIONS - 1))

        def piece(key: tuple[int, ...]) -> Tensor:
            size, k = key
            dw = sequence.draw(size, self.seed * RANDOMISATIONS + k)
            start = problem.origin(torch.float64).expand(size, -1)
            return torch.stack([v.mean() for v in self.values(problem, control, start, dw)])

        for paths in self.counts():
            keys = ((paths // RANDOMISATIONS, k) for k in range(RANDOMISATIONS))
            means = tally.gather(keys, 2, piece, f"{paths} points")
            width = quantile * float(means[:, 0].std()) / RANDOMISATIONS**0.5
            yield paths, float(means[:, 0].mean()), width, self.step_change(float(means[:, 1].mean()))

    def values(self, problem: Problem, control: Approximation, start: Tensor, dw: Tensor) -> tuple[Tensor, Tensor]:
        """Of each path: the value, extrapolated where there are steps to halve, and what halving them changes."""
        fine = walk(problem, control, start, dw).value
        if self.time_steps == 1:
            return fine, torch.zeros_like(fine)
        change = fine - walk(problem, control, start, dw[0::2] + dw[1::2]).value
        return fine + change, change

    def step_change(self, change: float) -> float | None:
        return None if self.time_steps == 1 else abs(change)
