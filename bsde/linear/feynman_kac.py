"""u(0, start) of a linear problem as an expectation, sampled until its confidence interval is as narrow as asked."""

from dataclasses import dataclass
from typing import Literal

import torch
from scipy.stats import norm, t
from torch import Tensor

from bsde.linear.check import check_linear
from bsde.linear.sobol import SobolPaths
from bsde.problem import Problem
from bsde.simulation.approximation import Approximation, zero
from bsde.simulation.paths import increments
from bsde.simulation.policy import walk
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
    sample = by_sobol if sampling == "sobol" else by_random_numbers
    paths = FIRST
    found = Interval(float("nan"), float("inf"), 0)
    state = torch.zeros(3, dtype=torch.float64)
    while paths <= most:
        found, state = sample(problem, sampling, control, time_steps, confidence, seed, paths, state)
        if found.half_width <= half_width:
            return found
        paths *= 2
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
    paths: int,
    sums: Tensor,
) -> tuple[Interval, Tensor]:
    """Goes on from `sums`, the number of paths, of samples' values and squares, until there are `paths` of them."""
    antithetic, dt = sampling == "antithetic", problem.horizon / steps
    start = problem.origin(torch.float64).expand(BUNDLE, -1)
    for k in range(int(sums[0]) // BUNDLE, paths // BUNDLE):
        random = generator(seed, VALUE, k)
        dw = increments(random, steps, BUNDLE, problem.dim, dt, torch.float64, antithetic)
        value = walk(problem, control, start, dw).value
        value = value.view(2, -1).mean(0) if antithetic else value
        sums = sums + torch.stack([value.new_tensor(float(BUNDLE)), value.sum(), value.square().sum()])
    count = float(sums[0]) / (2 if antithetic else 1)
    mean = float(sums[1]) / count
    variance = max(0.0, float(sums[2]) / count - mean**2)
    return Interval(mean, float(norm.ppf(0.5 + confidence / 2)) * (variance / (count - 1)) ** 0.5, paths), sums


def by_sobol(
    problem: Problem,
    sampling: Sampling,
    control: Approximation,
    steps: int,
    confidence: float,
    seed: int,
    paths: int,
    sums: Tensor,
) -> tuple[Interval, Tensor]:
    """Independent randomisations of `paths` / RANDOMISATIONS points each: Student's t of their means."""
    size = paths // RANDOMISATIONS
    start = problem.origin(torch.float64).expand(size, -1)
    means = []
    for k in range(RANDOMISATIONS):
        dw = SobolPaths(steps, problem.dim, problem.horizon).draw(size, seed * RANDOMISATIONS + k)
        means.append(walk(problem, control, start, dw).value.mean())
    every = torch.stack(means)
    width = float(t.ppf(0.5 + confidence / 2, RANDOMISATIONS - 1) * every.std() / RANDOMISATIONS**0.5)
    return Interval(float(every.mean()), width, paths), sums
