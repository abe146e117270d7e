"""Reproducing kernel Hilbert spaces, whose balls are those of random features k(x, y) = E phi(x) phi(y)."""

from abc import ABC, abstractmethod

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import erf

from theory.classes.ball import Ball, Function, Supremum
from theory.points import Array, with_bias

DENSE = 4000  # points, up to which the Gram matrix is kept
BLOCK = 1000


class Kernel(ABC):
    """k(x, y)"""

    name: str

    @abstractmethod
    def __call__(self, x: Array, y: Array) -> Array:
        """x: [n, d], y: [l, d] -> [n, l]"""

    def diagonal(self, x: Array) -> Array:
        """k(x_i, x_i): [n]"""
        return np.array([self(row[None], row[None])[0, 0] for row in x])

    def cube_mean(self, x: Array) -> Array | None:
        """E k(x, U), U uniform on [0, 1]^d, where it is known: [n, d] -> [n]"""
        return None

    def cube_mean_mean(self, d: int) -> float:
        """E k(U, U'), where `cube_mean` is known."""
        raise NotImplementedError


class LinearKernel(Kernel):
    """k(x, y) = x.y"""

    name = "linear"

    def __call__(self, x: Array, y: Array) -> Array:
        return x @ y.T

    def cube_mean(self, x: Array) -> Array:
        half: Array = 0.5 * x.sum(1)
        return half

    def cube_mean_mean(self, d: int) -> float:
        return 0.25 * d


class Gaussian(Kernel):
    """k(x, y) = exp(-|x - y|^2 / 2 s^2)"""

    def __init__(self, length: float = 1.0):
        self.s = length
        self.name = f"Gaussian, length {length:g}"

    def __call__(self, x: Array, y: Array) -> Array:
        k: Array = np.exp(-0.5 * cdist(x, y, "sqeuclidean") / self.s**2)
        return k

    def cube_mean(self, x: Array) -> Array:
        a = np.sqrt(2.0) * self.s
        factors = 0.5 * np.sqrt(np.pi) * a * (erf((1 - x) / a) + erf(x / a))
        mean: Array = factors.prod(1)
        return mean

    def cube_mean_mean(self, d: int) -> float:
        a = np.sqrt(2.0) * self.s
        one = np.sqrt(np.pi) * a * erf(1 / a) + a * a * np.expm1(-1 / a**2)
        return float(one**d)


class ReLUFeatures(Kernel):
    """k(x, y) = E sigma(w.(x, 1)) sigma(w.(y, 1)), w uniform on the unit sphere of R^{d+1}:

    |z| |z'| (sin t + (pi - t) cos t) / (2 pi (d + 1)), t the angle of z and z' (Cho and Saul 2009, Eq. 6)."""

    name = "ReLU features"

    def __call__(self, x: Array, y: Array) -> Array:
        z, v = with_bias(x), with_bias(y)
        size = np.outer(np.linalg.norm(z, axis=1), np.linalg.norm(v, axis=1))
        cos = np.clip(z @ v.T / size, -1.0, 1.0)
        t = np.arccos(cos)
        k: Array = size * (np.sin(t) + (np.pi - t) * cos) / (2 * np.pi * z.shape[1])
        return k


class RKHS(Ball):
    """sup_h sum_i w_i h(x_i) = sqrt(w^T K w)."""

    sign_vectors = 2**17

    def __init__(self, kernel: Kernel):
        self.kernel = kernel
        self.name = f"RKHS ({kernel.name})"

    def supremum(self, x: Array, w: Array) -> Supremum:
        if len(x) <= DENSE:
            Kw = w @ self.kernel(x, x)
        else:
            blocks = range(0, len(x), BLOCK)
            Kw = np.concatenate([w @ self.kernel(x, x[start : start + BLOCK]) for start in blocks], axis=1)
        value = np.sqrt(np.maximum(np.einsum("mi,mi->m", Kw, w), 0.0))
        return Supremum(value, value)

    def method(self, x: Array) -> str:
        return "sqrt(xi^T K xi) / n"

    def witness(self, x: Array, w: Array) -> Function:
        """sum_i w_i k(x_i, .), of norm 1."""
        norm = max(1e-300, float(self.supremum(x, w[None]).lower[0]))
        return lambda t: np.asarray(self.kernel(t, x) @ w / norm)

    def bound(self, x: Array) -> float:
        """sqrt(k) at the corner of the box, where these kernels are largest."""
        return float(np.sqrt(self.kernel.diagonal(np.abs(x).max(0)[None])[0]))

    def cube_error(self, x: Array) -> float | None:
        """The maximum mean discrepancy: (E k(U, U') - 2 mean_i E k(x_i, U) + mean_ij k(x_i, x_j))^(1/2)."""
        mean = self.kernel.cube_mean(x)
        if mean is None:
            return None
        w = np.full((1, len(x)), 1 / len(x))
        square = self.kernel.cube_mean_mean(x.shape[1]) - 2 * mean.mean() + self.supremum(x, w).upper[0] ** 2
        return float(np.sqrt(max(0.0, square)))
