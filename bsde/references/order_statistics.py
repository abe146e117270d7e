"""Expectations of the largest or smallest of independent lognormal prices."""

from collections.abc import Callable

import numpy as np
from scipy.stats import norm

from bsde.references.cole_hopf import gauss
from trainer.data.frame import Array


def expectation(
    h: Callable[[Array], Array], dim: int, start: float, drift: float, volatility: float, time: float, largest: bool
) -> float:
    """E h(max_i X_i(t)) or E h(min_i X_i(t)), X_i = start exp((drift - volatility^2 / 2) t + volatility W_i(t)).

    The largest of d normal numbers has the density d phi(q) Phi(q)^(d - 1), the smallest that of its negative."""
    q, weight = gauss(-9.0, 9.0)
    density = np.exp(np.log(dim) + norm.logpdf(q) + (dim - 1) * norm.logcdf(q))
    sign = 1.0 if largest else -1.0
    price = start * np.exp((drift - 0.5 * volatility**2) * time + sign * volatility * time**0.5 * q)
    return float((weight * density * h(price)).sum())
