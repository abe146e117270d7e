# TorchScript: this file is compiled into exported models (no `from __future__ import annotations`).
"""The universal screened repulsion of nuclei of Ziegler, Biersack and Littmark, switched off between two distances.

    V(r) = Z Z' e^2 / (4 pi eps_0 r) phi(r / a) + S(r),    a = 0.46850 angstrom / (Z^0.23 + Z'^0.23)
    phi(x) = 0.18175 exp(-3.19980 x) + 0.50986 exp(-0.94229 x) + 0.28022 exp(-0.40290 x) + 0.02817 exp(-0.20162 x)
    S(r) = C below r_1, C + A/3 (r - r_1)^3 + B/4 (r - r_1)^4 up to r_2: V, V' and V'' are 0 at r_2 and beyond

Ziegler, Biersack, Littmark: The Stopping and Range of Ions in Solids, Pergamon 1985. S is that of LAMMPS's pair styles
zbl and lj/gromacs, so that `pair_style zbl r_1 r_2` gives the same numbers.
"""

import torch
from ase.units import Bohr, Hartree
from torch import Tensor, nn

COULOMB = Hartree * Bohr  # e^2 / (4 pi eps_0), eV angstrom


class ZBL(nn.Module):
    """The term E_i = 1/2 sum_j V(r_ij). Its features are these energies: nothing is learned.

    As everywhere, 1e-6 angstrom under the root keep the energy of atoms on top of each other finite."""

    unit: Tensor
    table: Tensor

    def __init__(self, charges: Tensor, inner: Tensor, outer: Tensor, dtype: torch.dtype):
        """charges: [T], Z of the species; inner, outer: [T, T] angstrom, r_1 < r_2 of the pairs.

        unit, eV, is the potential's scale, in which terms answer: set with it."""
        super().__init__()
        self.species = len(charges)
        z = charges.to(torch.float64)
        strength = COULOMB * z.unsqueeze(1) * z
        rate = (z.pow(0.23).unsqueeze(1) + z.pow(0.23)) / 0.46850
        v, dv, ddv = screened(outer, strength, rate)
        w = outer - inner
        a, b = (-3.0 * dv + w * ddv) / w**2, (2.0 * dv - w * ddv) / w**3
        c = -v + 0.5 * w * dv - w**2 * ddv / 12.0
        self.register_buffer("unit", torch.ones((), dtype=dtype))
        # [7, T T] of each pair of species
        self.register_buffer("table", torch.stack([strength, rate, inner, outer, a, b, c]).flatten(1).to(dtype))

    def project(
        self, species: Tensor, center: Tensor, neighbor: Tensor, displacement: Tensor, centers: int
    ) -> tuple[Tensor, list[Tensor]]:
        """Energies: [N_center] eV, and what `pullback` needs again. center, neighbor: [E], displacement: [E, 3]."""
        pair = species.index_select(0, center) * self.species + species.index_select(0, neighbor)
        reach = self.table[3].index_select(0, pair)
        r = (displacement.square().sum(1) + 1e-12).sqrt()
        near = torch.nonzero(r < reach).squeeze(1)
        pair, r = pair.index_select(0, near), r.index_select(0, near)
        p = self.table.index_select(1, pair)
        v, dv, _ = screened(r, p[0], p[1])
        x = (r - p[2]).clamp(min=0.0)
        v = v + p[6] + x * x * x * (p[4] / 3.0 + 0.25 * p[5] * x)
        dv = dv + x * x * (p[4] + p[5] * x)
        of_near = center.index_select(0, near)
        energy = torch.zeros(centers, dtype=v.dtype, device=v.device).index_add_(0, of_near, 0.5 * v)
        slope = (0.5 * dv / r).unsqueeze(1) * displacement.index_select(0, near)
        return energy, [slope, near, of_near, displacement]

    def energy(self, features: Tensor, saved: list[Tensor], species: Tensor, q: Tensor) -> Tensor:
        return features / self.unit

    def pullback(self, gradient: Tensor, saved: list[Tensor]) -> Tensor:
        """g_ij = dE/dE_i dV(r_ij)/dr_ij / 2: [N_center] -> [E, 3]"""
        slope, near, of_near, displacement = saved[0], saved[1], saved[2], saved[3]
        g = gradient.index_select(0, of_near).unsqueeze(1) * slope
        return torch.zeros_like(displacement).index_copy(0, near, g)


def screened(r: Tensor, strength: Tensor, rate: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """V(r) without S, dV/dr and d2V/dr2: eV, angstrom. strength: Z Z' e^2 / (4 pi eps_0); rate: 1 / a."""
    phi, dphi, ddphi = torch.zeros_like(r), torch.zeros_like(r), torch.zeros_like(r)
    for w, k in ((0.18175, 3.19980), (0.50986, 0.94229), (0.28022, 0.40290), (0.02817, 0.20162)):
        part, slope = w * torch.exp(-k * rate * r), -k * rate
        phi, dphi, ddphi = phi + part, dphi + slope * part, ddphi + slope * slope * part
    return (
        strength * phi / r,
        strength * (dphi - phi / r) / r,
        strength * (ddphi - 2.0 * (dphi - phi / r) / r) / r,
    )
