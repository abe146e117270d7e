"""What a committee is worth on labelled frames: Morse potentials of several depths, with forces in proportion."""

from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from morse import D, Morse, copper, write_morse
from tolerances import FLOAT64

from ase_calculator import Potential
from trainer.active.measure import measure
from trainer.active.structures import read_labelled
from trainer.errors import UserError

DEPTHS = np.array([0.8, 1.0, 1.3]) * D


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("models")
    return [write_morse(folder / f"{k}.pt", Morse(float(depth))) for k, depth in enumerate(DEPTHS)]


def labelled(model: Path, seed: int, **info: float) -> Atoms:
    """By the Morse potential of depth D, file 1."""
    atoms = copper(rattle=0.1, seed=seed)
    atoms.calc = Potential(model)
    atoms.calc = SinglePointCalculator(atoms, energy=atoms.get_potential_energy(), forces=atoms.get_forces())
    atoms.info |= info
    return atoms


def test_errors_and_deviations_are_in_proportion_to_the_forces(models: list[Path]):
    frames = [labelled(models[1], seed) for seed in range(3)]
    largest = [np.linalg.norm(atoms.get_forces(), axis=1).max() for atoms in frames]
    wrong, spread = DEPTHS.mean() / D - 1, DEPTHS.std() / D
    table = measure(models, frames, None).table()
    assert table["frames"] == 3
    assert table["error"] == pytest.approx([wrong * f for f in largest], rel=1e-8)
    assert table["deviation"] == pytest.approx([spread * f for f in largest], rel=1e-8)
    rms = np.sqrt(np.mean([atoms.get_forces() ** 2 for atoms in frames]))
    assert table["force_rms"] == pytest.approx(rms, rel=FLOAT64)
    assert table["force_rmse"] == pytest.approx(wrong * rms, rel=1e-8)
    energies = [atoms.get_potential_energy() / len(atoms) for atoms in frames]
    assert table["energy_rmse"] == pytest.approx(wrong * np.sqrt(np.mean(np.square(energies))), rel=1e-8)


def test_relative_ones_tend_to_the_factors_where_forces_are_large(models: list[Path]):
    table = measure(models, [labelled(models[1], 1)], 1e-6).table()
    assert table["error"] == pytest.approx([1 - D / DEPTHS.mean()], rel=1e-4)
    assert table["deviation"] == pytest.approx([DEPTHS.std() / DEPTHS.mean()], rel=1e-4)


def test_errors_by_temperature_and_pressure(models: list[Path]):
    places = [(300.0, 0.0), (900.0, 5.0), (300.0, 0.0)]
    frames = [labelled(models[1], k, temperature=t, pressure=p) for k, (t, p) in enumerate(places)]
    frames.append(labelled(models[1], 7))  # from nowhere
    cold, hot = measure(models, frames, None).table()["points"]
    rms = np.sqrt(np.mean([frames[k].get_forces() ** 2 for k in (0, 2)]))
    wrong = DEPTHS.mean() / D - 1
    assert (cold["temperature"], cold["pressure"], cold["frames"]) == (300.0, 0.0, 2)
    assert (cold["force_rms"], cold["force_rmse"]) == pytest.approx((rms, wrong * rms), rel=1e-8)
    assert (hot["temperature"], hot["frames"]) == (900.0, 1)


def test_nothing_held_out(models: list[Path]):
    table = measure(models, [], None).table()
    assert (table["frames"], table["force_rmse"], table["points"], table["error"]) == (0, 0.0, [], [])


def test_labelled_files_keep_labels_and_where_they_came_from(models: list[Path], tmp_path: Path):
    first = labelled(models[1], 1, temperature=300.0, pressure=2.0)
    ase.io.write(tmp_path / "held_out.xyz", [first], format="extxyz")
    (again,) = read_labelled(["held_out.xyz"], tmp_path)
    assert (again.info["temperature"], again.info["pressure"]) == (300.0, 2.0)
    assert again.get_forces() == pytest.approx(first.get_forces(), abs=1e-8)
    ase.io.write(tmp_path / "bare.xyz", [copper()], format="extxyz")
    with pytest.raises(UserError, match=r"bare.xyz: expected energy and forces in every frame"):
        read_labelled(["held_out.xyz", "bare.xyz"], tmp_path)
