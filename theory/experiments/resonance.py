"""Gradient descent for random features: good at first, then slowly worse where features are about as many as points."""

from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

from theory.experiments.double_descent import TEST, sphere
from theory.experiments.result import Curve, Panel, Result, Table
from theory.points import Array

FEATURES = (25, 50, 90, 100, 110, 200, 400)
SHOWN = (25, 90, 100, 400)
TIMES = np.geomspace(1.0, 1e10, 41)


def along(features: Array, y: Array, test: Array, times: Array) -> Array:
    """Phi' a(t) of gradient descent in continuous time, da/dt = -Phi^T (Phi a - y) / n, a(0) = 0:

    a(t) = V (1 - e^(-t s^2 / n)) / s U^T y with Phi = U s V^T: a direction with a small s is learned late, with a
    large coefficient. features: [n, m], y: [n], test: [N, m], times: [T] -> [T, N]"""
    left, s, right = np.linalg.svd(features, full_matrices=False)
    kept = s > s[0] * 1e-12
    s, coefficient = s[kept], (left.T @ y)[kept] / s[kept]
    share = -np.expm1(-times[:, None] * s**2 / len(y))
    return np.asarray(share * coefficient @ (test @ right[kept].T).T, dtype=np.float64)


def once(random: np.random.Generator, m: int, n: int, d: int) -> Array:
    """Mean square test error at all times, for one draw of data and features; the target is one neuron: [T]"""
    x, test, w = sphere(random, n, d), sphere(random, TEST, d), sphere(random, m, d)
    f = along(np.maximum(x @ w.T, 0), np.maximum(x[:, 0], 0), np.maximum(test @ w.T, 0), TIMES)
    error: Array = ((f - np.maximum(test[:, 0], 0)) ** 2).mean(1)
    return error


def resonance(
    features: Sequence[int] = FEATURES,
    shown: Sequence[int] = SHOWN,
    n: int = 100,
    d: int = 10,
    draws: int = 30,
    seed: int = 0,
) -> Result:
    """n points of the unit sphere in d dimensions, without noise; medians over draws. Ma, Wu and E, "The slow
    deterioration of the generalization error of the random feature model", 2020."""
    errors = {}
    for m in tqdm(features, desc="resonance", unit=" sizes", delay=3, leave=False, disable=None):
        random = np.random.default_rng([seed, m])
        errors[m] = np.array([once(random, m, n, d) for _ in range(draws)])
    middle = {m: np.median(found, axis=0) for m, found in errors.items()}
    curves = [Curve(f"m = {m}", TIMES, middle[m], np.zeros_like(TIMES)) for m in shown]
    m = np.array(features, dtype=np.float64)
    zero = np.zeros_like(m)
    best = Curve("at its best time", m, np.array([y.min() for y in middle.values()]), zero)
    last = Curve("at the end", m, np.array([y[-1] for y in middle.values()]), zero)
    rows = [
        [f"{k}", f"{y.min():.2e}", f"{TIMES[y.argmin()]:.1e}", f"{y[-1]:.2e}", f"{y[-1] / y.min():.3g}"]
        for k, y in middle.items()
    ]
    return Result(
        "Resonance",
        f"Random features learn {n} points in {d} dimensions by gradient descent; where m is near n, too long is bad.",
        [
            Panel("time", "Mean square test error along gradient descent.", "t", "test error", curves),
            Panel(
                "features", "With the best time to stop there is no peak.", "m", "test error", [best, last], float(n)
            ),
        ],
        [Table("Medians", ["m", "best error", "at time", "at the end", "over the best"], rows)],
    )
