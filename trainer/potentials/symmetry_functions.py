# TorchScript: this file is compiled into exported models (no `from __future__ import annotations`).
"""The symmetry functions of Behler and Parrinello, of one pair of atoms or of one triplet.

    G2: exp(-eta (r_ij - r_s)^2) f(r_ij)
    G4: 2^(1-zeta) (1 + lambda cos theta_jik)^zeta exp(-eta (r_ij^2 + r_ik^2 + r_jk^2)) f(r_ij) f(r_ik) f(r_jk)
    G5: 2^(1-zeta) (1 + lambda cos theta_jik)^zeta exp(-eta (r_ij^2 + r_ik^2)) f(r_ij) f(r_ik)

Behler, Parrinello, Phys. Rev. Lett. 98, 146401 (2007); Behler, J. Chem. Phys. 134, 074106 (2011): their names.
f is the quintic `switch` from 0 to r_c and not their cosine, which has a single continuous derivative at r_c.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from trainer.potentials.radial import switch


class RadialFunctions(nn.Module):
    """G2 for a list of (eta, r_s)."""

    eta: Tensor
    r_s: Tensor

    def __init__(self, parameters: Sequence[Sequence[float]], r_c: float, dtype: torch.dtype):
        """parameters: eta in 1/angstrom^2, r_s in angstrom, of each of the R functions."""
        super().__init__()
        self.r_c, self.count = r_c, len(parameters)
        eta, r_s = torch.tensor(list(parameters), dtype=torch.float64).view(-1, 2).unbind(1)
        self.register_buffer("eta", eta.to(dtype))
        self.register_buffer("r_s", r_s.to(dtype))

    def forward(self, r: Tensor) -> tuple[Tensor, Tensor]:
        """r: [E] -> the functions and their derivatives, [E, R] and [E, R] 1/angstrom."""
        f, df = switch(r, 0.0, self.r_c)
        x = r.unsqueeze(1) - self.r_s
        gauss = torch.exp(-self.eta * x * x)
        return gauss * f.unsqueeze(1), gauss * (df.unsqueeze(1) - 2.0 * self.eta * x * f.unsqueeze(1))


class AngularFunctions(nn.Module):
    """G4, or G5, for a list of (eta, lambda, zeta); lambda is 1 or -1.

    With y = (log(1 + cos theta), log(1 - cos theta), rho), rho the sum of squares, a function is exp(w . y + b) times
    the f: one matrix product and one exponential for all functions of all triplets, and w gives the derivatives."""

    weight: Tensor
    offset: Tensor

    def __init__(self, parameters: Sequence[Sequence[float]], r_c: float, opposite: bool, dtype: torch.dtype):
        """parameters: eta in 1/angstrom^2, lambda, zeta of the M functions. opposite: with r_jk, which is G4."""
        super().__init__()
        self.r_c, self.count, self.opposite = r_c, len(parameters), opposite
        eta, sign, zeta = torch.tensor(list(parameters), dtype=torch.float64).view(-1, 3).unbind(1)
        self.register_buffer("weight", torch.stack([zeta * (sign > 0), zeta * (sign < 0), -eta]).to(dtype))
        self.register_buffer("offset", ((1.0 - zeta) * math.log(2.0)).to(dtype))

    def functions(self, r_ij: Tensor, r_ik: Tensor, r_jk: Tensor, cosine: Tensor) -> tuple[Tensor, Tensor]:
        """All arguments [n] -> without the f: [n, M]; and f(r_ij), f(r_ik), f(r_jk) and their derivatives: [6, n]."""
        # 1e-30 under the logarithm: straight angles, where the functions are 0 (or their slope finite, for zeta = 1)
        plus, minus = (1.0 + cosine).clamp(min=1e-30).log(), (1.0 - cosine).clamp(min=1e-30).log()
        rho = r_ij * r_ij + r_ik * r_ik
        j, dj = switch(r_ij, 0.0, self.r_c)
        k, dk = switch(r_ik, 0.0, self.r_c)
        o, do = torch.ones_like(rho), torch.zeros_like(rho)
        if self.opposite:
            rho = rho + r_jk * r_jk
            o, do = switch(r_jk, 0.0, self.r_c)
        y = torch.stack([plus, minus, rho], 1)
        return torch.addmm(self.offset, y, self.weight).exp(), torch.stack([j, k, o, dj, dk, do])

    def forward(self, r_ij: Tensor, r_ik: Tensor, r_jk: Tensor, cosine: Tensor) -> Tensor:
        """The functions, [n, M]."""
        h, f = self.functions(r_ij, r_ik, r_jk, cosine)
        return h * (f[0] * f[1] * f[2]).unsqueeze(1)

    def slopes(
        self, r_ij: Tensor, r_ik: Tensor, r_jk: Tensor, cosine: Tensor, gradient: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Derivatives of sum_m gradient_m G_m with respect to r_ij, r_ik, r_jk and cos theta. gradient: [n, M]"""
        h, f = self.functions(r_ij, r_ik, r_jk, cosine)
        columns = torch.cat([torch.ones_like(self.offset).unsqueeze(1), self.weight.t()], 1)  # [M, 4]
        total, plus, minus, rho = torch.matmul(gradient * h, columns).unbind(1)
        product = f[0] * f[1] * f[2]
        of_cosine = product * (plus / (1.0 + cosine).clamp(min=1e-30) - minus / (1.0 - cosine).clamp(min=1e-30))
        twice = 2.0 * product * rho
        of_ij = f[3] * f[1] * f[2] * total + twice * r_ij
        of_ik = f[0] * f[4] * f[2] * total + twice * r_ik
        of_jk = f[0] * f[1] * f[5] * total + twice * r_jk
        return of_ij, of_ik, of_jk if self.opposite else torch.zeros_like(of_ij), of_cosine
