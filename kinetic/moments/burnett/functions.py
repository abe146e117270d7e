"""Burnett's functions: polynomials of the peculiar velocity xi in D dimensions that linear collisions keep apart.

    e_nl = N_nl L_n(|xi|^2 / 2) H_l(xi),    n, l >= 0,    int omega e_nl e_n'l' dxi = delta_nn' delta_ll'

L_n are Laguerre's polynomials with the index l + D / 2 - 1 (Sonine's), H_l are harmonic, of degree l, and functions of
xi_x and |xi|: |xi|^l cos(l phi) for D = 2, |xi|^l P_l(cos phi) for D = 3, phi the angle to the tube. All e_nl of degree
2 n + l <= M are a basis of the polynomials of that degree for gases that are the same in all directions across the
tube; there are (M + 2)^2 / 4 of them, rounded down: 6 for M = 3. They are ordered by degree, then by l: the first are

    1,  xi_x,  (|xi|^2 - D) / sqrt(2 D),  stress (n = 0, l = 2),  heat flux (1, 1),  (0, 3), ...

(D. Burnett, Proc. London Math. Soc. 40, 382 (1936).)"""

import numpy as np
import numpy.typing as npt
import torch
from numpy.polynomial import hermite_e
from scipy.special import roots_genlaguerre
from torch import Tensor

from kinetic.moments.projection import Integrals

Array = npt.NDArray[np.float64]


class Burnett:
    """The functions up to a degree, and their integrals."""

    def __init__(self, degree: int, dimension: int):
        """degree: M >= 2; dimension: D >= 2."""
        self.dimension = dimension
        pairs = [((d - turns) // 2, turns) for d in range(degree + 1) for turns in range(d % 2, d + 1, 2)]
        self.n, self.turns = (np.array(q) for q in zip(*pairs, strict=True))  # [K] n and l
        self.degree = 2 * self.n + self.turns
        self.parity = torch.from_numpy((-1.0) ** self.turns)  # in a reflection of the tube
        self._norm = np.ones(len(pairs))
        square, weights = across(degree + 2, dimension)
        self.across = torch.from_numpy(square), torch.from_numpy(weights)  # for integrals over xi_y, ... alone
        along, of_along = hermite_e.hermegauss(degree + 2)
        xi, square = (q.ravel() for q in np.meshgrid(along, square, indexing="ij"))
        weights = np.outer(of_along / of_along.sum(), weights).ravel()
        self.nodes, self.squares, self.weights = (torch.from_numpy(q) for q in (xi, square, weights))
        self._norm = (weights @ self._values(xi, square) ** 2) ** -0.5

    def __call__(self, xi: Tensor, square: Tensor) -> Tensor:
        """e [..., K] at xi_x [...] and |xi|^2 - xi_x^2 [...]."""
        return torch.from_numpy(self._values(xi.cpu().numpy(), square.cpu().numpy())).to(xi.device)

    def integrals(self, count: int | None = None) -> Integrals:
        """Of the first `count` functions, by default of all, which are exact; they are sums over nodes, exact too.

        d e_j / d xi_x and xi . grad e_j are of lower degree, but for deg(j) e_j, so that what integration by parts
        says of A + A^T and B + B^T is enough."""
        e = self(self.nodes, self.squares)[:, :count]
        weighted = e * self.weights[:, None]
        x = e.mT @ (self.nodes[:, None] * weighted)
        both = e.mT @ ((self.nodes**2 + self.squares - self.dimension)[:, None] * weighted)
        d = torch.from_numpy(self.degree)[:count]
        lower = (d[:, None] > d).double()
        return Integrals(x, lower * x, lower * both + torch.diag(d.double()))

    def _values(self, xi: Array, square: Array) -> Array:
        """[..., K]"""
        whole, d = xi**2 + square, self.dimension
        harmonic = [np.ones_like(xi), xi]
        for k in range(2, int(self.turns.max()) + 1):
            both = (2 * k + d - 4) * xi * harmonic[-1] - (k - 1) * whole * harmonic[-2]
            harmonic.append(both / (k + d - 3))
        pairs = zip(self.n, self.turns, strict=True)
        found = [laguerre(n, k + 0.5 * d - 1.0, 0.5 * whole) * harmonic[k] for n, k in pairs]
        values: Array = np.stack(found, -1) * self._norm
        return values


def laguerre(n: int, index: float, x: Array) -> Array:
    """(-1)^n L_n, with the index above: the coefficient of x^n is positive."""
    before, now = np.zeros_like(x), np.ones_like(x)
    for k in range(n):
        before, now = now, ((x - 2 * k - 1 - index) * now - (k + index) * before) / (k + 1)
    return now


def across(count: int, dimension: int) -> tuple[Array, Array]:
    """|xi|^2 - xi_x^2 and weights of int omega ... dxi_y ..., both [count]: exact up to its power 2 count - 1."""
    half, weights = roots_genlaguerre(count, 0.5 * (dimension - 3.0))
    return 2.0 * half, weights / weights.sum()
