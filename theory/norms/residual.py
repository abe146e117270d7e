"""Norms of residual networks, discrete and in the limit of infinitely many layers."""

from typing import NamedTuple

import numpy as np
from scipy.linalg import expm

from theory.points import Array, with_bias


class ResidualNetwork(NamedTuple):
    """z_0 = V (x, 1), z_{l+1} = z_l + (1/L) U_l sigma(W_l z_l), f = alpha.z_L"""

    V: Array  # [D, d + 1]
    W: Array  # [L, m, D]
    U: Array  # [L, D, m]
    alpha: Array  # [D]

    def __call__(self, x: Array) -> Array:
        """[n, d] -> [n, 1]"""
        z = with_bias(x) @ self.V.T
        for W, U in zip(self.W, self.U, strict=True):
            z = z + np.maximum(z @ W.T, 0.0) @ U.T / len(self.W)
        out: Array = z @ self.alpha[:, None]
        return out

    @property
    def inputs(self) -> int:
        """d"""
        return int(self.V.shape[1]) - 1

    def products(self) -> Array:
        """|U_l| |W_l|: [L, D, D]"""
        product: Array = np.abs(self.U) @ np.abs(self.W)
        return product


def weighted_path_norm(network: ResidualNetwork) -> float:
    """|| |alpha|^T prod_l (I + (3/L) |U_l| |W_l|) |V| ||_1: a path counts 3 for every nonlinearity it goes through.

    E, Ma and Wang, arXiv:1903.02154, Definition 1, with the 1/L of this parametrisation."""
    paths = np.abs(network.V)
    for UW in network.products():
        paths = paths + 3 / len(network.W) * UW @ paths
    return float((np.abs(network.alpha) @ paths).sum())


def compositional_norm(network: ResidualNetwork) -> float:
    """||alpha||_1 ||N_L||_{1,1} ||V||_{1,1} with N_{l+1} = N_l + (1/L) |U_l| |W_l| N_l, N_0 = I: Euler's method for the
    N' = E|U||W| N of the continuous ||f||_{D_1}; ||.||_{1,1} sums all entries. E, Ma and Wu, flow-induced spaces."""
    N = np.eye(len(network.alpha))
    for UW in network.products():
        N = N + UW @ N / len(network.W)
    return float(np.abs(network.alpha).sum() * N.sum() * np.abs(network.V).sum())


def autonomous_norm(network: ResidualNetwork, order: int = 1) -> float:
    """||alpha||_1 ||e^A||_{1,1} ||V||_{1,1}, the layers as samples of one distribution of (U, W).

    order 1: A = E|U||W|, for D_1; order 2: A = (E (|U||W|)^2)^(1/2) elementwise, for D_2, which is no smaller."""
    products = network.products()
    A = products.mean(0) if order == 1 else np.sqrt((products**2).mean(0))
    return float(np.abs(network.alpha).sum() * expm(A).sum() * np.abs(network.V).sum())
