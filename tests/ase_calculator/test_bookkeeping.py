"""Files, copies, caches and odd systems: what ASE does with a calculator besides asking it for forces."""

import copy
import pickle
from pathlib import Path

import ase.db
import ase.io
import numpy as np
import pytest
import torch
from ase import Atoms, units
from ase.calculators.calculator import PropertyNotImplementedError, get_calculator_class
from ase.calculators.singlepoint import SinglePointCalculator
from ase.md.verlet import VelocityVerlet
from morse import CUTOFF, R0, D, Morse, copper, write_morse
from physics import assert_close
from tolerances import FLOAT64

from ase_calculator import ModelDeviation, Potential
from trainer.errors import UserError


@pytest.fixture
def atoms(morse_file: Path) -> Atoms:
    atoms = copper(1, rattle=0.1)
    atoms.calc = Potential(morse_file)
    return atoms


@pytest.fixture
def committee(tmp_path: Path) -> Potential:
    return Potential([write_morse(tmp_path / f"{depth}.pt", Morse(depth)) for depth in (0.3, 0.4)])


@pytest.mark.parametrize("name", ["atoms.xyz", "atoms.traj", "atoms.db"])
def test_files_of_ase_hold_the_results(atoms: Atoms, morse_file: Path, tmp_path: Path, name: str):
    expected = atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()
    ase.io.write(tmp_path / name, atoms)
    read = ase.io.read(tmp_path / name)
    for got, value in zip((read.get_potential_energy(), read.get_forces(), read.get_stress()), expected, strict=True):
        assert_close(got, value, 1e-7)  # extended XYZ has eight digits
    if name == "atoms.traj":
        assert read.calc.name == "henrici"
        assert read.calc.parameters["model"] == [str(morse_file)]
    if name == "atoms.db":
        with ase.db.connect(tmp_path / name) as rows:
            assert rows.get(1).calculator == "henrici"
            assert rows.get(1).calculator_parameters["model"] == [str(morse_file)]


def test_deviations_are_stored_where_files_keep_them(committee: Potential, tmp_path: Path):
    atoms = copper(1, rattle=0.1)
    atoms.calc = committee
    atoms.calc.store(atoms)
    results = atoms.calc.results
    for name in ("atoms.xyz", "atoms.traj"):
        ase.io.write(tmp_path / name, atoms)
        read = ase.io.read(tmp_path / name)
        assert read.info["max_force_deviation"] == pytest.approx(results["max_force_deviation"], rel=1e-7)
        assert_close(read.info["virial_deviation"], results["virial_deviation"], 1e-7)
    assert_close(ase.io.read(tmp_path / "atoms.xyz").arrays["force_deviation"], results["force_deviation"], 1e-7)


def test_model_devi_has_the_columns_of_deepmd(committee: Potential, tmp_path: Path):
    atoms = copper(1, rattle=0.1)
    atoms.calc = committee
    dynamics, seen = VelocityVerlet(atoms, 2 * units.fs), []
    dynamics.attach(ModelDeviation(dynamics, atoms, tmp_path / "model_devi.out"), interval=2)
    dynamics.attach(lambda: seen.append(copy.copy(committee.results)), interval=2)
    dynamics.run(4)
    table = np.loadtxt(tmp_path / "model_devi.out")
    force, virial = (np.array([s[f"{x}_deviation"] for s in seen]) for x in ("force", "virial"))
    virial = virial.reshape(3, 9)
    columns = virial.max(1), virial.min(1), (virial**2).mean(1) ** 0.5, force.max(1), force.min(1), force.mean(1)
    assert_close(table, np.stack([[0, 2, 4], *columns], axis=1), 1e-9)
    assert "max_devi_v" in (tmp_path / "model_devi.out").read_text().splitlines()[0]


def test_model_devi_needs_a_committee_and_a_folder(atoms: Atoms, committee: Potential, tmp_path: Path):
    with pytest.raises(UserError, match="several files"):
        ModelDeviation(None, atoms, tmp_path / "model_devi.out")
    atoms.calc = committee
    with pytest.raises(UserError, match=r"cannot write .*: No such file"):
        ModelDeviation(None, atoms, tmp_path / "missing" / "model_devi.out")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda atoms: pickle.loads(pickle.dumps(atoms))])
def test_copies_are_calculators_of_their_own(atoms: Atoms, copied):
    other = copied(atoms)
    assert other.calc is not atoms.calc
    assert_close(other.get_forces(), atoms.get_forces(), FLOAT64)
    other.positions += 0.1 * np.eye(4, 3)
    other.get_forces()
    assert not atoms.calc.calculation_required(atoms, ["forces"])


def test_nothing_is_computed_twice(atoms: Atoms, monkeypatch: pytest.MonkeyPatch):
    calls, evaluate = [], atoms.calc.committee.evaluate
    monkeypatch.setattr(atoms.calc.committee, "evaluate", lambda *e: calls.append(1) or evaluate(*e))
    for ask in (atoms.get_potential_energy, atoms.get_forces, atoms.get_stress, atoms.get_stresses):
        ask()
    atoms.set_initial_charges(np.ones(4))  # the model knows of none
    atoms.get_potential_energies()
    assert len(calls) == 1
    atoms.positions[0, 0] += 1e-12
    atoms.get_forces()
    assert len(calls) == 2


def test_stresses_only_where_asked_and_they_sum_to_the_stress(atoms: Atoms):
    atoms.get_stress()
    assert "stresses" not in atoms.calc.results
    assert_close(atoms.get_stresses().sum(0), atoms.get_stress(), FLOAT64)
    # of pairs: half of r (x) f to each of the two, over the volume of all
    forces, stresses = atoms.get_forces(), np.zeros((4, 3, 3))
    spread = Atoms("Cu2", [[0, 0, 0], [2.5, 0.5, 0]], cell=[20, 20, 20], calculator=atoms.calc)
    forces, stresses = spread.get_forces(), spread.get_stresses()
    assert_close(stresses[0], stresses[1], FLOAT64)
    assert stresses[0, 0] == pytest.approx(-0.5 * 2.5 * forces[1, 0] / 8000, rel=FLOAT64)


def test_one_calculator_for_many_systems(morse_file: Path):
    calculator = Potential(morse_file)
    for atoms in (copper(2), copper(1), Atoms("Cu"), Atoms("Cu2", [[0, 0, 0], [0, R0, 0]]), Atoms(), copper(1)):
        atoms.calc = calculator
        bonds = {0: 0, 1: 0, 2: 1}.get(len(atoms), 6 * len(atoms))
        assert atoms.get_potential_energy() == pytest.approx(-bonds * D, rel=FLOAT64)
        assert atoms.get_forces().shape == (len(atoms), 3)


def test_a_huge_cell_is_no_harder_than_none(morse_file: Path):
    atoms = Atoms("Cu2", [[0, 0, 0], [0, R0, 0]], cell=[1e5, 1e5, 1e5], pbc=True, calculator=Potential(morse_file))
    assert atoms.get_potential_energy() == pytest.approx(-D, rel=FLOAT64)
    wide = Atoms("Cu2", [[0, 0, 0], [0, 0, 0.5 * CUTOFF]], cell=[50, 50, 0.9 * CUTOFF], pbc=True)
    wide.calc = Potential(morse_file)  # atoms see their own images
    assert np.isfinite(wide.get_stress()).all()


def test_ghosts_are_no_element(atoms: Atoms):
    atoms.symbols[0] = "X"
    with pytest.raises(UserError, match="does not know the element X; it knows Cu"):
        atoms.get_forces()


@pytest.mark.parametrize("switched_off", [torch.no_grad, torch.inference_mode])
def test_programs_may_switch_gradients_off(atoms: Atoms, morse_file: Path, switched_off: type):
    expected = atoms.get_forces()
    with switched_off():
        fresh = atoms.copy()
        fresh.calc = Potential(morse_file)
        assert_close(fresh.get_forces(), expected, FLOAT64)


def test_a_failed_call_leaves_no_old_results(atoms: Atoms):
    atoms.get_forces()
    atoms.positions[0] = np.nan
    for _ in range(2):
        with pytest.raises(UserError, match="not finite"):
            atoms.get_forces()


def test_results_can_be_frozen(atoms: Atoms):
    atoms.get_stresses()
    frozen = atoms.copy()
    frozen.calc = SinglePointCalculator(frozen, **atoms.calc.results)
    assert_close(frozen.get_forces(), atoms.get_forces(), FLOAT64)


def test_ase_finds_it_by_name():
    assert get_calculator_class("henrici") is Potential


def test_what_it_cannot_do_is_one_line(atoms: Atoms, morse_file: Path):
    with pytest.raises(PropertyNotImplementedError, match="dipole"):
        atoms.get_dipole_moment()
    with pytest.raises(UserError, match=r"expected a new Potential\(...\), got set\(device\)"):
        atoms.calc.set(device="cpu")
    with pytest.raises(UserError, match="device 'abacus' cannot be used"):
        Potential(morse_file, device="abacus")
    with pytest.raises(TypeError, match="devise"):
        Potential(morse_file, devise="cpu")
