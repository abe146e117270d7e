"""pair_style hybrid: the model sees its own types, all of them, and nothing else; other styles add to it."""

from pathlib import Path

import lammps_boxes
import numpy as np
import pytest
from ase import Atoms
from lammps_engine import Engine, Result, reference, setup, write_data
from test_lammps_errors import assert_one_line
from tolerances import FLOAT64

ZBL = "zbl 2.0 2.5"
ZBL_COEFF = "pair_coeff 1 1 zbl 1 1\npair_coeff 1 2 zbl 1 8\npair_coeff 2 2 zbl 8 8"


def minus(one: Result, other: Result) -> Result:
    return Result(*(a - b for a, b in zip(vars(one).values(), vars(other).values(), strict=True)))


def only(atoms: Atoms, symbol: str, model: Path) -> Result:
    """What the atoms of one element have by themselves; zeros for the others."""
    chosen = atoms.symbols == symbol
    part = reference(model, atoms[chosen])
    energies, forces, virials = np.zeros(len(atoms)), np.zeros((len(atoms), 3)), np.zeros((len(atoms), 6))
    energies[chosen], forces[chosen], virials[chosen] = part.energies, part.forces, part.virials
    return Result(part.energy, energies, forces, part.virial, virials)


@pytest.mark.parametrize(("ranks", "units"), [(1, "metal"), (2, "real")])
def test_overlay_with_zbl_is_the_sum(engine: Engine, models: Path, ranks: int, units: str) -> None:
    atoms = lammps_boxes.triclinic()
    henrici = f"henrici {models / 'toy.pt'}"
    both = f"pair_style hybrid/overlay {henrici} {ZBL}\npair_coeff * * henrici H O\n{ZBL_COEFF}"
    alone = f"pair_style {ZBL}\n{ZBL_COEFF.replace('zbl ', '')}"
    total = engine.evaluate("", atoms, ranks, units=units, pair=both)
    zbl = engine.evaluate("", atoms, ranks, units=units, pair=alone)
    assert np.abs(zbl.forces).max() > 0.1
    minus(total, zbl).assert_close(reference(models / "toy.pt", atoms), 100 * FLOAT64)  # ZBL is that much larger


@pytest.mark.parametrize("style", ["hybrid", "hybrid/overlay"])
@pytest.mark.parametrize("ranks", [1, 2])
def test_null_types_are_neither_centers_nor_neighbors(engine: Engine, models: Path, style: str, ranks: int) -> None:
    atoms = lammps_boxes.triclinic()
    pair = f"""pair_style {style} henrici {models / "toy.pt"} zero 5.0
        pair_coeff * * henrici NULL O
        pair_coeff 1 * zero"""
    result = engine.evaluate("", atoms, ranks, pair=pair)
    result.assert_close(only(atoms, "O", models / "toy.pt"), FLOAT64)


def test_types_of_no_other_style(engine: Engine, models: Path) -> None:
    atoms = lammps_boxes.triclinic()
    pair = f"""pair_style hybrid henrici {models / "toy.pt"}
        pair_coeff * * henrici H NULL
        pair_coeff * 2 none"""
    engine.evaluate("", atoms, pair=pair).assert_close(only(atoms, "H", models / "toy.pt"), FLOAT64)


def test_two_models_in_one_hybrid(engine: Engine, models: Path, committee: list[Path]) -> None:
    atoms = lammps_boxes.triclinic()
    pair = f"""pair_style hybrid henrici {committee[0]} henrici {committee[3]} zero 5.0
        pair_coeff * * henrici 1 H NULL
        pair_coeff * * henrici 2 NULL O
        pair_coeff 1 2 zero"""
    first, second = only(atoms, "H", committee[0]), only(atoms, "O", committee[3])
    both = Result(*(a + b for a, b in zip(vars(first).values(), vars(second).values(), strict=True)))
    engine.evaluate("", atoms, pair=pair).assert_close(both, FLOAT64)


@pytest.mark.parametrize("ranks", [1, 2])
def test_scaled_sum_of_two_models(engine: Engine, committee: list[Path], ranks: int) -> None:
    atoms = lammps_boxes.triclinic()
    pair = f"""pair_style hybrid/scaled 0.25 henrici {committee[0]} 0.75 henrici {committee[1]}
        pair_coeff * * henrici 1 H O
        pair_coeff * * henrici 2 H O"""
    first, second = (reference(path, atoms) for path in committee[:2])
    both = Result(*(0.25 * a + 0.75 * b for a, b in zip(vars(first).values(), vars(second).values(), strict=True)))
    engine.evaluate("", atoms, ranks, pair=pair).assert_close(both, FLOAT64)


@pytest.mark.parametrize("other", ["zero", "none"])
def test_pairs_taken_from_the_model(engine: Engine, models: Path, other: str) -> None:
    """In plain hybrid, the last pair_coeff of a pair of types wins: the model would lack neighbours."""
    atoms = lammps_boxes.triclinic()
    write_data(engine.folder / "atoms.data", atoms)
    pair = f"""pair_style hybrid henrici {models / "toy.pt"} zero 5.0
        pair_coeff * * henrici H O
        pair_coeff 2 2 zero
        pair_coeff 1 2 {other}"""
    done = engine(setup(atoms, "", pair=pair) + "run 0")
    assert_one_line(done, "types 1 and 2 to another style", "hides neighbours", "hybrid/overlay or NULL")
