# TorchScript: this file is compiled into exported models (no `from __future__ import annotations`).
"""The power spectrum of the density of neighbours, with learned radial functions.

With A of trainer.potentials.projection, whose parts of each degree are brought to order one by scale,

    D_i^0[c]    = A_i[00, c]                               M numbers
    D_i^l[a, c] = sum_m A_i[lm, a] A_i[lm, c],  a < axis   axis M numbers for each of l = 1 ... l_max
    D_i         = ((D_i^0, D_i^1, ...) - mean) / std       of the data, for each species of i; one std for each D^l

so D^l[a, c] = sum_{j, k} R_a(r_ij) R_c(r_ik) P_l(cos theta_jik), with R the radial functions and P_l Legendre's
polynomials. The power spectrum: Bartok, Kondor, Csanyi, Phys. Rev. B 87, 184115 (2013).
"""

import math

import torch
from torch import Tensor, nn

from trainer import kernels
from trainer.potentials.projection import SplineProjection
from trainer.potentials.radial import SplineBasis


class PowerSpectrum(SplineProjection):
    """The encoder. `radial()` answers C: [T, T n, M], and weights of the channels that are all one."""

    scale: Tensor
    mean: Tensor
    std: Tensor

    def __init__(self, basis: SplineBasis, radial: nn.Module, species: int, channels: int, axis: int, l_max: int):
        """scale: [T, l_max + 1], mean, std: [T, D], are set from the data."""
        super().__init__(basis, radial, species, axis, l_max)
        self.blocks = [channels] + [axis * channels] * l_max  # numbers in D^0, D^1, ...
        dtype, size = basis.pieces.dtype, sum(self.blocks)
        self.register_buffer("scale", torch.ones(species, l_max + 1, dtype=dtype))
        self.register_buffer("mean", torch.zeros(species, size, dtype=dtype))
        self.register_buffer("std", torch.ones(species, size, dtype=dtype))

    def forward(self, p: Tensor, saved: list[Tensor], atoms: list[Tensor]) -> list[Tensor]:
        """p: [N_center, (l_max + 1)^2, T' n]; atoms: centres of each species -> D of each, [len(atoms[t]), D]."""
        c, _ = self.radial()
        descriptors: list[Tensor] = []
        for t, a in enumerate(self.channels(p, c, saved, atoms)):
            descriptors.append((self.invariants(a, self.scale[t]) - self.mean[t]) / self.std[t])
        return descriptors

    def invariants(self, a: Tensor, scale: Tensor) -> Tensor:
        """A: [n, (l_max + 1)^2, M], scale of each degree: [l_max + 1] -> D before it is normalised: [n, D]"""
        if not torch.jit.is_scripting():  # noqa: SIM102, for TorchScript
            if kernels.usable(a):
                of_row = scale[[math.isqrt(lm) for lm in range(a.shape[1])]]
                return kernels.describe(a * of_row.unsqueeze(1), self.axis, True)
        parts = [scale[0] * a[:, 0]]
        for l in range(1, self.l_max + 1):  # noqa: E741, the formula's
            a_l = scale[l] * a[:, l * l : (l + 1) * (l + 1)]
            parts.append(torch.bmm(a_l[:, :, : self.axis].transpose(1, 2), a_l).flatten(1))
        return torch.cat(parts, 1)
