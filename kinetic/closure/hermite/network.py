# TorchScript: this file is scripted for export, so it uses TorchScript's subset of Python.
"""A learned closure of fixed Hermite moments: what g_(M+1) is, from a_3 .. a_M and g_0 .. g_M at the same place and the
flights s_j, which bring slopes from elsewhere (kinetic.moments.flights).

In the notation of kinetic.moments.hermite, where HME says g_(M+1) = 0, this says

    g_(M+1) = g' + sum_j l_j s_j + w sum_k c_k(a) g_k

g' is g_(M+1) where the gas around sees no such slope, gamma_(M+1) = 0; solvers add it. l_j begin as the coefficients of
linear waves (kinetic.moments.linear) and are trained with the rest. sum_k c_k He_k(z) = He_(M+1)(z) - prod_j (z - z_j):
the roots z_j are real and distinct by construction, and they are the characteristic speeds of the local part, (speed -
u) / sqrt(theta). The outermost two are those of HME; the gaps between them, gap_j of He_(M+1), are learned (the idea is
that of Huang, Cheng, Christlieb, Roberts and of Christlieb, Ding, Huang, Krupansky, arXiv:2401.04783),

    z_(j+1) - z_j ~ gap_j (1 + share d_j / 2)^2,    |d| < 1,    share = |b|^2 / (|b|^2 + SMALL),    b_k = a_k / sqrt(k!)

w is 1 inside of what was trained and falls to 0 beyond, where what is left is the closure of linear waves.

By construction: c_k vanish in equilibrium, where a = 0. Only the equation of f_M is touched, so conservation and the
limits of Euler and (M >= 4) Navier, Stokes and Fourier are those of HME. Arguments do not change under a change of
velocity or of units of density, velocity and length. The network sees quantities that do not change in a reflection,
and what it says of d multiplies those that do. Hidden layers made unseen flows no better, nor did coefficients of
flights that depend on the gas.
"""

import math

import torch
from numpy.polynomial import hermite_e
from torch import Tensor, nn

from kinetic.moments.hermite import roots
from kinetic.moments.linear import linear_coefficients
from kinetic.networks import SMALL, bounded, features, network, reflected


class LearnedClosure(nn.Module):
    """forward(a, g, s) -> g_(M+1) - g', inside; see above."""

    first: Tensor  # [1] the smallest root of He_(M+1)
    gaps: Tensor  # [M] between its roots
    factorial: Tensor  # [M + 1] sqrt(k!)
    mirror: Tensor  # [(M + 1) // 2, M] what is the same for a gap and its mirror image
    turned: Tensor  # [M // 2, M] what has the other sign
    powers: Tensor  # [M + 2, M + 2] z^k = sum_l powers[k, l] He_l(z)
    scale: Tensor  # [M - 2] rms of a_k / sqrt(k!) in training
    limit: Tensor  # [M - 2] its largest magnitude, with a margin: the domain

    def __init__(self, order: int, width: int, random: torch.Generator):
        """order: M >= 3; width: of the network, kinetic.networks."""
        super().__init__()
        self.order, self.small = order, SMALL
        odd, even = (order - 1) // 2, (order - 2) // 2  # of a_3 .. a_M
        self.alike, self.anti = (order + 1) // 2, order // 2
        self.speeds = network(features(odd, even), width, self.alike + odd * self.anti, random)
        self.linear = nn.Parameter(linear_coefficients(order).clone())
        z = roots(order + 1)
        self.register_buffer("first", z[:1].clone())
        self.register_buffer("gaps", torch.diff(z))
        self.register_buffer("factorial", torch.tensor([math.factorial(k) for k in range(order + 1)]).double().sqrt())
        mirror = torch.zeros(self.alike, order, dtype=torch.float64)
        turned = torch.zeros(self.anti, order, dtype=torch.float64)
        for j in range(order):
            i = min(j, order - 1 - j)
            mirror[i, j] = 1.0
            if i < self.anti:
                turned[i, j] = 1.0 if j == i else -1.0
        self.register_buffer("mirror", mirror)
        self.register_buffer("turned", turned)
        powers = torch.zeros(order + 2, order + 2, dtype=torch.float64)
        for k in range(order + 2):
            powers[k, : k + 1] = torch.from_numpy(hermite_e.poly2herme([0.0] * k + [1.0]))
        self.register_buffer("powers", powers)
        self.register_buffer("scale", torch.ones(order - 2, dtype=torch.float64))
        self.register_buffer("limit", torch.full((order - 2,), 1e3, dtype=torch.float64))

    def forward(self, a: Tensor, g: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
        """a: [..., M - 2] a_3 .. a_M; g: [..., M + 1] g_0 .. g_M; s: [..., F] flights
        (kinetic.moments.flights.Flights.last).

        -> g_(M+1) - g' [...] and where a was within what was trained [...]."""
        b = a / self.factorial[3:]
        c = self.coefficients(self.characteristic(a))
        beyond = (b.abs() / self.limit).amax(-1)
        weight = (3.0 - 2.0 * beyond).clamp(0.0, 1.0)
        return (self.linear * s).sum(-1) + weight * (c * g).sum(-1), beyond <= 1.0

    @torch.jit.export
    def characteristic(self, a: Tensor) -> Tensor:
        """Roots z_0 < ... < z_M of the quasilinear part. a: [..., M - 2] -> [..., M + 1]."""
        b = a / self.factorial[3:]
        odd, even, share = reflected(b, self.scale, self.small)
        y = self.speeds(even)
        turns = y[..., self.alike :].unflatten(-1, [-1, self.anti])
        shift = y[..., : self.alike] @ self.mirror + (odd.unsqueeze(-1) * turns).sum(-2) @ self.turned
        gaps = self.gaps * (1.0 + 0.5 * share * bounded(shift)).square()
        gaps = gaps * (self.gaps.sum() / gaps.sum(-1, keepdim=True))
        first = self.first.expand(gaps[..., :1].shape)
        return torch.cat([first, first + gaps.cumsum(-1)], -1)

    def coefficients(self, z: Tensor) -> Tensor:
        """c_k with sum_k c_k He_k(z) = He_(M+1)(z) - prod_j (z - z_j). z: [..., M + 1] -> [..., M + 1]."""
        zero = torch.zeros_like(z[..., :1])
        p = torch.ones_like(zero)
        for j in range(self.order + 1):
            p = torch.cat([zero, p], -1) - z[..., j : j + 1] * torch.cat([p, zero], -1)
        return -(p @ self.powers)[..., : self.order + 1]
