"""Arrangements of atoms for every kind of box; no two atoms closer than 0.7 angstrom."""

import numpy as np
from ase import Atoms
from ase.geometry import get_distances


def scatter(count: int, cell: list[list[float]] | list[float], pbc: bool | list[bool], seed: int) -> Atoms:
    """Random O and H in the cell, a margin away from its faces."""
    rng = np.random.default_rng(seed)
    atoms = Atoms(cell=cell, pbc=pbc)
    while len(atoms) < count:
        position = rng.uniform(0.02, 0.98, 3) @ atoms.cell.array
        if len(atoms) == 0 or get_distances(position, atoms.positions, cell=atoms.cell, pbc=pbc)[1].min() > 0.7:
            atoms += Atoms(["O" if len(atoms) % 3 == 0 else "H"], [position])
    return atoms


def orthogonal() -> Atoms:
    return scatter(60, [9.0, 10.0, 11.0], True, seed=1)


def triclinic() -> Atoms:
    return scatter(60, [[9.0, 0.0, 0.0], [3.0, 9.5, 0.0], [-2.0, 4.0, 10.0]], True, seed=2)


def small() -> Atoms:
    """Every edge shorter than the cutoff: an atom is its own neighbour several times."""
    return scatter(5, [[3.1, 0.0, 0.0], [0.9, 3.3, 0.0], [-0.6, 1.2, 2.9]], True, seed=3)


def cluster() -> Atoms:
    """A molecule, and one atom without neighbours."""
    atoms = scatter(12, [6.0, 6.0, 6.0], False, seed=4)
    atoms.set_cell([20.0, 20.0, 20.0])
    return atoms + Atoms("O", [[17.0, 18.0, 16.0]])


def slab() -> Atoms:
    return scatter(30, [[7.0, 0.0, 0.0], [2.0, 7.5, 0.0], [0.0, 0.0, 12.0]], [True, True, False], seed=5)


def corner() -> Atoms:
    """All atoms in the first quarter of a long box: of four ranks along x, three have none."""
    atoms = scatter(12, [5.0, 6.0, 6.0], False, seed=6)
    atoms.set_cell([60.0, 6.0, 6.0])
    return atoms


def hydrogen() -> Atoms:
    """One atom, no pair."""
    return Atoms("H", [[5.0, 5.0, 5.0]], cell=[10.0, 10.0, 10.0], pbc=False)
