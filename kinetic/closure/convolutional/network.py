# TorchScript: this file is scripted for export, so it uses TorchScript's subset of Python.
"""A closure of learned moments that depends on the mesh: in the place of flights, which are integrals, convolutions
over so many cells to each side, which are learned.

    (K g)_i = 2 / pi sum_m 1 / m [ s_im s_(i-m)m g_(i-m) - s_im s_(i+m)m g_(i+m) ],    m = 1, 3, 5 .. R
    s_im^2 = p_m sum_q w_q exp(-a_q m / n_i),    n = eps sqrt(theta) / dx

with p_1 >= p_3 >= ... >= p_R >= 0 and w, a >= 0, all of them learned, for each of the RATES: begun as flights on the
mesh, cut off after R cells. (The third model of J. Han, C. Ma, Z. Ma, W. E, PNAS 116, 21983 (2019), is of this kind.)

The first K is in the place of that of flights, and -K K g for each of the RATES in that of E g. The rest is that of
kinetic.closure.generalised.network, and so is what holds by construction. Here no small wave grows since K is
antisymmetric, and sum_m c_m sin(m k) / m >= 0 for 0 <= k <= pi if c falls with odd m: so are its partial sums for c = 1
(Fejer)."""

import math

import torch
from torch import Tensor, nn

from kinetic.autoencoder.functions import Autoencoder
from kinetic.closure.generalised.network import GeneralisedClosure
from kinetic.moments.flights import RATES

TERMS = 3  # exponentials of a kernel


class ConvolutionalClosure(nn.Module):
    """forward(b, g, path, dx) -> h, inside: along a periodic mesh; see above."""

    def __init__(self, autoencoder: Autoencoder, width: int, reach: int, random: torch.Generator):
        """reach: R; the others are those of GeneralisedClosure."""
        super().__init__()
        self.local = GeneralisedClosure(autoencoder, width, random)
        self.order, self.reach = self.local.order, reach
        count = (reach + 1) // 2
        shape = (len(RATES), TERMS)
        decay = torch.tensor(RATES, dtype=torch.float64)[:, None] * torch.tensor([1.0, 0.5, 2.0], dtype=torch.float64)
        self.decay = nn.Parameter(decay.log())  # of a_q
        self.weight = nn.Parameter(torch.tensor([0.8, 0.1, 0.1], dtype=torch.float64).expand(shape).log().clone())
        self.steps = nn.Parameter(torch.full((len(RATES), count), -4.0, dtype=torch.float64))  # of ln(p_m - p_(m+1))
        with torch.no_grad():
            self.steps[:, -1] = 0.0

    def forward(self, b: Tensor, g: Tensor, path: Tensor, dx: float) -> tuple[Tensor, Tensor]:
        """b: [..., nx, n] b_3 .. b_M; g: [..., nx, M + 1]; path: [..., nx] eps sqrt(theta), the mean free path; dx: the
        width of a cell.

        -> h_3 .. h_M [..., nx, n] and where b was within what was trained [..., nx]."""
        root = self.kernel(path / dx)
        carried = self.convolved(g[..., 3:].unsqueeze(-2).expand(g.shape[:-1] + root.shape[-2:-1] + b.shape[-1:]), root)
        return self.local(b, g, carried[..., 0, :], -self.convolved(carried, root), path)

    def kernel(self, free: Tensor) -> Tensor:
        """s_im. free: [..., nx] n -> [..., nx, len(RATES), (R + 1) / 2]"""
        m = torch.arange(1, self.reach + 1, 2, dtype=free.dtype, device=free.device)
        falling = self.steps.exp().flip(-1).cumsum(-1).flip(-1)
        far = m.unsqueeze(-1) / free.unsqueeze(-1).unsqueeze(-1).unsqueeze(-1)  # [..., nx, 1, R, 1]
        terms = (self.weight.unsqueeze(-2) - self.decay.exp().unsqueeze(-2) * far).exp()
        return (falling * terms.sum(-1)).sqrt()

    def convolved(self, q: Tensor, root: Tensor) -> Tensor:
        """K q. q: [..., nx, len(RATES), n]"""
        found = torch.zeros_like(q)
        for k in range(root.shape[-1]):
            s, m = root[..., k].unsqueeze(-1), 2 * k + 1
            carried = s * q
            found = found + s * (2.0 / (math.pi * m)) * (carried.roll(m, -3) - carried.roll(-m, -3))
        return found
