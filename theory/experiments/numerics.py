"""The rates of numerical analysis, for comparison: splines and finite elements, with estimates of their own errors."""

import numpy as np

from theory.experiments.result import Curve, Panel, Result, Table
from theory.experiments.slopes import slope
from theory.numerics import elements
from theory.numerics.splines import smoothing_spline
from theory.points import Array


def bump(x: Array) -> Array:
    """prod_k sin(pi x_k): [n, d] -> [n]"""
    return np.asarray(np.sin(np.pi * x).prod(1))


def gradient(x: Array) -> Array:
    """[n, d]"""
    terms = []
    for k in range(x.shape[1]):
        terms.append(np.pi * np.cos(np.pi * x[:, k]) * np.sin(np.pi * np.delete(x, k, axis=1)).prod(1))
    return np.stack(terms, axis=1)


def source(x: Array) -> Array:
    return np.asarray(x.shape[1] * np.pi**2 * bump(x))


def numerics(seed: int = 0) -> Result:
    """-div grad u = f with u = prod sin(pi x_k), and splines through its values; nothing is random."""
    curves, rows = [], []
    for d, mesh, sizes in ((1, elements.interval, (8, 16, 32, 64, 128)), (2, elements.square, (8, 16, 32, 64))):
        found = [elements.errors(elements.solve(mesh(k), source), source, bump, gradient) for k in sizes]
        h = 1 / np.array(sizes, dtype=np.float64)
        curves += [
            order(f"gradient, d = {d}", h, np.array([e.h1 for e in found]), 1.0),
            order(f"L2, d = {d}", h, np.array([e.l2 for e in found]), 2.0),
            order(f"estimate, d = {d}", h, np.array([e.estimate for e in found]), 1.0),
        ]
        for k, e in zip(sizes, found, strict=True):
            rows.append([f"{d}", f"1/{k}", f"{e.l2:.3e}", f"{e.h1:.3e}", f"{e.estimate:.3e}", f"{e.effectivity:.3f}"])
    t = np.linspace(0, 1, 4001)
    n = np.array([10, 20, 40, 80])
    splines = [order("cubic spline", 1 / n, np.array([spline_error(int(k), t) for k in n]), 4.0)]
    header = ["d", "h", "L2", "gradient", "estimate", "effectivity"]
    return Result(
        "Splines and finite elements",
        "Orders in h, and a posteriori estimates: in one dimension a bound with no constant hidden.",
        [
            Panel("elements", "Errors of linear elements, and their own estimate.", "h", "error", curves),
            Panel("splines", "Largest error of the natural cubic spline.", "h", "largest error", splines),
        ],
        [Table("Finite elements", header, rows)],
    )


def spline_error(n: int, t: Array) -> float:
    """Largest at the points t, of the natural spline through n + 1 points."""
    x = np.linspace(0, 1, n + 1)
    return float(np.abs(smoothing_spline(x, bump(x[:, None]), 0.0)(t) - bump(t[:, None])).max())


def order(name: str, h: Array, y: Array, expected: float) -> Curve:
    """With the next order, h^2 more, as a correction."""
    return Curve(name, h, y, np.zeros_like(y), slope(h, y, 1e-3 * y, h**2), expected)
