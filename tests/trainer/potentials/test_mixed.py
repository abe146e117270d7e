"""Molecules and crystals, in different units, signs and orders, as one training set."""

import csv
from pathlib import Path

import ase.build
import ase.io
import numpy as np
import pytest
from ase import units
from ase.calculators.emt import EMT
from ase.calculators.singlepoint import SinglePointCalculator

from trainer.cli import main

INPUT = """
dtype = "float64"
reference = {Cu = 0.0, Au = 0.0}
[[data]]
train = ["crystals.xyz"]
validation = 0.2
stress_unit = "GPa"
positive_stress = "compression"
stress_order = "xx yy zz xy xz yz"
[[data]]
train = ["molecules.xyz"]
validation = 0.2
weight = 0.5
energy_unit = "meV"
forces_are = "gradients"
[deep_pot_se]
cutoff = 4.0
embedding = [8, 16]
axis = 4
fitting = [16, 16]
[training]
steps = 600
report = 100
batch_atoms = 40
"""


def test_molecules_and_crystals_in_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Two sets in other units, signs and orders; clusters of two to seven atoms, crystals of four and thirty-two."""
    random, crystals, molecules = np.random.default_rng(0), [], []
    for k in range(24):
        crystal = ase.build.bulk("Cu", "fcc", a=3.7, cubic=True) * ((2, 2, 2) if k % 6 == 0 else (1, 1, 1))
        crystal.symbols[0] = "Au"
        crystal.set_cell(crystal.cell @ (np.eye(3) + random.normal(scale=0.02, size=(3, 3))), scale_atoms=True)
        crystal.rattle(0.08, rng=random)
        molecule = crystal[: 2 + k % 3].copy() if k % 6 else crystal[:7].copy()
        molecule.set_cell(None)
        molecule.pbc = False
        for atoms, frames in ((crystal, crystals), (molecule, molecules)):
            atoms.calc = EMT()
            labels = {"energy": atoms.get_potential_energy(), "forces": atoms.get_forces()}
            if frames is crystals:
                labels["stress"] = -atoms.get_stress()[[0, 1, 2, 5, 4, 3]] / units.GPa
            else:
                labels = {"energy": 1e3 * labels["energy"], "forces": -1e3 * labels["forces"]}
            atoms.calc = SinglePointCalculator(atoms, **labels)
            atoms.info["trajectory"] = k
            frames.append(atoms)
    ase.io.write(tmp_path / "crystals.xyz", crystals)
    ase.io.write(tmp_path / "molecules.xyz", molecules)
    (tmp_path / "mixed.toml").write_text(INPUT)
    assert main(["train", str(tmp_path / "mixed.toml"), "-o", str(tmp_path / "run")]) == 0, capsys.readouterr().err
    with (tmp_path / "run" / "log.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    for column in ("energy_rmse_meV_per_atom", "force_rmse_meV_per_A", "virial_rmse_meV_per_atom"):
        assert float(rows[-1][f"validation/{column}"]) < 0.7 * float(rows[0][f"validation/{column}"])
