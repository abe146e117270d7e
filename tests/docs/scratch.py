"""What the documentation takes for granted in the reader's folder: some water, models of it, copper."""

from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.calculators.singlepoint import SinglePointCalculator
from models import untrained, write_model

from ase_calculator import Potential

BOX = 6.6  # angstrom, of eight molecules


def water(seed: int) -> Atoms:
    """Eight molecules on a lattice, a little out of place."""
    random = np.random.default_rng(seed)
    molecule = np.array([[0.0, 0.0, 0.0], [0.76, 0.59, 0.0], [-0.76, 0.59, 0.0]])
    sites = [np.array([i, j, k]) * BOX / 2 for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    positions = np.concatenate([molecule + site + 1.0 for site in sites])
    atoms = Atoms("OHH" * 8, positions + random.normal(0, 0.05, positions.shape), cell=[BOX] * 3, pbc=True)
    atoms.set_cell(atoms.cell * (1 + random.normal(0, 0.01)), scale_atoms=True)
    return atoms


def fill(folder: Path) -> None:
    """frames.xyz, test.xyz, water.data, water.xyz, copper.xyz; model.pt and the committee a.pt, b.pt, c.pt, d.pt."""
    for k, name in enumerate(("model", "a", "b", "c", "d")):
        write_model(folder / f"{name}.pt", untrained("float64", seed=3 + k))
    calculator = Potential(folder / "model.pt")
    frames = []
    for k in range(30):
        atoms = water(k)
        atoms.calc = calculator
        labels = {"energy": atoms.get_potential_energy(), "forces": atoms.get_forces(), "stress": atoms.get_stress()}
        atoms.calc = SinglePointCalculator(atoms, **labels)
        atoms.info["trajectory"] = k // 2
        frames.append(atoms)
    ase.io.write(folder / "frames.xyz", frames[:24])
    ase.io.write(folder / "test.xyz", frames[24:])
    ase.io.write(folder / "water.xyz", water(0))
    ase.io.write(folder / "copper.xyz", bulk("Cu", cubic=True))
    ase.io.write(
        folder / "water.data", water(0), format="lammps-data", specorder=["H", "O"], masses=True, atom_style="atomic"
    )
