# TorchScript: this file is scripted for export, so it uses TorchScript's subset of Python.
"""A learned closure of fixed Hermite moments: what g_(M+1) is, from a_3 .. a_M and g_0 .. g_M at the same place.

In the notation of kinetic.moments.hermite, where HME says g_(M+1) = 0, this says

    g_(M+1) = w ( sum_k c_k(a) g_k + r sum_j t_j a_j ),    j = M, M - 2, ... >= 3

sum_k c_k He_k(z) = He_(M+1)(z) - prod_j (z - z_j): the roots z_j are real and distinct by construction, and they are
the characteristic speeds of the quasilinear part, (speed - u) / sqrt(theta). The outermost two are those of HME; the
gaps between are learned (the idea is that of Huang, Cheng, Christlieb, Roberts and of Christlieb, Ding, Huang,
Krupansky, arXiv:2401.04783). r is the inverse length on which the a_k vary, and t_M >= 0: molecules that mix in phase
damp the highest moment that is left, which no system of few hyperbolic equations does by itself. w is 1 inside of what
was trained and falls to 0 beyond, where this is HME.

By construction: c_k and the second sum vanish in equilibrium, where a = 0, and only the equation of f_M is touched, so
conservation and the limits of Euler and (M >= 4) Navier, Stokes and Fourier are those of HME. Arguments do not change
under a change of velocity or of units of density, velocity and length. Networks see quantities that do not change in a
reflection, and multiply those that do.
"""

import math
from itertools import pairwise

import torch
from numpy.polynomial import hermite_e
from torch import Tensor, nn

SMALL = 0.02  # sqrt(sum a_k^2 / k!) below which a gas is near equilibrium
TINY = 1e-30  # squares of an inverse length: keeps the derivative of a square root finite at 0


def outer(x: Tensor, y: Tensor) -> Tensor:
    """All products: [..., n], [..., m] -> [..., n m]."""
    return (x.unsqueeze(-1) * y.unsqueeze(-2)).flatten(-2)


class LearnedClosure(nn.Module):
    """forward(a, g, path) -> g_(M+1), inside; see above."""

    first: Tensor  # [1] the smallest root of He_(M+1)
    gaps: Tensor  # [M] between its roots
    factorial: Tensor  # [M + 1] sqrt(k!)
    mirror: Tensor  # [(M + 1) // 2, M] what is the same for a gap and its mirror image
    turned: Tensor  # [M // 2, M] what has the other sign
    powers: Tensor  # [M + 2, M + 2] z^k = sum_l powers[k, l] He_l(z)
    scale: Tensor  # [M - 2] rms of a_k / sqrt(k!) in training
    limit: Tensor  # [M - 2] its largest magnitude, with a margin: the domain

    def __init__(self, order: int, width: int, random: torch.Generator):
        """order: M >= 3; width: of the two hidden layers of each network."""
        super().__init__()
        self.order = order
        self.small, self.tiny = SMALL, TINY
        odd, even = (order - 1) // 2, (order - 2) // 2  # of a_3 .. a_M
        turn, stay = (
            order // 2 + 1,
            (order + 1) // 2,
        )  # of g_0 .. g_M: a reflection changes the sign of those with even k
        damped = (odd, even)[1 - order % 2]
        self.alike, self.anti = (order + 1) // 2, order // 2
        speeds = [even + odd * odd + 1, width, width, self.alike + odd * self.anti]
        rates = [even + odd * odd + 2 + stay + odd * turn + turn * turn, width, width, damped]
        self.speeds, self.rates = network(speeds, random), network(rates, random)
        z = torch.from_numpy(hermite_e.hermegauss(order + 1)[0])
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

    def forward(self, a: Tensor, g: Tensor, path: Tensor) -> tuple[Tensor, Tensor]:
        """a: [..., M - 2] a_3 .. a_M; g: [..., M + 1] g_0 .. g_M; path: [...] eps sqrt(theta), the mean free path.

        -> g_(M+1) [...] and where a was within what was trained [...]."""
        b = a / self.factorial[3:]
        z = self.characteristic(a)
        c = self.coefficients(z)
        scaled = g / self.factorial
        norm = (scaled.square().sum(-1) + self.tiny).sqrt()
        size = b.square().sum(-1).sqrt()
        rate = (scaled[..., 3:].square().sum(-1) + self.tiny).sqrt() / (
            b.square().sum(-1) + self.small * self.small
        ).sqrt()
        t = self.damping(b, scaled / norm.unsqueeze(-1), path * norm, size)
        damp = rate * (t * b[..., (self.order - 3) % 2 :: 2]).sum(-1) * self.factorial[self.order]
        beyond = (b.abs() / self.limit).amax(-1)
        weight = (3.0 - 2.0 * beyond).clamp(0.0, 1.0)
        return weight * ((c * g).sum(-1) + damp), beyond <= 1.0

    @torch.jit.export
    def characteristic(self, a: Tensor) -> Tensor:
        """Roots z_0 < ... < z_M of the quasilinear part. a: [..., M - 2] -> [..., M + 1]."""
        b = a / self.factorial[3:]
        x = b / self.scale
        odd, size = x[..., 0::2], b.square().sum(-1, keepdim=True)
        share = size / (size + self.small)
        y = self.speeds(torch.cat([x[..., 1::2].tanh(), outer(odd, odd).tanh(), share], -1))
        turns = y[..., self.alike :].unflatten(-1, [-1, self.anti])
        shift = y[..., : self.alike] @ self.mirror + (odd.tanh().unsqueeze(-1) * turns).sum(-2) @ self.turned
        gaps = self.gaps * (share * shift.tanh()).exp()
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

    def damping(self, b: Tensor, direction: Tensor, knudsen: Tensor, size: Tensor) -> Tensor:
        """t_j for j = ..., M - 2, M: >= 0 for M, and of any sign for the others. -> [..., number of j]"""
        x = b / self.scale
        odd, turning = x[..., 0::2].tanh(), direction[..., 0::2]
        scalars = torch.stack([knudsen / (1.0 + knudsen), size / (size + self.small)], -1)
        features = [
            x[..., 1::2].tanh(),
            outer(odd, odd),
            scalars,
            direction[..., 1::2],
            outer(odd, turning),
            outer(turning, turning),
        ]
        y = self.rates(torch.cat(features, -1))
        return torch.cat([2.0 * y[..., :-1].tanh(), nn.functional.softplus(y[..., -1:] - 2.0)], -1)


def network(widths: list[int], random: torch.Generator) -> nn.Sequential:
    """Linear layers with silu between them; the last one begins as 0, so that an untrained closure is nearly HME."""
    layers: list[nn.Module] = []
    for k, (n, m) in enumerate(pairwise(widths)):
        layer = nn.Linear(n, m, dtype=torch.float64)
        last = k == len(widths) - 2
        with torch.no_grad():
            layer.weight.normal_(0.0, 0.0 if last else n**-0.5, generator=random)
            layer.bias.zero_()
        layers += [layer] if last else [layer, nn.SiLU()]
    return nn.Sequential(*layers)
