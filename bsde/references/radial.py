"""Reaction-diffusion equations whose solution depends on |x| alone: one variable, in any dimension."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy.fft import dct
from scipy.integrate import solve_ivp
from scipy.interpolate import BarycentricInterpolator
from scipy.stats import chi2, ncx2
from torch import Tensor

from trainer.data.frame import Array

Function = Callable[[Array], Array]
LENGTH = 5.0  # a: of |x|^2, below which Chebyshev points are dense


def radial(dim: int, horizon: float, r: float, f: Function, g: Function) -> tuple[float, float]:
    """u(0, x) of u_t + Laplacian u + f(u) = 0, u(T, .) = g(|x|^2) at |x| = r, and its error.

    With s = |x|^2 and tau = T - t:   v_tau = 4 s v_ss + 2 d v_s + f(v),   by Chebyshev collocation in ln(1 + s / a), up
    to where 1e-16 of the probability is left, and an implicit Runge-Kutta method. The error: what more nodes change."""
    coarse, fine = (collocated(dim, horizon, r * r, f, g, nodes) for nodes in (72, 108))
    return fine, abs(fine - coarse) + 1e-10


def radial_at(dim: int, left: Tensor, square: Tensor, f: Function, g: Function) -> Tensor:
    """The same at many points, differentiable, to 1e-6: left, T - t [n]; square, |x|^2 [n] -> u [n]"""
    times, which = np.unique(left.numpy(), return_inverse=True)
    deviation = math.sqrt(2 * times[-1])
    farthest = float(square.detach().max()) ** 0.5 + deviation * (math.sqrt(dim) + 8)
    width = math.log1p(farthest**2 / LENGTH)
    _, values = solved(dim, times, width, f, g, 48, 1e-7)
    coefficients = dct(values, type=1, axis=1) / (values.shape[1] - 1)
    coefficients[:, [0, -1]] *= 0.5
    x = 1 - 2 * torch.log1p(square / LENGTH) / width
    b, c = torch.zeros_like(x), torch.zeros_like(x)
    for a in torch.from_numpy(coefficients.T[:0:-1, which]):
        b, c = a + 2 * x * b - c, b
    found: Tensor = torch.from_numpy(coefficients[which, 0]) + x * b - c
    return found


def collocated(dim: int, horizon: float, s0: float, f: Function, g: Function, nodes: int) -> float:
    largest = 2 * horizon * squared_norm(dim, s0 / (2 * horizon)).isf(1e-16)
    xi, values = solved(dim, np.array([horizon]), math.log1p(largest / LENGTH), f, g, nodes, 1e-10)
    return float(BarycentricInterpolator(xi, values[0])(math.log1p(s0 / LENGTH)))


def solved(
    dim: int, times: Array, width: float, f: Function, g: Function, nodes: int, accuracy: float
) -> tuple[Array, Array]:
    """xi = ln(1 + s / a) at Chebyshev points from 0 to the width [nodes + 1]; v there at times tau, in order."""
    x, D = chebyshev(nodes)
    xi = 0.5 * width * (1 - x)
    s, stretch = LENGTH * np.expm1(xi), LENGTH * np.exp(xi)  # ds / d xi
    first = D * (-2 / width) / stretch[:, None]
    operator = 4 * s[:, None] * (first @ first) + 2 * dim * first

    def rate(tau: float, v: Array) -> Array:
        change: Array = operator @ v + f(v)
        change[-1] = 2 * dim * slope  # far out g is only carried along
        return change

    if times[-1] == 0:
        return xi, g(s)[None]
    slope = float((first @ g(s))[-1])
    jacobian = operator.copy()
    jacobian[-1] = 0.0
    span = (0.0, float(times[-1]))
    found = solve_ivp(rate, span, g(s), "Radau", times, rtol=accuracy, atol=1e-3 * accuracy, jac=lambda *_: jacobian)
    return xi, found.y.T


def squared_norm(dim: int, shift: float) -> Any:
    """The law of |x + W_1|^2 in `dim` dimensions, shift = |x|^2."""
    return ncx2(dim, shift) if shift > 0 else chi2(dim)


def chebyshev(nodes: int) -> tuple[Array, Array]:
    """Chebyshev points from 1 to -1 and the matrix that differentiates there (Trefethen, Spectral Methods, 2000)."""
    k = np.arange(nodes + 1)
    x = np.cos(np.pi * k / nodes)
    c = np.where((k == 0) | (k == nodes), 2.0, 1.0) * (-1.0) ** k
    difference = x[:, None] - x[None, :] + np.eye(nodes + 1)
    D = np.outer(c, 1 / c) / difference
    return x, D - np.diag(D.sum(1))
