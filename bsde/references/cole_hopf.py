"""The Hamilton-Jacobi-Bellman equation by the Cole-Hopf transform, for final costs that depend on |x| alone."""

import math
from collections.abc import Callable

import numpy as np
import torch
from scipy.stats import chi2
from torch import Tensor

CHUNK = 128  # points at once


def cole_hopf(
    g: Callable[[Tensor], Tensor], strength: float, dim: int, left: Tensor, square: Tensor, nodes: int = 100
) -> Tensor:
    """u of u_t + Laplacian u - strength |grad u|^2 = 0, u(T, .) = g, with g a function of |x|^2: with left = T - t,

    u = -ln E exp(-strength g(|X_T|^2)) / strength,   |X_T|^2 = (|x| + sqrt(2 left) xi)^2 + 2 left chi,

    xi a normal number, chi chi-squared with d - 1 degrees of freedom. By the trapezoidal rule for xi, and that of
    Gauss and Legendre for sqrt(chi), with so many nodes each. left: [n], square: |x|^2 [n] -> [n], differentiable."""
    along = np.linspace(-9, 9, nodes if dim > 1 else 20 * nodes)
    across, density = np.zeros(1), np.ones(1)
    if dim > 1:
        x, w = np.polynomial.legendre.leggauss(nodes)
        across = 0.5 * math.sqrt(chi2(dim - 1).isf(1e-18)) * (1 + x)
        with np.errstate(divide="ignore"):
            density = np.exp(np.log(w * across) + chi2(dim - 1).logpdf(across**2))
    mass = np.outer(np.exp(-0.5 * along**2), density)
    xi, chi, log_mass = (torch.from_numpy(v).to(square) for v in (along, across**2, np.log(mass / mass.sum() + 1e-300)))
    found = []
    for time, r2 in zip(torch.split(2 * left, CHUNK), torch.split(square, CHUNK), strict=True):
        first = r2.clamp(min=1e-30).sqrt()[:, None] + time.sqrt()[:, None] * xi
        end = first.square()[:, :, None] + time[:, None, None] * chi
        found.append(-torch.logsumexp((log_mass - strength * g(end)).flatten(1), 1) / strength)
    return torch.cat(found)
