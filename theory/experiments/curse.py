"""Which classes are cursed by the dimension: complexities against the number of points."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from tqdm import tqdm

from theory.classes.ball import Ball
from theory.classes.barron import Barron
from theory.classes.continuous import Continuous
from theory.classes.lipschitz import Lipschitz
from theory.classes.rkhs import RKHS, Gaussian
from theory.experiments.result import Curve, Panel, Result
from theory.experiments.slopes import slope
from theory.points import Array

SIGNS = 16
LARGE = 10.0  # a bound of |h| that is never reached


def curse(sizes: Sequence[int] = (32, 64, 128, 256, 512, 1024), work: int = 8000, seed: int = 0) -> Result:
    """On [0, 1]^d. sizes: n; work: about n times the repetitions at each n."""
    n = np.array(sizes, dtype=np.float64)
    lines = []
    for d in (1, 2, 3, 5):
        y, error = measured(partial(transported, d), sizes, work, seed, f"Lipschitz, d = {d}")
        if d == 2:
            scaled = np.sqrt(np.log(n))
            fitted = slope(n, y / scaled, error / scaled, correction=1 / np.log(n))
            lines.append(Curve("Lipschitz, d = 2, over sqrt(ln n)", n, y / scaled, error / scaled, fitted, -0.5))
        else:
            fitted = slope(n, y, error, correction=None if d == 1 else n ** (-1 / d))
            lines.append(Curve(f"Lipschitz, d = {d}", n, y, error, fitted, -1 / max(d, 2)))
    others: list[tuple[Ball, int, float]] = [
        (Continuous(), 5, 0.0),
        (RKHS(Gaussian()), 5, -0.5),
        (Barron(), 1, -0.5),
        (Barron(), 5, -0.5),
    ]
    for ball, d, expected in others:
        name = f"{ball.name}, d = {d}"
        y, error = measured(partial(drawn, ball, d), sizes, work // SIGNS, seed, name)
        lines.append(Curve(name, n, y, error, slope(n, y, error), expected))
    caption = "Lipschitz functions: sup |I_n - I'_n| over two samples."
    panels = [
        Panel("lipschitz", caption, "n", "sup |I_n - I'_n|", lines[:4]),
        Panel("others", "Other balls: Rademacher complexity (Barron: what ascent reaches).", "n", "R_n", lines[4:]),
    ]
    lead = "Lipschitz functions need exponentially many points in high dimension; other balls do not."
    return Result("The curse of dimensionality", lead, panels)


def transported(d: int, random: np.random.Generator, n: int) -> float:
    """sup_h |I_n - I'_n| over two independent samples: W_1 of the one to the other, exactly."""
    signs = np.repeat([1.0, -1.0], n)[None] / n
    return float(Lipschitz(LARGE).supremum(random.random((2 * n, d)), signs).lower[0])


def drawn(ball: Ball, d: int, random: np.random.Generator, n: int) -> float:
    """sup_h (1/n) sum_i xi_i h(x_i) of one sample, mean over SIGNS draws of signs."""
    return float(ball.supremum(random.random((n, d)), random.choice([-1.0, 1.0], (SIGNS, n)) / n).lower.mean())


def measured(
    once: Callable[[np.random.Generator, int], float], sizes: Sequence[int], work: int, seed: int, name: str
) -> tuple[Array, Array]:
    """Mean and standard error over independent repetitions, at each n."""
    mean, error = [], []
    for n in tqdm(sizes, desc=name, unit=" sizes", delay=3, leave=False, disable=None):
        random = np.random.default_rng([seed, n])
        values = np.array([once(random, n) for _ in range(max(8, work // n))])
        mean.append(values.mean())
        error.append(values.std(ddof=1) / len(values) ** 0.5)
    return np.array(mean), np.array(error)
