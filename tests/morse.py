# TorchScript's subset: no `from __future__ import annotations` here.
"""A solid whose answers are known in closed form: nearest neighbours bound by Morse's potential, as a model file.

    E_i = 1/2 sum_j D [(1 - exp(-a (r - r_0)))^2 - 1] u(r),    u = 1 below r_1, 0 beyond r_c, in C^2

In the face-centred cubic crystal of edge 2^(1/2) r_0 only nearest neighbours feel each other, as springs k = 2 D a^2 at
rest. For masses m (Born and Huang, Dynamical Theory of Crystal Lattices, 1954, par. 11 and 23):

    E = -6 D an atom    B = 4 k / 3 edge    C_11 = 2 k / edge, C_12 = C_44 = k / edge    m w^2 = 8 k, 4 k, 4 k at X
"""

import dataclasses
from pathlib import Path
from typing import Any

import ase.build
import torch
from ase import Atoms
from torch import Tensor, nn

from trainer import export
from trainer.contract import PotentialMetadata

D, A, R0, R1, CUTOFF = 0.35, 1.6, 2.6, 3.1, 3.5  # eV, 1/angstrom, angstrom
SPRING = 2 * D * A**2  # eV/angstrom^2
EDGE = 2**0.5 * R0  # angstrom


class Morse(nn.Module):
    """depth, eV, is a buffer: committees of different depths have deviations that are known too."""

    depth: Tensor

    def __init__(self, depth: float = D):
        super().__init__()
        self.register_buffer("depth", torch.tensor(depth, dtype=torch.float64))
        self.a, self.r_0, self.r_1, self.r_c = A, R0, R1, CUTOFF

    def forward(self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor) -> tuple[Tensor, Tensor]:
        return self.of_pairs(row, displacement)

    def of_pairs(self, row: Tensor, displacement: Tensor) -> tuple[Tensor, Tensor]:
        count = len(row) - 1
        center = torch.repeat_interleave(torch.arange(count), row.diff())
        r = (displacement.square().sum(1) + 1e-12).sqrt()
        x = ((r - self.r_1) / (self.r_c - self.r_1)).clamp(0.0, 1.0)
        u = 1.0 - x * x * x * (x * (6.0 * x - 15.0) + 10.0)
        du = -30.0 * x * x * (x - 1.0) * (x - 1.0) / (self.r_c - self.r_1)
        e = torch.exp(-self.a * (r - self.r_0))
        well = self.depth * ((1.0 - e) * (1.0 - e) - 1.0)
        slope = 2.0 * self.depth * self.a * (1.0 - e) * e
        energy = torch.zeros(count, dtype=r.dtype).index_add(0, center, 0.5 * well * u)
        return energy, (0.5 * (slope * u + well * du) / r).unsqueeze(1) * displacement


class HotMorse(Morse):
    """The same with depths (1 - T_i) D, T the parameter electron_temperature of each atom."""

    def forward(
        self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor, parameters: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        assert parameters is not None
        scale = 1.0 - parameters[:, 0]
        energy, gradient = self.of_pairs(row, displacement)
        return scale * energy, torch.repeat_interleave(scale, row.diff()).unsqueeze(1) * gradient


def write_morse(path: Path, module: nn.Module | None = None, **changes: Any) -> Path:
    """changes: of the metadata."""
    metadata = PotentialMetadata(
        dtype="float64", units={"energy": "eV", "length": "angstrom"}, species=("Cu",), cutoff=CUTOFF
    )
    export.save(module or Morse(), dataclasses.replace(metadata, **changes), path)
    return path


def copper(repeat: int = 1, rattle: float = 0.0, seed: int = 0) -> Atoms:
    """The crystal at rest, `repeat` cubic cells along each edge, or with its atoms displaced at random."""
    atoms = ase.build.bulk("Cu", "fcc", a=EDGE, cubic=True) * (repeat, repeat, repeat)
    atoms.rattle(rattle, seed=seed)
    return atoms
