"""What the training data say before any training: reference energies, scales, distances."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from trainer.data.frame import Array, Frame, indices
from trainer.environment import Environment
from trainer.errors import UserError
from trainer.mechanics import centers
from trainer.potentials.radial import smooth_inverse


def composition(frame: Frame, species: Sequence[str]) -> Array:
    """[T] number of atoms of each species"""
    return np.bincount(indices(frame, species), minlength=len(species)).astype(np.float64)


def reduced(rows: Iterable[Array], width: int) -> Array:
    """R of the QR decomposition of all rows [width]: least squares of any number of equations in the memory of few."""
    r, block = np.zeros((0, width)), []
    for row in rows:
        block.append(row)
        if len(block) == 1000:
            r, block = triangle(np.concatenate([r, block])), []
    return triangle(np.concatenate([r, np.reshape(block, (-1, width))]))


def triangle(rows: Array) -> Array:
    return np.asarray(np.linalg.qr(rows, mode="r"))


def reference_energies(frames: Iterable[Frame], species: Sequence[str], given: dict[str, float] | None) -> Array:
    """e_t [T], eV: min_e |N e - E|^2 over the frames with an energy, of smallest norm where compositions leave it open.

    given: eV, for every species, in the place of the fit. Raises UserError when one is missing from it."""
    if given is not None:
        missing = [symbol for symbol in species if symbol not in given]
        if missing:
            raise UserError(f"reference: no energy for {', '.join(missing)}; give all of {', '.join(species)}, or none")
        return np.array([given[symbol] for symbol in species])
    labelled = (f for f in frames if f.energy is not None)
    r = reduced((np.append(composition(f, species), f.energy or 0.0) for f in labelled), len(species) + 1)
    return np.asarray(np.linalg.lstsq(r[:, :-1], r[:, -1], rcond=1e-12)[0]) if len(r) else np.zeros(len(species))


def energy_scale(frames: Iterable[Frame], species: Sequence[str], reference: Array) -> float:
    """Root mean square force x 1 angstrom, eV; without forces, rms deviation of the energy over atoms^(1/2)."""
    force, forces, energy, energies = 0.0, 0, 0.0, 0  # sums of squares and numbers of labels
    for f in frames:
        if f.forces is not None:
            force, forces = force + float(np.square(f.forces).sum()), forces + f.forces.size
        elif f.energy is not None:
            residual = f.energy - float(composition(f, species) @ reference)
            energy, energies = energy + residual**2 / len(f.symbols), energies + 1
    scale = (force / forces if forces else energy / max(energies, 1)) ** 0.5
    return scale if scale > 1e-6 else 1.0


def no_neighbors(r_c: float) -> UserError:
    return UserError(f"no two atoms in the training data are within the cutoff of {r_c} angstrom")


@dataclass(frozen=True)
class Surroundings:
    """Of the neighbours in the training data, s the smooth inverse of their distances."""

    mean: float  # of s, 1/angstrom
    std: float  # of s, 1/angstrom
    coordination: Tensor  # [T] mean over the atoms of a species of sum_j s_ij, 1/angstrom

    @classmethod
    def of(cls, environments: Iterable[Environment], species: int, r_s: float, r_c: float) -> "Surroundings":
        """Raises UserError when no atom has a neighbour."""
        total, atoms = torch.zeros(species, dtype=torch.float64), torch.zeros(species, dtype=torch.float64)
        count, first, second = 0, 0.0, 0.0
        for e in environments:
            r = e.displacement.to(torch.float64).norm(dim=1)
            s = smooth_inverse(r, r_s, r_c)[0]
            total.index_add_(0, e.species[centers(e.row)], s)
            atoms += torch.bincount(e.species, minlength=species)
            inside = r < r_c
            count += int(inside.sum())
            first, second = first + float(s.sum()), second + float(s.square().sum())
        if count == 0:
            raise no_neighbors(r_c)
        mean = first / count
        std = max(second / count - mean**2, 1e-12) ** 0.5
        mean_coordination = total / atoms.clamp(min=1)
        # a species that never has neighbours keeps the scale of the others
        fallback = total.sum() / atoms.sum()
        return cls(mean, std, torch.where(mean_coordination > 0, mean_coordination, fallback))


def shortest_distances(environments: Iterable[Environment], species: Sequence[str]) -> dict[str, float]:
    """angstrom, for every pair of species that meets within the cutoff, as {"H-O": .93}."""
    least = torch.full((len(species), len(species)), torch.inf, dtype=torch.float64)
    for e in environments:
        pair = e.species[centers(e.row)] * len(species) + e.species[e.neighbor]
        least.view(-1).scatter_reduce_(0, pair, e.displacement.to(torch.float64).norm(dim=1), "amin")
    return {
        f"{a}-{b}": round(float(least[i, j]), 4)
        for i, a in enumerate(species)
        for j, b in enumerate(species)
        if i <= j and least[i, j] < torch.inf
    }
