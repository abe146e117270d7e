"""Expectations of the largest or smallest of independent lognormal prices."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from scipy.stats import norm

from trainer.data.frame import Array

PANELS, NODES = 400, 10  # of Gauss and Legendre: 1e-12 for smooth functions


def expectation(
    h: Callable[[Array], Array],
    dim: int,
    start: float,
    drift: float,
    volatility: float,
    time: float,
    largest: bool,
    kinks: Sequence[float] = (),
) -> float:
    """E h(max_i X_i(t)) or E h(min_i X_i(t)), X_i = start exp((drift - volatility^2 / 2) t + volatility W_i(t)).

    The largest of d normal numbers has the density d phi(q) Phi(q)^(d - 1), the smallest that of its negative.

    kinks: prices where h has no derivative."""
    sign = 1.0 if largest else -1.0
    centre, deviation = (drift - 0.5 * volatility**2) * time, sign * volatility * time**0.5
    edges = np.sort(np.clip([-9.0, *((np.log(k / start) - centre) / deviation for k in kinks), 9.0], -9.0, 9.0))
    q, weight = np.concatenate([gauss(*between) for between in pairwise(edges)], axis=1)
    density = np.exp(np.log(dim) + norm.logpdf(q) + (dim - 1) * norm.logcdf(q))
    return float((weight * density * h(start * np.exp(centre + deviation * q))).sum())


def gauss(low: float, high: float) -> tuple[Array, Array]:
    """Nodes and weights of PANELS Gauss-Legendre rules side by side."""
    x, w = np.polynomial.legendre.leggauss(NODES)
    width = (high - low) / PANELS
    left = low + width * np.arange(PANELS)
    return (left[:, None] + 0.5 * width * (1 + x)).ravel(), np.tile(0.5 * width * w, PANELS)
