"""Reaction-diffusion equations whose solution depends on |x| alone: one variable, in any dimension."""

import math
from collections.abc import Callable

import numpy as np
from scipy.integrate import solve_ivp
from scipy.interpolate import BarycentricInterpolator

from bsde.references.cole_hopf import squared_norm
from trainer.data.frame import Array

Function = Callable[[Array], Array]


def radial(
    dim: int,
    horizon: float,
    r: float,
    f: Function = lambda u: u - u**3,
    g: Function = lambda s: 1 / (2 + 0.4 * s),
    length: float = 5.0,
) -> tuple[float, float]:
    """u(0, x) of u_t + Laplacian u + f(u) = 0, u(T, .) = g(|x|^2) at |x| = r, and its error; by default Allen-Cahn.

    With s = |x|^2 and tau = T - t:   v_tau = 4 s v_ss + 2 d v_s + f(v),   by Chebyshev collocation in
    ln(1 + s / length), up to where 1e-16 of the probability is left, and an implicit Runge-Kutta method. The error is
    what more nodes change."""
    coarse, fine = (collocated(dim, horizon, r * r, f, g, length, nodes) for nodes in (72, 108))
    return fine, abs(fine - coarse) + 1e-10


def collocated(dim: int, horizon: float, s0: float, f: Function, g: Function, length: float, nodes: int) -> float:
    largest = 2 * horizon * squared_norm(dim, s0 / (2 * horizon)).isf(1e-16)
    width = math.log1p(largest / length)
    x, D = chebyshev(nodes)
    xi = 0.5 * width * (1 - x)  # from 0 to the width
    s, stretch = length * np.expm1(xi), length * np.exp(xi)  # ds / d xi
    first = D * (-2 / width) / stretch[:, None]
    operator = 4 * s[:, None] * (first @ first) + 2 * dim * first

    def rate(tau: float, v: Array) -> Array:
        change: Array = operator @ v + f(v)
        change[-1] = 2 * dim * slope  # far out g is only carried along
        return change

    slope = float((first @ g(s))[-1])
    jacobian = operator.copy()
    jacobian[-1] = 0.0
    solved = solve_ivp(rate, (0.0, horizon), g(s), method="Radau", rtol=1e-10, atol=1e-13, jac=lambda *_: jacobian)
    return float(BarycentricInterpolator(xi, solved.y[:, -1])(math.log1p(s0 / length)))


def chebyshev(nodes: int) -> tuple[Array, Array]:
    """Chebyshev points from 1 to -1 and the matrix that differentiates there (Trefethen, Spectral Methods, 2000)."""
    k = np.arange(nodes + 1)
    x = np.cos(np.pi * k / nodes)
    c = np.where((k == 0) | (k == nodes), 2.0, 1.0) * (-1.0) ** k
    difference = x[:, None] - x[None, :] + np.eye(nodes + 1)
    D = np.outer(c, 1 / c) / difference
    return x, D - np.diag(D.sum(1))
