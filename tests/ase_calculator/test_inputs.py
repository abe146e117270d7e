"""Parameters that a model needs besides positions, and precisions other than a file's own."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from models import ELEMENTS, KINDS, untrained, write_model
from morse import D, HotMorse, copper, write_morse
from physics import TRICLINIC, assert_close, crystal
from tolerances import FLOAT32, FLOAT64

from ase_calculator import Potential
from trainer.errors import UserError


@pytest.fixture
def hot_file(tmp_path: Path) -> Path:
    return write_morse(tmp_path / "hot.pt", HotMorse(), parameters=("electron_temperature",))


def test_parameters_are_taken_from_the_call_then_from_arrays_then_from_info(hot_file: Path):
    atoms = copper()
    atoms.info["electron_temperature"] = 0.5
    atoms.calc = Potential(hot_file)
    assert atoms.get_potential_energy() == pytest.approx(-24 * D * 0.5, rel=FLOAT64)
    atoms.arrays["electron_temperature"] = np.array([0.0, 0.1, 0.2, 0.3])
    assert_close(atoms.get_potential_energies(), -6 * D * np.array([1.0, 0.9, 0.8, 0.7]), FLOAT64)
    atoms.calc = Potential(hot_file, parameters={"electron_temperature": 0.25})
    assert atoms.get_potential_energy() == pytest.approx(-24 * D * 0.75, rel=FLOAT64)


def test_a_changed_parameter_is_a_changed_system(hot_file: Path):
    atoms = copper()
    atoms.calc = Potential(hot_file)
    for temperature in (0.0, 0.5):
        atoms.info["electron_temperature"] = temperature
        assert atoms.get_potential_energy() == pytest.approx(-24 * D * (1 - temperature), rel=FLOAT64)


def test_a_committee_needs_what_any_of_its_models_needs(hot_file: Path, morse_file: Path):
    atoms = copper(1, rattle=0.1)
    atoms.calc = Potential([morse_file, hot_file], parameters={"electron_temperature": 0.2})
    cold = atoms.copy()
    cold.calc = Potential(morse_file)
    assert_close(atoms.get_forces(), 0.9 * cold.get_forces(), FLOAT64)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, r"the model needs electron_temperature: Potential\(..., parameters="),
        ([1.0, 2.0], "expected a number, or one for each of 4 atoms"),
        ("warm", "expected a number, or one for each of 4 atoms"),
        (np.inf, "expected finite numbers"),
    ],
)
def test_parameters_that_cannot_be_used(hot_file: Path, value: object, message: str):
    atoms = copper()
    atoms.info |= {} if value is None else {"electron_temperature": value}
    atoms.calc = Potential(hot_file)
    with pytest.raises(UserError, match=message):
        atoms.get_potential_energy()


def test_parameters_that_the_model_does_not_take(hot_file: Path, morse_file: Path):
    with pytest.raises(UserError, match="takes no parameter temperature; those it takes: electron_temperature"):
        Potential(hot_file, parameters={"temperature": 0.3})
    with pytest.raises(UserError, match="those it takes: none"):
        Potential(morse_file, parameters={"temperature": 0.3})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("written", "asked"), [("float32", "float64"), ("float64", "float32")])
def test_another_precision_than_the_files_own(tmp_path: Path, written: str, asked: str, kind: str):
    def forces(dtype: str, asked: str | None) -> np.ndarray:
        system = crystal(6, 2, 1.4 * TRICLINIC)
        atoms = Atoms([ELEMENTS[s] for s in system.species], positions=system.positions, cell=system.cell, pbc=True)
        atoms.calc = Potential(write_model(tmp_path / f"{dtype}.pt", untrained(dtype, kind=kind)), dtype=asked)
        return np.vstack([atoms.get_forces(), atoms.get_stress(voigt=False)])

    cast, own, meant = forces(written, asked), forces(written, None), forces(asked, None)
    assert_close(cast, meant, FLOAT32)  # parameters of a float32 file were rounded
    assert np.abs(cast - own).max() > FLOAT64 * np.abs(own).max(), "the precision did not change"


def test_energies_keep_their_precision_whatever_the_models(tmp_path: Path):
    model = untrained("float64")
    model.reference.fill_(-123456.789012345)  # eV, as from all-electron calculations
    atoms = Atoms("H", calculator=Potential(write_model(tmp_path / "model.pt", model), dtype="float32"))
    other = Atoms("H", calculator=Potential(tmp_path / "model.pt"))
    assert abs(atoms.get_potential_energy() - other.get_potential_energy()) < FLOAT32


def test_precisions_that_cannot_be_had(morse_file: Path):
    with pytest.raises(UserError, match="computes in float64 only; leave dtype out"):
        Potential(morse_file, dtype="float32")
    with pytest.raises(UserError, match="expected 'float32', 'float64' or None"):
        Potential(morse_file, dtype="half")
