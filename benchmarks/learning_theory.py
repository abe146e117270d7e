"""The estimators of theory/ against the theorems: coverage of gap bounds, exponents, double descent, penalties, speed.

python benchmarks/learning_theory.py [coverage] [curse] [approximation] [double-descent]
    [regularised] [bounds] [resonance] [speed]

Each part prints its table and the CPU time that it took; all of them without an argument. Some draw a figure of
docs/theory.md, too."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import NullFormatter

from theory.classes.ball import Ball
from theory.classes.barron import Barron
from theory.classes.continuous import Continuous
from theory.classes.linear import Linear
from theory.classes.lipschitz import Lipschitz
from theory.classes.rkhs import RKHS, Gaussian, LinearKernel, ReLUFeatures
from theory.experiments.registry import EXPERIMENTS
from theory.generalisation import generalisation_gap
from theory.integration import integration_error
from theory.rademacher import rademacher

REPETITIONS, DELTA, POINTS, POPULATION = 500, 0.1, 50, 100
FIGURES = Path(__file__).parents[1] / "docs"
EARLIER = {10: 2.8e-2, 50: 1.3e-2, 95: 4.6e-2, 100: 3.9e-1, 105: 4.0e-2, 200: 3.9e-3, 2000: 2.1e-3}  # another program


def coverage() -> None:
    """Both sides of the gap bound, for every class with an exact supremum: over the cube where it has a closed form,
    else over a population of points of the cube, from which samples are drawn with replacement."""
    cases: list[tuple[Ball, int, bool]] = [
        (Continuous(), 2, True),
        (Lipschitz(), 1, True),
        (Linear(1), 5, True),
        (Linear(2), 5, True),
        (RKHS(LinearKernel()), 5, True),
        (RKHS(Gaussian()), 5, True),
        (Continuous(), 2, False),
        (Lipschitz(), 2, False),
        (Lipschitz(), 5, False),
        (RKHS(ReLUFeatures()), 5, False),
        (Barron(), 1, False),
        (Barron(), 2, False),
    ]
    print(f"share of {REPETITIONS} samples of {POINTS} points with both sides right, delta = {DELTA}: lecture, strict")
    for ball, d, whole_cube in cases:
        population = np.random.default_rng(0).random((POPULATION, d))
        held = np.zeros(2)
        for seed in range(REPETITIONS):
            random = np.random.default_rng([seed, POINTS])
            if whole_cube:
                x = random.random((POINTS, d))
                truth = integration_error(ball, x).value
            else:
                rows = random.integers(POPULATION, size=POINTS)
                x = population[rows]
                w = 1 / POPULATION - np.bincount(rows, minlength=POPULATION) / POINTS
                low, high = ball.supremum(population, w[None])
                assert low == high, "the supremum is exact"
                truth = float(high[0])
            bound = generalisation_gap(ball, x, DELTA, draws=10, seed=seed)
            held += [low <= truth <= high for low, high in (bound.lecture, bound.strict)]
        lecture, strict = held / REPETITIONS
        measure = "the cube" if whole_cube else f"{POPULATION} points"
        print(f"  {ball.name:26} d = {d}  {measure:10}  {lecture:.3f}  {strict:.3f}", flush=True)


def experiment(name: str) -> Callable[[], None]:
    def run() -> None:
        """The experiment of this name."""
        print(EXPERIMENTS[name]().text())

    return run


def double_descent() -> None:
    """Against medians that were measured before, with another program."""
    curve = EXPERIMENTS["double-descent"](features=tuple(EARLIER), draws=100).panels[0].curves[0]
    print("medians of 100 draws, n = 100, d = 10: m, test error, earlier, ratio")
    for m, y in zip(curve.x, curve.y, strict=True):
        print(f"  {m:5.0f}  {y:.2e}  {EARLIER[int(m)]:.1e}  {y / EARLIER[int(m)]:.2f}")


def speed() -> None:
    """The bars: Barron, n = 10,000, d = 100, within 60 s on two cores; Lipschitz, exact for n = 500."""
    random = np.random.default_rng(0)
    cases: list[tuple[Ball, int, int, int]] = [
        (Barron(), 10_000, 100, 10),
        (Lipschitz(), 500, 2, 200),
        (Lipschitz(), 500, 100, 200),
        (Lipschitz(), 4000, 2, 3),
        (Lipschitz(), 6000, 2, 2),
        (RKHS(Gaussian()), 10_000, 100, 10),
    ]
    for ball, n, d, draws in cases:
        x = random.random((n, d))
        begin, wall = time.process_time(), time.monotonic()
        found = rademacher(ball, x, draws=draws)
        print(
            f"n = {n}, d = {d}: {time.process_time() - begin:.1f} CPU s, {time.monotonic() - wall:.1f} s\n{found}",
            flush=True,
        )


def drawn(name: str, columns: int) -> Callable[[], None]:
    def run() -> None:
        """The experiment of this name, and its figure on the page."""
        found = EXPERIMENTS[name]()
        print(found.text(), flush=True)
        rows = -(-len(found.panels) // columns)
        figure, places = plt.subplots(rows, columns, figsize=(4.2 * columns, 3.2 * rows), layout="constrained")
        for axes, panel in zip(places.flat, found.panels, strict=True):
            for curve in panel.curves:
                line = axes.errorbar(curve.x, curve.y, curve.error, fmt="o-", markersize=3, label=curve.name)
                if curve.expected is not None:
                    theory = curve.y[-1] * (curve.x / curve.x[-1]) ** curve.expected
                    axes.plot(curve.x, theory, "--", color=line[0].get_color(), linewidth=0.8)
            axes.set(xscale="log", yscale="log", xlabel=panel.x, ylabel=panel.y, title=panel.name)
            axes.title.set_fontsize(9)
            axes.xaxis.set_minor_formatter(NullFormatter())
            axes.grid(alpha=0.3)
            axes.legend(frameon=False, fontsize=7)
        figure.savefig(FIGURES / f"theory-{name}.png", dpi=100)

    return run


PARTS: dict[str, Callable[[], None]] = {
    "coverage": coverage,
    "curse": drawn("curse", 2),
    "approximation": experiment("approximation"),
    "double-descent": double_descent,
    "regularised": drawn("regularised", 2),
    "bounds": drawn("bounds", 2),
    "resonance": drawn("resonance", 2),
    "speed": speed,
}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        start = time.process_time()
        print(f"\n{part}")
        PARTS[part]()
        print(f"{time.process_time() - start:.1f} CPU s", flush=True)
