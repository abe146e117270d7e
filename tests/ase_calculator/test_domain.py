"""Warnings where the models were not trained: of what, how often, and only where the file knows."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.calculator import PropertyNotImplementedError
from models import CUTOFF, ELEMENTS, untrained
from morse import R0, copper, write_morse
from physics import assert_close, cluster
from tolerances import FLOAT64

from ase_calculator import OutOfDomainError, OutOfDomainWarning, Potential
from ase_calculator.domain import EVERY
from trainer import export
from trainer.contract import PotentialMetadata
from trainer.errors import UserError
from trainer.potentials import build
from trainer.potentials.surroundings import Sample

KNOWN = range(20)


def atoms_of(seed: int, scale: float = 1.0) -> Atoms:
    system = cluster(12, seed)
    return Atoms([ELEMENTS[s] for s in system.species], positions=scale * system.positions)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has seen the clusters of the seeds in KNOWN."""
    path, seen = tmp_path_factory.mktemp("model") / "known.pt", Sample(2, 1)
    for seed in KNOWN:
        seen.add(cluster(12, seed).environment(CUTOFF))
    metadata = PotentialMetadata(
        dtype="float64", units={"energy": "eV", "length": "angstrom"}, species=ELEMENTS, cutoff=CUTOFF
    )
    export.save(build.finished(untrained("float64"), seen.environment()), metadata, path)
    return path


@pytest.fixture
def shy_file(tmp_path: Path) -> Path:
    """A Morse solid that says it has never seen atoms closer than r_0."""
    return write_morse(tmp_path / "shy.pt", domain={"shortest_distance_A": {"Cu-Cu": R0}})


def told(calculator: Potential, *systems: Atoms) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for atoms in systems:
            atoms.calc = calculator
            atoms.get_forces()
    assert all(issubclass(w.category, OutOfDomainWarning) for w in caught)
    return [str(w.message) for w in caught]


def test_silent_among_what_was_seen_and_one_warning_beyond(file: Path):
    calculator = Potential(file)
    assert not told(calculator, *(atoms_of(seed) for seed in KNOWN))
    (message,) = told(calculator, atoms_of(0, 0.6), atoms_of(1, 0.6))
    assert "the surroundings of atom" in message
    assert "Label such frames and train again" in message


def test_extrapolation_of_every_atom_where_asked(file: Path, float64_file: Path):
    atoms = atoms_of(0, 0.6)
    atoms.calc = Potential(file, out_of_domain="ignore")
    atoms.get_forces()
    assert "extrapolation" not in atoms.calc.results
    x = atoms.calc.get_property("extrapolation", atoms)
    assert x.shape == (12,)
    assert x.max() > 0.5
    atoms.calc.store(atoms)
    assert_close(atoms.arrays["extrapolation"], x, FLOAT64)
    committee = Potential([float64_file, file], out_of_domain="ignore")  # one of them cannot tell
    assert_close(committee.get_property("extrapolation", atoms), x, FLOAT64)


def test_a_file_that_cannot_tell_is_not_asked(float64_file: Path, morse_file: Path):
    assert not told(Potential(float64_file), atoms_of(0, 0.6))
    with pytest.raises(PropertyNotImplementedError, match="extrapolation"):
        Potential(morse_file).get_property("extrapolation", copper())


def test_distances_shorter_than_any_seen(shy_file: Path):
    atoms = copper(2)
    assert not told(Potential(shy_file), atoms), "the crystal's own are as short as any"
    atoms.positions[7] += 0.3 * (atoms.positions[0] - atoms.positions[7]) / np.linalg.norm(atoms.positions[7])
    (message,) = told(Potential(shy_file), atoms, copper(1), atoms)
    assert "(Cu, Cu) are" in message
    assert f"the shortest in its training is {R0:.3f}" in message
    assert not told(Potential(shy_file, out_of_domain="ignore"), atoms)


def test_pairs_that_training_never_saw(tmp_path: Path):
    file = write_morse(tmp_path / "lonely.pt", domain={"shortest_distance_A": {}})
    (message,) = told(Potential(file), Atoms("Cu2", [[0, 0, 0], [0, 0, R0]]))
    assert "it saw no such pair" in message
    assert not told(Potential(file), Atoms("Cu2", [[0, 0, 0], [0, 0, 20.0]]))


def test_the_stricter_of_two_files_counts(shy_file: Path, morse_file: Path):
    assert told(Potential([morse_file, shy_file]), Atoms("Cu2", [[0, 0, 0], [0, 0, 0.9 * R0]]))


def test_an_error_where_asked_each_time_and_nothing_half_done(file: Path, shy_file: Path):
    for path, atoms in ((file, atoms_of(0, 0.6)), (shy_file, Atoms("Cu2", [[0, 0, 0], [0, 0, 0.9 * R0]]))):
        atoms.calc = Potential(path, out_of_domain="raise")
        for _ in range(2):
            with pytest.raises(OutOfDomainError, match="outside what it was trained on"):
                atoms.get_forces()
            assert not atoms.calc.results
    with pytest.raises(UserError, match="expected 'warn', 'raise' or 'ignore', got 'panic'"):
        Potential(file, out_of_domain="panic")


def test_along_a_trajectory_descriptors_are_looked_at_now_and_then(file: Path, monkeypatch: pytest.MonkeyPatch):
    calculator, atoms, looks = Potential(file), atoms_of(0), []
    look = calculator.committee.extrapolation
    monkeypatch.setattr(calculator.committee, "extrapolation", lambda e: looks.append(1) or look(e))
    atoms.calc = calculator
    for _ in range(2 * EVERY + 1):
        atoms.positions[0, 0] += 1e-4
        atoms.get_forces()
    assert len(looks) == 3
    atoms.positions[0, 0] += 1.0
    atoms.get_forces()
    assert len(looks) == 4, "no trajectory, but another structure"
    other = atoms_of(1)
    other.calc = calculator
    other.get_forces()
    assert len(looks) == 5


def test_a_table_of_distances_that_is_none(tmp_path: Path):
    for nonsense in ([1, 2], {"Cu-Cu": "near"}):
        with pytest.raises(UserError, match="no table of distances"):
            Potential(write_morse(tmp_path / "odd.pt", domain={"shortest_distance_A": nonsense}))
