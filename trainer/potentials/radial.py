# TorchScript: this file is compiled into exported models (no `from __future__ import annotations`).
"""Radial functions of a distance: the smooth inverse s(r) and uniform quintic B-splines B_k(r)."""

import torch
from torch import Tensor, nn

R_0 = 1.0  # angstrom, of chebyshev()
DEGREE = 5  # quintic: four continuous derivatives, six functions non-zero at any r


def switch(r: Tensor, inner: float, outer: float) -> tuple[Tensor, Tensor]:
    """u(x) = 1 - x^3 (6 x^2 - 15 x + 10) and du/dr, x = (r - inner) / (outer - inner); 1 below, 0 beyond, in C^2.

    DeePMD-kit's switch, and the cutoff function that n2p2 calls the second polynomial. r: [E] angstrom."""
    x = ((r - inner) / (outer - inner)).clamp(0.0, 1.0)
    u = 1.0 - x * x * x * (x * (6.0 * x - 15.0) + 10.0)
    return u, -30.0 * x * x * (x - 1.0) * (x - 1.0) / (outer - inner)


def smooth_inverse(r: Tensor, r_s: float, r_c: float) -> tuple[Tensor, Tensor]:
    """s(r) = u(r) / r and ds/dr, u the switch from r_s to r_c. r: [E] angstrom, > 0 -> 1/angstrom, 1/angstrom^2.

    Zhang et al., NeurIPS 2018, Eq. (5)."""
    u, du = switch(r, r_s, r_c)
    s = u / r
    return s, (du - s) / r


def chebyshev(r: Tensor, r_c: float, count: int) -> Tensor:
    """Chebyshev's polynomials T_b(x), b < count, x = 2 (1 - r / r_c) / (1 + r / r_0) - 1: [n, count].

    x falls from 1 at r = 0 to -1 at r_c, linear in 1 / (r + r_0), so that the polynomials are finer at short distances;
    beyond the ends it is constant. r: [n] float64, angstrom"""
    r = r.clamp(0.0, r_c)
    x = 2.0 * (1.0 - r / r_c) / (1.0 + r / R_0) - 1.0
    return torch.cos(torch.arange(count, dtype=r.dtype) * torch.arccos(x).unsqueeze(1))


def bspline_pieces() -> Tensor:
    """The quintic B-spline on its six intervals: p[n, q], coefficient of tau^n in B_{m+q}(m + tau), 0 <= tau < 1.

    Cox-de Boor on integer knots: B^d(x) = (x B^{d-1}(x) + (d + 1 - x) B^{d-1}(x - 1)) / d, piece by piece. [6, 6]"""
    # pieces[q] is the polynomial in tau of the cardinal spline on [q, q + 1]
    pieces = [torch.ones(1, dtype=torch.float64)]
    for d in range(1, DEGREE + 1):
        grown = []
        for q in range(d + 1):
            polynomial = torch.zeros(d + 1, dtype=torch.float64)
            if q < d:  # x B^{d-1}(x), x = q + tau
                polynomial[:d] += q * pieces[q]
                polynomial[1:] += pieces[q]
            if q > 0:  # (d + 1 - x) B^{d-1}(x - 1)
                polynomial[:d] += (d + 1 - q) * pieces[q - 1]
                polynomial[1:] -= pieces[q - 1]
            grown.append(polynomial / d)
        pieces = grown
    # B_{m+q} has its own coordinate in piece DEGREE - q: the newest function is in its first piece
    return torch.stack([pieces[DEGREE - q] for q in range(DEGREE + 1)], dim=1)


class SplineBasis(nn.Module):
    """u_k(r) = s(r) B_k(r), B_k quintic B-splines on uniform knots of [0, r_c], k < n = r_c / h + 5."""

    pieces: Tensor

    def __init__(self, r_s: float, r_c: float, spacing: float, dtype: torch.dtype):
        """r_s, r_c: where the smooth inverse starts to switch off, and the cutoff; spacing: about; all angstrom."""
        super().__init__()
        intervals = max(1, round(r_c / spacing))
        self.r_s, self.r_c, self.h = r_s, r_c, r_c / intervals
        self.intervals, self.n = intervals, intervals + DEGREE
        self.register_buffer("pieces", bspline_pieces().to(dtype))

    def abscissae(self) -> Tensor:
        """Where function k is centred: x_k = (k - 2) h. [n] float64, angstrom."""
        return (torch.arange(self.n, dtype=torch.float64) - (DEGREE - 1) / 2) * self.h

    def definition(self) -> tuple[Tensor, float, float, int]:
        """What the kernels must know."""
        return self.pieces, self.r_s, self.r_c, self.intervals

    def forward(self, r: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """r: [E] angstrom, > 0 -> first function m [E] int64, u [E, 6] and du/dr [E, 6] of the functions m .. m + 5."""
        x = r / self.h
        m = x.floor().clamp(0, self.intervals - 1)
        tau = (x - m).unsqueeze(1)
        p = self.pieces
        b, db = p[5].expand(len(r), 6), torch.zeros_like(p[5])
        for n in [4, 3, 2, 1, 0]:  # Horner, for the value and the derivative at once
            db = db * tau + b
            b = b * tau + p[n]
        s, ds = smooth_inverse(r, self.r_s, self.r_c)
        s, ds = s.unsqueeze(1), ds.unsqueeze(1)
        return m.to(torch.int64), s * b, ds * b + (s / self.h) * db
