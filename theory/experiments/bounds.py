"""The bounds of the risk before and after training, with all their constants, beside the risk."""

from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

from theory.experiments.problems import DIMENSION, LEAST, one_neuron
from theory.experiments.result import Curve, Panel, Result, Table
from theory.experiments.training import trained
from theory.points import Array
from theory.regression.bounds import a_priori
from theory.regression.settings import ModelSettings

SCALES = (1.0, 10.0)  # of the plain networks' initial weights


def bounds(sizes: Sequence[int] = (1000, 3000, 10_000), m: int = 100, steps: int = 300, seed: int = 0) -> Result:
    """One neuron in ten dimensions is learned from n points, with the penalty of the theorem and without."""
    n, d = np.array(sizes, dtype=np.float64), DIMENSION
    regularised, plain = [], []
    for count in tqdm(sizes, desc="bounds", unit=" sizes", delay=3, leave=False, disable=None):
        problem = one_neuron(count, seed)
        models = [ModelSettings("conventional", m, scale=scale) for scale in SCALES]
        regularised.append(trained(problem, models[0], LEAST, steps))
        plain.append([trained(problem, model, 0.0, steps) for model in models])
    before = np.array([a_priori(1.0, m, count, d, LEAST).value for count in sizes])
    risk = np.array([t.cut for t in regularised])
    after = np.array([t.bound(count, d) for t, count in zip(regularised, sizes, strict=True)])
    curves = [curve("a priori bound", n, before), curve("a posteriori bound", n, after), curve("risk", n, risk)]
    wild = []
    for k, scale in enumerate(SCALES):
        found = [row[k] for row in plain]
        bound = np.array([t.bound(count, d) for t, count in zip(found, sizes, strict=True)])
        wild.append(curve(f"a posteriori bound, scale {scale:g}", n, bound))
        wild.append(curve(f"risk, scale {scale:g}", n, np.array([t.cut for t in found])))
    return Result(
        "Bounds before and after training",
        f"f* = sigma(x_1), of norm 1, by {m} neurons: what the theorems promise and what comes. No risk is above 1/2.",
        [
            Panel("regularised", f"With lambda = {LEAST:.3g}, the theorem's.", "n", "risk", curves),
            Panel("plain", "Without a penalty.", "n", "risk", wild),
        ],
        [table_of(sizes, [*curves, *wild]), terms_table(sizes, m, d)],
    )


def curve(name: str, n: Array, y: Array) -> Curve:
    return Curve(name, n, y, np.zeros_like(y))


def table_of(sizes: Sequence[int], curves: Sequence[Curve]) -> Table:
    """Bounds, risks, and the bounds over them."""
    values = [c.y for c in curves]
    names = ["a priori", "a posteriori", "risk", *(c.name for c in curves[3:])]
    rows = []
    for k, n in enumerate(sizes):
        y = [v[k] for v in values]
        ratios = [y[0] / y[2], y[1] / y[2], *(y[j] / y[j + 1] for j in range(3, len(y), 2))]
        rows.append([f"{n}", *(f"{v:.3g}" for v in y), ", ".join(f"{r:.2g}" for r in ratios)])
    return Table("Regularised, then plain; the last column: bounds over risks", ["n", *names, "ratios"], rows)


def terms_table(sizes: Sequence[int], m: int, d: int) -> Table:
    found = [a_priori(1.0, m, n, d, LEAST).terms for n in sizes]
    rows = [[words, *(f"{terms[words]:.3g}" for terms in found)] for words in found[0]]
    return Table("The a priori bound, term by term", ["", *(f"n = {n}" for n in sizes)], rows)
