"""Integrals by means over points, and what the error is: E (I - I_n)^2 = Var / n, in every dimension."""

from collections.abc import Callable

import numpy as np

from theory.estimate import Estimate
from theory.points import Array
from trainer.errors import UserError

Function = Callable[[Array], Array]  # [n, d] -> [n]


def integral(f: Function, d: int, n: int, seed: int = 0) -> Estimate:
    """Of f over [0, 1]^d by n independent points, with its standard error sqrt(Var / n)."""
    values = sampled(f, np.random.default_rng(seed).random((count(n), d)))
    return mean("integral", values, f"{n} independent points")


def antithetic(f: Function, d: int, n: int, seed: int = 0) -> Estimate:
    """By n / 2 pairs u and 1 - u: less variance where f is monotone in its coordinates."""
    u = np.random.default_rng(seed).random((count(n // 2), d))
    return mean("integral", 0.5 * (sampled(f, u) + sampled(f, 1 - u)), f"{n // 2} antithetic pairs")


def with_control(f: Function, g: Function, g_integral: float, d: int, n: int, seed: int = 0) -> Estimate:
    """With the control variate g of known integral: mean (f - b (g - I(g))), b = Cov(f, g) / Var(g) from the same
    points, so that the variance falls by the factor 1 - corr(f, g)^2."""
    x = np.random.default_rng(seed).random((count(n), d))
    values, control = sampled(f, x), sampled(g, x) - g_integral
    b = float(np.cov(values, control)[0, 1] / max(control.var(ddof=1), 1e-300))
    return mean("integral", values - b * control, f"{n} independent points and a control variate")


def count(n: int) -> int:
    if n < 2:
        raise UserError(f"expected at least two points, or pairs of points, got {n}")
    return n


def sampled(f: Function, x: Array) -> Array:
    values = np.asarray(f(x), dtype=np.float64)
    if values.shape != (len(x),) or not np.isfinite(values).all():
        raise UserError(f"expected a function from [n, d] to n finite numbers, got shape {list(values.shape)}")
    return values


def mean(name: str, values: Array, method: str) -> Estimate:
    value, error = float(values.mean()), float(values.std(ddof=1)) / len(values) ** 0.5
    return Estimate(name, value, value, method, error, error)
