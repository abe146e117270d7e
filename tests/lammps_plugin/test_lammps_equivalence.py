"""LAMMPS gives the numbers of the model file, in total and by atom, for every box and on any number of ranks."""

from collections.abc import Callable
from pathlib import Path

import lammps_boxes
import numpy as np
import pytest
from ase import Atoms
from lammps_engine import Engine, reference
from models import KINDS, untrained, write_model
from tolerances import FLOAT32, FLOAT64


@pytest.mark.parametrize(
    "box", [lammps_boxes.orthogonal, lammps_boxes.small, lammps_boxes.cluster, lammps_boxes.slab, lammps_boxes.hydrogen]
)
def test_every_box(engine: Engine, models: Path, box: Callable[[], Atoms]) -> None:
    atoms = box()
    engine.evaluate(models / "toy.pt", atoms).assert_close(reference(models / "toy.pt", atoms), FLOAT64)


@pytest.mark.parametrize("boundary", ["s s s", "m f fs"])
def test_every_boundary_that_is_not_periodic(engine: Engine, models: Path, boundary: str) -> None:
    atoms = lammps_boxes.cluster()
    result = engine.evaluate(models / "toy.pt", atoms, ranks=2, before=f"boundary {boundary}")
    result.assert_close(reference(models / "toy.pt", atoms), FLOAT64)


@pytest.mark.parametrize("style", ["charge", "full", "sphere"])
def test_every_atom_style(engine: Engine, models: Path, style: str) -> None:
    atoms = lammps_boxes.triclinic()
    result = engine.evaluate(models / "toy.pt", atoms, before=f"atom_style {style}", style=style)
    result.assert_close(reference(models / "toy.pt", atoms), FLOAT64)


@pytest.mark.parametrize(
    "settings",
    [
        ["neighbor 1.0 nsq"],
        ["neighbor 1.0 multi", "comm_modify mode multi"],
        ["comm_modify cutoff 0.5"],  # LAMMPS takes no less than the neighbours need
        ["comm_modify cutoff 9.0 vel yes"],
        ["atom_modify map hash sort 1 2.0", "newton on off"],
        ["suffix omp", "processors 1 1 *"],
    ],
)
@pytest.mark.parametrize("box", [lammps_boxes.triclinic, lammps_boxes.small])
def test_settings_of_lammps(engine: Engine, models: Path, settings: list[str], box: Callable[[], Atoms]) -> None:
    atoms = box()
    ranks = 1 if box is lammps_boxes.small else 2
    result = engine.evaluate(models / "toy.pt", atoms, ranks, before="\n".join(settings))
    result.assert_close(reference(models / "toy.pt", atoms), FLOAT64)


def test_tiles_of_ranks(engine: Engine, models: Path) -> None:
    atoms = lammps_boxes.triclinic()
    tiled = {"before": "comm_style tiled", "after": "balance 1.0 rcb"}
    result = engine.evaluate(models / "toy.pt", atoms, ranks=3, **tiled)
    result.assert_close(reference(models / "toy.pt", atoms), FLOAT64)


@pytest.mark.parametrize("ranks", [1, 2, 4])
def test_any_number_of_ranks(engine: Engine, models: Path, ranks: int) -> None:
    atoms = lammps_boxes.triclinic()
    engine.evaluate(models / "toy.pt", atoms, ranks).assert_close(reference(models / "toy.pt", atoms), FLOAT64)


def test_small_box_on_two_ranks(engine: Engine, models: Path) -> None:
    atoms = lammps_boxes.small()
    engine.evaluate(models / "toy.pt", atoms, ranks=2).assert_close(reference(models / "toy.pt", atoms), FLOAT64)


def test_ranks_without_atoms(engine: Engine, models: Path) -> None:
    atoms = lammps_boxes.corner()
    result = engine.evaluate(models / "toy.pt", atoms, ranks=4, before="processors 4 1 1")
    result.assert_close(reference(models / "toy.pt", atoms), FLOAT64)


def test_skin_changes_nothing(engine: Engine, models: Path) -> None:
    """The list then holds pairs far beyond the cutoff."""
    atoms = lammps_boxes.triclinic()
    result = engine.evaluate(models / "toy.pt", atoms, before="neighbor 3.0 bin")
    result.assert_close(reference(models / "toy.pt", atoms), FLOAT64)


def test_threads_change_nothing(engine: Engine, models: Path) -> None:
    atoms = lammps_boxes.triclinic()
    result = engine.evaluate(models / "toy.pt", atoms, before="package omp 2")
    result.assert_close(reference(models / "toy.pt", atoms), FLOAT64)


def test_single_precision(engine: Engine, models: Path) -> None:
    atoms = lammps_boxes.triclinic()
    result = engine.evaluate(models / "toy32.pt", atoms)
    result.assert_close(reference(models / "toy32.pt", atoms), FLOAT32)
    result.assert_close(reference(models / "toy.pt", atoms), FLOAT32)


def test_types_map_to_elements(engine: Engine, models: Path) -> None:
    """pair_coeff names elements in the order of LAMMPS's types, which is not that of the file; one may come twice."""
    atoms = lammps_boxes.orthogonal()
    swapped = atoms.copy()
    swapped.symbols = ["O" if symbol == "H" else "H" for symbol in atoms.symbols]
    result = engine.evaluate(models / "toy.pt", atoms, elements="O H")
    result.assert_close(reference(models / "toy.pt", swapped), FLOAT64)
    atoms.symbols[:] = "O"
    result = engine.evaluate(models / "toy.pt", swapped, elements="O O")
    result.assert_close(reference(models / "toy.pt", atoms), FLOAT64)


@pytest.mark.parametrize("ranks", [1, 4])
def test_exported_model(engine: Engine, model_file: Path, ranks: int) -> None:
    """What the trainer exports, in both precisions."""
    atoms = lammps_boxes.triclinic()
    tolerance = FLOAT32 if "32" in model_file.name else FLOAT64
    engine.evaluate(model_file, atoms, ranks).assert_close(reference(model_file, atoms), tolerance)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_potential(engine: Engine, kind: str) -> None:
    """With parameters, for each of which an atom-style variable has another value at every atom."""
    names = ("electron_temperature", "field")
    atoms = lammps_boxes.triclinic()
    file = write_model(engine.folder / "model.pt", untrained("float64", kind=kind, parameters=names), parameters=names)
    before = "variable T atom 1000+50*x\nvariable f atom 1500-30*y"
    result = engine.evaluate(f"{file} parameters field v_f electron_temperature v_T", atoms, ranks=2, before=before)
    x, y, _ = atoms.positions.T
    result.assert_close(reference(file, atoms, np.column_stack([1000 + 50 * x, 1500 - 30 * y])), FLOAT64)
