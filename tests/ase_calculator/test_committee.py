"""Several files as one calculator: means, deviations in closed form, any order of species, any cutoffs."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from models import CUTOFF, ELEMENTS, untrained, write_model
from morse import Morse, copper, write_morse
from physics import TRICLINIC, assert_close, crystal
from tolerances import FLOAT64

from ase_calculator import Potential
from trainer import export
from trainer.contract import PotentialMetadata
from trainer.errors import UserError
from trainer.potentials import build


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    return [write_model(tmp_path / f"{seed}.pt", untrained("float64", seed=seed)) for seed in (1, 2, 3)]


def triclinic(calculator: Potential) -> Atoms:
    system = crystal(6, 2, 1.4 * TRICLINIC)
    atoms = Atoms([ELEMENTS[s] for s in system.species], positions=system.positions, cell=system.cell, pbc=True)
    atoms.calc = calculator
    return atoms


def test_mean_and_deviation_of_every_result(files: list[Path]):
    members = [triclinic(Potential(file)) for file in files]
    atoms = triclinic(Potential(files))
    forces = np.array([m.get_forces() for m in members])
    energies = np.array([m.get_potential_energy() for m in members])
    virials = np.array([-m.get_volume() * m.get_stress(voigt=False) for m in members])
    assert_close(atoms.get_forces(), forces.mean(0), FLOAT64)
    assert_close(atoms.get_stress(voigt=False), -virials.mean(0) / atoms.get_volume(), FLOAT64)
    assert_close(atoms.get_stresses(), np.mean([m.get_stresses() for m in members], 0), FLOAT64)
    assert_close(atoms.get_potential_energies(), np.mean([m.get_potential_energies() for m in members], 0), FLOAT64)
    assert atoms.get_potential_energy() == pytest.approx(energies.mean(), rel=FLOAT64)
    results = atoms.calc.results
    epsilon = np.sqrt(np.square(np.linalg.norm(forces - forces.mean(0), axis=2)).mean(0))
    assert_close(results["force_deviation"], epsilon, FLOAT64)
    assert results["max_force_deviation"] == results["force_deviation"].max()
    assert results["energy_deviation"] == pytest.approx(energies.std() / 6, rel=FLOAT64)
    assert_close(results["virial_deviation"], virials.std(0) / 6, FLOAT64)


def test_committee_of_two_springs_in_closed_form(tmp_path: Path):
    # forces are proportional to the depth, so two depths D (1 -+ x) are apart by x of the mean
    files = [write_morse(tmp_path / f"{x}.pt", Morse(0.35 * (1 + x))) for x in (-0.1, 0.1)]
    atoms = copper(2, rattle=0.1)
    atoms.calc = Potential(files)
    assert_close(
        atoms.calc.get_property("force_deviation", atoms), 0.1 * np.linalg.norm(atoms.get_forces(), axis=1), FLOAT64
    )
    assert atoms.calc.results["energy_deviation"] == pytest.approx(-0.1 * atoms.get_potential_energy() / len(atoms))


def test_one_file_has_no_deviation(files: list[Path]):
    atoms = triclinic(Potential(files[:1]))
    atoms.get_forces()
    assert "force_deviation" not in atoms.calc.results


def test_species_in_any_order_and_cutoffs_of_their_own(float64_file: Path, tmp_path: Path):
    model = build.finished(untrained("float64"))
    _, metadata = export.load(float64_file, PotentialMetadata)
    with_larger_list = tmp_path / "larger.pt"  # of the same model: entries beyond its own cutoff change nothing
    export.save(model, dataclasses.replace(metadata, cutoff=CUTOFF + 1.0), with_larger_list)
    atoms, expected = triclinic(Potential([float64_file, with_larger_list])), triclinic(Potential(float64_file))
    assert_close(atoms.get_forces(), expected.get_forces(), FLOAT64)
    assert_close(atoms.calc.results["force_deviation"], np.zeros(6), FLOAT64)

    export.save(model, dataclasses.replace(metadata, species=ELEMENTS[::-1]), tmp_path / "reversed.pt")
    swapped = triclinic(Potential(tmp_path / "reversed.pt"))  # takes H for O and O for H
    atoms = triclinic(Potential([float64_file, tmp_path / "reversed.pt"]))
    assert_close(atoms.get_forces(), 0.5 * (expected.get_forces() + swapped.get_forces()), FLOAT64)


def test_files_that_do_not_fit_are_refused(float64_file: Path, morse_file: Path, tmp_path: Path):
    with pytest.raises(UserError, match=r"knows Cu, .* H O: expected the same species"):
        Potential([float64_file, morse_file])
    with pytest.raises(UserError, match="at least one model file"):
        Potential([])
    with pytest.raises(UserError, match="no such file"):
        Potential([float64_file, tmp_path / "missing.pt"])
