"""The same number at every door: eager torch, the scripted file, ASE, and LAMMPS on any number of ranks."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from lammps_engine import Engine
from models import CUTOFF, ELEMENTS, untrained
from numpy.typing import NDArray
from physics import System, assert_close, evaluate
from tolerances import FLOAT32, FLOAT64

from ase_calculator import Potential
from trainer import export
from trainer.contract import PotentialMetadata

TRICLINIC = np.array([[9.0, 0.0, 0.0], [2.0, 8.0, 0.0], [-1.5, 1.0, 10.0]])  # lower triangular, as LAMMPS wants it
SMALL = TRICLINIC * 0.38  # every edge shorter than the cutoff
TOLERANCE = {"float64": FLOAT64, "float32": FLOAT32}


def packed(atoms: int, cell: NDArray[np.float64]) -> System:
    """Atoms in a periodic cell, none closer than 1 angstrom to another or its images."""
    random, system = np.random.default_rng(1), System([], np.zeros((0, 3)), cell, True)
    while len(system.species) < atoms:
        positions = np.vstack([system.positions, random.uniform(0, 1, 3) @ cell])
        trial = System([*system.species, random.integers(2)], positions, cell, True)
        if not len(trial.environment(1.0).neighbor):
            system = trial
    return system


@pytest.mark.parametrize(("atoms", "cell"), [(40, TRICLINIC), (3, SMALL)])
def test_the_same_number_at_every_door(model_file: Path, tmp_path: Path, atoms: int, cell: NDArray[np.float64]):
    dtype = model_file.stem
    system = packed(atoms, cell)
    energies, forces, virial = evaluate(untrained(dtype), system, CUTOFF)
    scripted, _ = export.load(model_file, PotentialMetadata)
    through_script = evaluate(scripted, system, CUTOFF)

    ase_atoms = Atoms([ELEMENTS[s] for s in system.species], positions=system.positions, cell=cell, pbc=True)
    ase_atoms.calc = Potential(model_file)
    volume = ase_atoms.get_volume()
    through_ase = (
        ase_atoms.get_potential_energies(),
        ase_atoms.get_forces(),
        -volume * ase_atoms.get_stress(voigt=False),
    )

    doors = {"script": through_script, "ase": through_ase}
    for ranks in (1, 2, 4):
        result = Engine(tmp_path).evaluate(model_file, ase_atoms, ranks)
        xx, yy, zz, xy, xz, yz = result.virial
        doors[f"lammps on {ranks}"] = (
            result.energies,
            result.forces,
            np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]),
        )
    for values in doors.values():
        for got, expected in zip(values, (energies, forces, virial), strict=True):
            assert_close(got, expected, TOLERANCE[dtype])
