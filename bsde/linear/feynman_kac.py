"""u(0, start) of a linear problem as an expectation, sampled until its confidence interval is as narrow as asked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, takewhile
from typing import Literal

import torch
from scipy.stats import norm, t

from bsde.linear.check import check_linear
from bsde.linear.sobol import SobolPaths
from bsde.problem import Problem
from bsde.simulation.approximation import Approximation, zero
from bsde.simulation.paths import increments
from bsde.simulation.policy import walk
from bsde.simulation.statistics import Mean, sums_of
from bsde.simulation.streams import VALUE
from trainer.errors import UserError
from trainer.sampling import generator

FIRST = 4096  # paths before the first look at the interval: a variance of fewer says little
BUNDLE = 2048  # paths that are walked together
RANDOMISATIONS = 16  # of a Sobol sequence; their spread is the error

Sampling = Literal["plain", "antithetic", "sobol"]


@dataclass(frozen=True)
class Interval:
    """A confidence interval of u(0, start); the bias of the time step is not in it."""

    value: float
    half_width: float
    paths: int


def feynman_kac(
    problem: Problem,
    half_width: float,
    sampling: Sampling = "antithetic",
    control: Approximation = zero,
    time_steps: int = 32,
    confidence: float = 0.95,
    seed: int = 1,
    most: int = 2**24,
) -> Interval:
    """u(0, x) = E[ D_T g(X_T) + integral D c dt ],   f = c + a y + b . z,  dX = (mu + sigma b) dt + sigma dW, D' = a D.

    control: an approximation of u; D grad u^ . sigma dW has no mean and is subtracted. half_width: absolute.
    Raises UserError for a problem that is not linear, and when `most` paths do not suffice."""
    check_linear(problem)
    if not (half_width > 0 and 0 < confidence < 1 and time_steps >= 1):
        raise UserError(
            "expected half_width > 0, 0 < confidence < 1 and time_steps >= 1, "
            f"got {half_width}, {confidence}, {time_steps}"
        )
    counts = takewhile(lambda paths: paths <= most, (FIRST * 2**k for k in count()))
    if sampling == "sobol":
        intervals = by_sobol(problem, control, time_steps, confidence, seed, counts)
    else:
        intervals = by_random_numbers(problem, sampling, control, time_steps, confidence, seed, counts)
    found = Interval(float("nan"), float("inf"), 0)
    for found in intervals:
        if found.half_width <= half_width:
            return found
    raise UserError(
        f"{found.paths} paths give {found.value:.6g} +- {found.half_width:.2g}, not +- {half_width:.2g}: "
        "allow more, or take antithetic or sobol sampling, or a control"
    )


def by_random_numbers(
    problem: Problem,
    sampling: Sampling,
    control: Approximation,
    steps: int,
    confidence: float,
    seed: int,
    counts: Iterable[int],
) -> Iterator[Interval]:
    """Of so many paths, and more, and more: each goes on from the one before."""
    antithetic, dt = sampling == "antithetic", problem.horizon / steps
    start = problem.origin(torch.float64).expand(BUNDLE, -1)
    quantile = float(norm.ppf(0.5 + confidence / 2))
    sums, bundles = torch.zeros(3, dtype=torch.float64), 0
    for paths in counts:
        for k in range(bundles, paths // BUNDLE):
            dw = increments(generator(seed, VALUE, k), steps, BUNDLE, problem.dim, dt, torch.float64, antithetic)
            value = walk(problem, control, start, dw).value
            sums = sums + sums_of(value.view(2, -1).mean(0) if antithetic else value)
        bundles = paths // BUNDLE
        mean = Mean.of(sums)
        yield Interval(mean.value, quantile * mean.error, paths)


def by_sobol(
    problem: Problem, control: Approximation, steps: int, confidence: float, seed: int, counts: Iterable[int]
) -> Iterator[Interval]:
    """Of so many points: independent randomisations of a part each, and Student's t of their means."""
    sequence = SobolPaths(steps, problem.dim, problem.horizon)
    for paths in counts:
        size = paths // RANDOMISATIONS
        start = problem.origin(torch.float64).expand(size, -1)
        means = []
        for k in range(RANDOMISATIONS):
            dw = sequence.draw(size, seed * RANDOMISATIONS + k)
            means.append(walk(problem, control, start, dw).value.mean())
        every = torch.stack(means)
        width = float(t.ppf(0.5 + confidence / 2, RANDOMISATIONS - 1) * every.std() / RANDOMISATIONS**0.5)
        yield Interval(float(every.mean()), width, paths)
