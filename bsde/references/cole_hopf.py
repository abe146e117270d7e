"""The Hamilton-Jacobi-Bellman equation by the Cole-Hopf transform, for final costs that depend on |x| alone."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy.special import logsumexp
from scipy.stats import chi2, ncx2
from torch import Tensor

from trainer.data.frame import Array

PANELS, NODES = 400, 10  # of Gauss and Legendre: 1e-12 for smooth g


def cole_hopf(g: Callable[[Tensor], Tensor], strength: float, dim: int, horizon: float, square: float) -> float:
    """u(0, x) of u_t + Laplacian u - strength |grad u|^2 = 0, u(T, .) = g, with g a function of |x|^2:

    u = -ln E exp(-strength g(|X_T|^2)) / strength,   |X_T|^2 = 2 T chi,   chi noncentral chi-squared: d, |x|^2 / (2 T).

    square: |x|^2. Integrated over |X_T|, up to where 1e-18 of the probability is left."""
    scale = 2 * horizon
    chi = squared_norm(dim, square / scale)
    r, weight = gauss(0.0, math.sqrt(scale * chi.isf(1e-18)))
    density = chi.logpdf(r**2 / scale) + np.log(2 * r / scale)
    exponent = density - strength * g(torch.from_numpy(r**2)).numpy()
    total = logsumexp(density, b=weight)  # 1, but for rounding
    return float(-(logsumexp(exponent, b=weight) - total) / strength)


def squared_norm(dim: int, shift: float) -> Any:
    """The law of |x + W_1|^2 in `dim` dimensions, shift = |x|^2."""
    return ncx2(dim, shift) if shift > 0 else chi2(dim)


def gauss(low: float, high: float) -> tuple[Array, Array]:
    """Nodes and weights of PANELS Gauss-Legendre rules side by side."""
    x, w = np.polynomial.legendre.leggauss(NODES)
    width = (high - low) / PANELS
    left = low + width * np.arange(PANELS)
    return (left[:, None] + 0.5 * width * (1 + x)).ravel(), np.tile(0.5 * width * w, PANELS)
