# TorchScript: this file is scripted for export, so it uses TorchScript's subset of Python.
"""A learned closure of moment equations by projection (kinetic.moments.projection), in whose frame P d_t f has the
coefficients -sqrt(theta) (sum_k X_jk g_k + h_j) - collisions:

    h_j = sum_k [ w S_jk(b) g_k + (C C^T)_jk (K g_k) + sum_alpha Q_jk (E_alpha g_k) ],    j, k >= 3

what e_0 .. e_M do not span, with the flights K and E (kinetic.moments.flights). C and Q are numbers, which begin as
what linear waves ask for, and w times functions of b and of the Knudsen number of the place. w is 1 inside of what was
trained and falls to 0 beyond.

By construction: X + w S is symmetric, so the characteristic speeds are real, and |S| <= MOST, so they are bounded; C
C^T is positive semidefinite and Q symmetric, so no small wave grows, at any wavelength or Knudsen number. C C^T and the
even part of S couple functions of equal and of unequal parity as a reflection has it. The conserved moments and the
heat flux's part in them are not touched; where b = 0 everywhere, h = 0; b, g and h do not change under a change of
velocity or of the units of density, velocity and length.
"""

from typing import Any

import torch
from torch import Tensor, nn

from kinetic.moments.flights import RATES
from kinetic.networks import SMALL, bounded, features, network, sorted_by_parity

TINY = 1e-30  # squares of an inverse length: keeps the derivative of a square root finite at 0
MOST = 0.5  # bound of |S|: how much faster than X alone a signal can be
CHANGE = 1.0  # bound of the norm of what b adds to C or Q, for each of the rates


class SymmetricClosure(nn.Module):
    """forward(b, g, arrived, excess, path) -> h, inside; see above."""

    fastest: Tensor  # [] bound of |characteristic speed - u| / sqrt(theta)
    couple: Tensor  # [M + 1, M + 1] X
    odd: Tensor  # which of b_3 .. b_M change their signs in a reflection
    even: Tensor  # and which do not
    alike: Tensor  # [n_C, n^2] the elements of a lower triangle that couple functions of one parity, n = M - 2
    unlike: Tensor  # [n_Q, n^2] of a symmetric matrix that couples functions of both
    symmetric: Tensor  # [n_C, n^2] of one that couples functions of one parity
    scale: Tensor  # [n] rms of b_3 .. b_M in training
    limit: Tensor  # [n] their largest magnitude, with a margin: the domain

    def __init__(self, couple: Tensor, parity: Tensor, width: int, random: torch.Generator):
        """couple: X; parity: [M + 1] signs of e_0 .. e_M in a reflection; width: of the network, kinetic.networks."""
        super().__init__()
        self.order, self.rates = len(couple) - 1, len(RATES)
        self.small, self.tiny, self.most, self.change = SMALL, TINY, MOST, CHANGE
        n, signs = self.order - 2, parity[3:].cpu()
        self.register_buffer("couple", 0.5 * (couple + couple.mT))
        self.register_buffer("fastest", torch.linalg.eigvalsh(self.couple)[-1] + MOST)
        self.register_buffer("odd", torch.nonzero(signs < 0).flatten())
        self.register_buffer("even", torch.nonzero(signs > 0).flatten())
        lower, both, same = [], [], []
        for j in range(n):
            for k in range(j + 1):
                one = torch.zeros(n, n, dtype=torch.float64)
                one[j, k] = 1.0
                if signs[j] != signs[k]:
                    both.append(one + one.mT)
                else:
                    lower.append(one)
                    same.append(torch.maximum(one, one.mT))
        for name, found in (("alike", lower), ("unlike", both), ("symmetric", same)):
            self.register_buffer(name, torch.stack(found).flatten(1))
        # of C, of Q for each of the rates, of the even part of S, of the odd part for each odd moment
        self.sizes = [len(lower), self.rates * len(both), len(both), len(self.odd) * len(same)]
        self.network = network(features(len(self.odd), len(self.even)) + 1, width, sum(self.sizes), random)
        self.damping = nn.Parameter(torch.full((len(lower),), 0.3, dtype=torch.float64))
        self.shifting = nn.Parameter(torch.zeros(self.rates, len(both), dtype=torch.float64))
        self.register_buffer("scale", torch.ones(n, dtype=torch.float64))
        self.register_buffer("limit", torch.full((n,), 1e3, dtype=torch.float64))

    def forward(self, b: Tensor, g: Tensor, arrived: Tensor, excess: Tensor, path: Tensor) -> tuple[Tensor, Tensor]:
        """b: [..., n] b_3 .. b_M; g: [..., M + 1]; arrived: [..., n] K g_k; excess: [..., len(RATES), n]
        E_alpha g_k; path: [...] eps sqrt(theta), the mean free path.

        -> h_3 .. h_M [..., n] and where b was within what was trained [...]."""
        n = self.order - 2
        norm = (g.square().sum(-1, keepdim=True) + self.tiny).sqrt()
        beyond = (b.abs() / self.limit).amax(-1, keepdim=True)
        weight = (3.0 - 2.0 * beyond).clamp(0.0, 1.0)
        damping, shifting, s = self.parts(b, path.unsqueeze(-1) * norm)
        weighted = weight.unsqueeze(-1) * self.change
        c = (self.damping + weight * self.change * bounded(damping)) @ self.alike
        q = (self.shifting + weighted * bounded(shifting.unflatten(-1, [self.rates, -1]))) @ self.unlike
        c, q = c.unflatten(-1, [n, n]), q.unflatten(-1, [n, n])
        spread = (c * arrived.unsqueeze(-1)).sum(-2)  # C^T K g
        flown = (c * spread.unsqueeze(-2)).sum(-1) + (q * excess.unsqueeze(-2)).sum(-1).sum(-2)
        local = (s * g[..., 3:].unsqueeze(-2)).sum(-1)
        return flown + weight * local, beyond.squeeze(-1) <= 1.0

    @torch.jit.export
    def characteristic(self, b: Tensor) -> Tensor:
        """(speed - u) / sqrt(theta) of the local part where flows vary slowly, ascending. [..., n] -> [..., M + 1]"""
        _, _, s = self.parts(b, torch.zeros_like(b[..., :1]))
        whole = self.couple.expand(b.shape[:-1] + self.couple.shape).clone()
        whole[..., 3:, 3:] += s
        return torch.linalg.eigvalsh(whole)

    def parts(self, b: Tensor, knudsen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the network says of C and Q, and S; all of them vanish in equilibrium."""
        signs, seen, share = sorted_by_parity(b, self.scale, self.small, self.odd, self.even)
        y = self.network(torch.cat([seen, knudsen / (1.0 + knudsen)], -1)) * share
        damping, shifting, even, odd = y.split(self.sizes, -1)
        turned = (signs.unsqueeze(-1) * odd.unflatten(-1, [signs.shape[-1], -1])).sum(-2)
        return damping, shifting, self.speeds(even, turned)

    def speeds(self, even: Tensor, odd: Tensor) -> Tensor:
        """S [..., n, n]"""
        n = self.order - 2
        s = even @ self.unlike + odd @ self.symmetric
        bound = self.most / (1.0 + s.square().sum(-1, keepdim=True)).sqrt()  # of Frobenius' norm
        return (s * bound).unflatten(-1, [n, n])


def linear_part(module: Any) -> tuple[Tensor, Tensor]:
    """C C^T [n, n] and Q [len(RATES), n, n] of linear waves."""
    n = len(module.limit)
    c, q = (
        (module.damping @ module.alike).unflatten(-1, (n, n)),
        (module.shifting @ module.unlike).unflatten(-1, (n, n)),
    )
    return c @ c.mT, q
