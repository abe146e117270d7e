"""Norms of functions that are known otherwise than as networks: expansions in a kernel, Fourier integrals."""

import numpy as np

from theory.classes.rkhs import Kernel
from theory.estimate import Estimate, exactly
from theory.points import Array
from trainer.errors import UserError


def rkhs_norm(kernel: Kernel, x: Array, alpha: Array) -> Estimate:
    """||sum_i alpha_i k(x_i, .)||_H = (alpha^T K alpha)^(1/2). x: [n, d], alpha: [n]"""
    square = float(alpha @ kernel(x, x) @ alpha)
    return exactly(f"RKHS norm ({kernel.name})", max(0.0, square) ** 0.5, "sqrt(alpha^T K alpha)")


def random_feature_norm(a: Array) -> Estimate:
    """f = (1/m) sum_k a_k phi_k: an upper bound of ||f||_H of these m features, (mean a_k^2)^(1/2). a: [m]"""
    value = float(np.sqrt(np.mean(np.square(a))))
    return Estimate("random-feature norm", 0.0, value, "root mean square of the coefficients, from above")


def gaussian_target_norm(d: int, length: float) -> Estimate:
    """Of f = exp(-|x|^2 / 2 s^2) - 1 on [0, 1]^d, from above: 2 int ||w||_1^2 |f^(w)| dw, that is
    2 (d + d (d - 1) 2 / pi) / s^2.

    f^ is the density of N(0, 1/s^2), f(0) and grad f(0) are taken off (Barron; Klusowski and Barron 2018)."""
    positive(length, "length")
    moment = (d + d * (d - 1) * 2 / np.pi) / length**2
    return Estimate("Barron norm of a Gaussian", 0.0, 2 * float(moment), "Fourier integral, from above", 0.0, 0.0)


def cosine_target_norm(k: Array) -> Estimate:
    """Of f = cos(2 pi k.x) - 1 on [0, 1]^d, from above: 2 ||2 pi k||_1^2. k: [d]"""
    value = 2 * (2 * np.pi * float(np.abs(k).sum())) ** 2
    return Estimate("Barron norm of a cosine", 0.0, value, "Fourier integral, from above")


def positive(value: float, name: str) -> None:
    if not value > 0:
        raise UserError(f"expected {name} > 0, got {value}")
