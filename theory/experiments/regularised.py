"""Regularised against plain two-layer networks, over width and the scale of the initial weights."""

import contextlib
import io
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from tqdm import tqdm

from theory.experiments.result import Curve, Panel, Result, Table
from theory.points import Array, with_bias
from theory.regression.bounds import a_posteriori, a_priori
from theory.regression.data import Sample
from theory.regression.run import task
from theory.regression.settings import ModelSettings, RegressionSettings
from trainer.loop.loop import Loop
from trainer.loop.settings import TrainingSettings

WIDTHS = (30, 100, 1000, 10_000)
SCALES = (1.0, 10.0)
POINTS, TEST, DIMENSION = 200, 2000, 10
NOISE = 0.02  # standard deviation, in the values that are trained on
PENALTY = 0.001  # of 0.001, 0.01 and 0.1 the best; the theorem's is 4 sqrt 2


class Trained(NamedTuple):
    train: float  # mean (f - y)^2 / 2
    test: float
    norm: float


Found = dict[tuple[float, float, int], Trained]  # by penalty, scale of the initial weights, width


def target(random: np.random.Generator) -> tuple[Array, Array]:
    """A network of 20 neurons with values of order 1 for x in [0, 1]^d: a [20], w [20, d + 1]; Barron norm sum a at
    most."""
    w = random.normal(size=(20, DIMENSION + 1))
    w /= np.abs(w).sum(1, keepdims=True)
    return np.full(20, 0.2), w


def sample(random: np.random.Generator, n: int, a: Array, w: Array) -> Sample:
    x = random.random((n, DIMENSION))
    return Sample(x, np.maximum(with_bias(x) @ w.T, 0.0) @ a)


def trained(train: Sample, test: Sample, model: ModelSettings, penalty: float, steps: int, folder: Path) -> Trained:
    """By the common loop, without its words."""
    training = TrainingSettings(steps=steps, learning_rate=0.05, final_learning_rate=5e-4, report=steps)
    loop = Loop(task(RegressionSettings("", "", penalty, "float32", model, training), train, test), training, folder)
    with contextlib.redirect_stdout(io.StringIO()):
        done = loop.run()
    if not done:  # the loop has taken Ctrl-C for itself
        raise KeyboardInterrupt
    with torch.no_grad():
        risks = [
            float(0.5 * np.mean((loop.averaged(torch.as_tensor(s.x, dtype=torch.float32))[:, 0].numpy() - s.y) ** 2))
            for s in (train, test)
        ]
        return Trained(risks[0], risks[1], float(loop.averaged.norm()))  # type: ignore[operator]


def regularised(
    widths: Sequence[int] = WIDTHS, scales: Sequence[float] = SCALES, steps: int = 1000, seed: int = 0
) -> Result:
    """A synthetic Barron target in 10 dimensions, 200 points with a little noise."""
    random = np.random.default_rng(seed)
    a, w = target(random)
    clean, test = sample(random, POINTS, a, w), sample(random, TEST, a, w)
    train = Sample(clean.x, clean.y + NOISE * random.normal(size=POINTS))
    cases = [(penalty, scale, m) for penalty in (0.0, PENALTY) for scale in scales for m in widths]
    found: Found = {}
    with tempfile.TemporaryDirectory(prefix="henrici-") as scratch:
        for k, (penalty, scale, m) in enumerate(tqdm(cases, unit=" trainings", delay=3, leave=False, disable=None)):
            folder = Path(scratch) / f"{k}"
            folder.mkdir()
            model = ModelSettings("two-layer", width=m, scale=scale)
            found[penalty, scale, m] = trained(train, test, model, penalty, steps, folder)
    x = np.array(widths, dtype=np.float64)

    def curve(name: str, penalty: float, scale: float, quantity: str) -> Curve:
        y = np.array([getattr(found[penalty, scale, m], quantity) for m in widths])
        return Curve(f"{name}, scale {scale:g}", x, y, np.zeros_like(y))

    def curves(quantity: str) -> list[Curve]:
        kinds = (("plain", 0.0), ("regularised", PENALTY))
        return [curve(name, penalty, scale, quantity) for name, penalty in kinds for scale in scales]

    norm = float(np.abs(a).sum())
    return Result(
        "Regularised against plain networks",
        f"With the path norm as a penalty, lambda = {PENALTY:g}, width and initial weights no longer matter.",
        [
            Panel("risk", "Test risk, mean (f - y)^2 / 2.", "m", "test risk", curves("test")),
            Panel("norm", f"Path norm; the target has {norm:g} at most.", "m", "path norm", curves("norm")),
        ],
        [table_of(found), spread_table(found), bound_table(found, norm)],
    )


def table_of(found: Found) -> Table:
    rows = []
    for (penalty, scale, m), t in found.items():
        rows.append([kind(penalty), f"{scale:g}", f"{m}", f"{t.train:.2e}", f"{t.test:.2e}", f"{t.norm:.3g}"])
    return Table("All trainings", ["", "scale", "m", "training risk", "test risk", "path norm"], rows)


def spread_table(found: Found) -> Table:
    rows = []
    for penalty in (0.0, PENALTY):
        values = np.array([[t.test, t.norm] for (p, _, _), t in found.items() if p == penalty])
        ratio = values.max(0) / values.min(0)
        rows.append([kind(penalty), f"{ratio[0]:.3g}", f"{ratio[1]:.3g}"])
    return Table("Largest over smallest, over width and scale", ["", "test risk", "path norm"], rows)


def bound_table(found: Found, norm: float) -> Table:
    """A posteriori for what was trained; a priori for the minimiser with the lambda of the theorem, one for all m."""
    rows = []
    for (penalty, scale, m), t in found.items():
        bound = t.train + a_posteriori(t.norm, POINTS, DIMENSION).value
        prior = a_priori(norm, m, POINTS, DIMENSION, 4 * 2**0.5 + 1e-9).value
        rows.append([kind(penalty), f"{scale:g}", f"{m}", f"{bound:.3g}", f"{bound / t.test:.2g}", f"{prior:.3g}"])
    header = ["", "scale", "m", "a posteriori", "over test risk", "a priori, lambda = 4 sqrt 2"]
    return Table("Bounds of the risk with probability 0.95, and the a priori one with 0.9", header, rows)


def kind(penalty: float) -> str:
    return "regularised" if penalty else "plain"
