"""Random features from few to many: the test error peaks where their number is that of the points, then falls again."""

from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

from theory.experiments.result import Curve, Panel, Result, Table
from theory.points import Array

FEATURES = (10, 20, 35, 50, 70, 85, 95, 100, 105, 115, 140, 200, 400, 800, 2000)
TEST = 2000


def minimum_norm(features: Array, y: Array) -> Array:
    """The least-squares solution of smallest ||a||_2, where gradient descent from 0 goes. features: [n, m], y: [n] ->
    [m]"""
    return np.asarray(np.linalg.lstsq(features, y, rcond=None)[0], dtype=np.float64)


def gradient_descent(features: Array, y: Array, steps: int) -> Array:
    """a_{t+1} = a_t - Phi^T (Phi a_t - y) / ||Phi||^2, a_0 = 0, after `steps` steps: by the singular values of Phi,
    in which a step is a factor 1 - s^2 / ||Phi||^2."""
    left, s, right = np.linalg.svd(features, full_matrices=False)
    kept = s > s[0] * 1e-12
    share = -np.expm1(steps * np.log1p(-np.minimum((s[kept] / s[0]) ** 2, 1 - 1e-16)))
    a: Array = right[kept].T @ (share / s[kept] * (left[:, kept].T @ y))
    return a


def sphere(random: np.random.Generator, n: int, d: int) -> Array:
    x = random.normal(size=(n, d))
    return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True), dtype=np.float64)


def once(random: np.random.Generator, m: int, n: int, d: int) -> tuple[float, float]:
    """Test error and norm for one draw of data and features; the target is one neuron, sigma(x_1)."""
    x, test, w = sphere(random, n, d), sphere(random, TEST, d), sphere(random, m, d)
    a = minimum_norm(np.maximum(x @ w.T, 0.0), np.maximum(x[:, 0], 0.0))
    error = np.maximum(test @ w.T, 0.0) @ a - np.maximum(test[:, 0], 0.0)
    return float(np.mean(error**2)), float(np.linalg.norm(a))


def double_descent(
    features: Sequence[int] = FEATURES, n: int = 100, d: int = 10, draws: int = 30, seed: int = 0
) -> Result:
    """n points of the unit sphere in d dimensions, without noise; medians over draws."""
    errors, norms = [], []
    for m in tqdm(features, desc="double descent", unit=" sizes", delay=3, leave=False, disable=None):
        random = np.random.default_rng([seed, m])
        values = np.array([once(random, m, n, d) for _ in range(draws)])
        errors.append(values[:, 0])
        norms.append(values[:, 1])
    m = np.array(features, dtype=np.float64)
    curves = [median_curve("test error", m, np.array(errors)), median_curve("||a||", m, np.array(norms))]
    rows = [[f"{k}", f"{e:.2e}", f"{a:.3g}"] for k, e, a in zip(features, curves[0].y, curves[1].y, strict=True)]
    return Result(
        "Double descent",
        f"Minimum-norm interpolation of {n} points in {d} dimensions by m random ReLU features.",
        [
            Panel("error", "Mean square test error, median over draws.", "m", "test error", curves[:1], float(n)),
            Panel(
                "norm", "The norm of the coefficients, which the peak is made of.", "m", "||a||", curves[1:], float(n)
            ),
        ],
        [Table("Medians", ["m", "test error", "||a||"], rows)],
    )


def median_curve(name: str, m: Array, values: Array) -> Curve:
    """values: [features, draws]; the standard error of a median is 1.2533 times that of a mean, for a normal sample
    of the same quartiles."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75], axis=1)
    return Curve(name, m, middle, 1.2533 * (high - low) / 1.349 / values.shape[1] ** 0.5)
