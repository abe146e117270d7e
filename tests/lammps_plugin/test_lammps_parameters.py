"""Models that take parameters besides the positions: numbers, or variables that are evaluated at every step."""

from pathlib import Path

import lammps_boxes
import lammps_toy
import numpy as np
import pytest
from lammps_engine import Engine, mean, reference, setup, write_data
from test_lammps_errors import assert_one_line, script
from tolerances import FLOAT64

NAMES = ["electron_temperature", "field"]


@pytest.fixture(scope="module")
def heated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("heated") / "heated.pt"
    return lammps_toy.save(path, lammps_toy.Heated(), parameters=NAMES)


@pytest.mark.parametrize("ranks", [1, 2])
def test_numbers_and_variables(engine: Engine, heated: Path, ranks: int) -> None:
    """In the order of the script, which is not that of the file."""
    atoms = lammps_boxes.triclinic()
    before = "variable T equal 0.25*2\nvariable f atom x*y"
    result = engine.evaluate(f"{heated} parameters field v_f electron_temperature v_T", atoms, ranks, before=before)
    x, y, _ = atoms.positions.T
    result.assert_close(reference(heated, atoms, np.column_stack([np.full(len(atoms), 0.5), x * y])), FLOAT64)

    result = engine.evaluate(f"{heated} parameters electron_temperature -0.3 field 1e-2", atoms, ranks)
    result.assert_close(reference(heated, atoms, np.tile([-0.3, 0.01], (len(atoms), 1))), FLOAT64)


def test_variables_follow_the_run(engine: Engine, heated: Path) -> None:
    """Among them one of a compute that has to be computed at every step."""
    atoms = lammps_boxes.orthogonal()
    write_data(engine.folder / "atoms.data", atoms)
    printed = engine.printed(
        f"""
        {setup(atoms, f"{heated} parameters electron_temperature v_T field v_K", before="variable T equal step/10")}
        velocity all create 300 771
        compute hot all temp
        variable K equal c_hot
        thermo_style custom step pe
        run 0
        print "first: $(pe:%.17g)"
        run 5
        print "last: $(pe:%.17g)"
        """
    )
    for name, temperature in (("first", 0.0), ("last", 0.5)):
        expected = reference(heated, atoms, np.tile([temperature, 300.0], (len(atoms), 1)))
        assert printed[name] == pytest.approx(expected.energy, rel=1e-9), name


def test_committee_with_and_without_parameters(engine: Engine, heated: Path, committee: list[Path]) -> None:
    atoms = lammps_boxes.triclinic()
    other = lammps_toy.save(engine.folder / "other.pt", lammps_toy.Heated(), parameters=NAMES[::-1])
    style = f"{committee[0]} {heated} {other} parameters electron_temperature 0.5 field 0.01"
    expected = [
        reference(committee[0], atoms),
        reference(heated, atoms, np.tile([0.5, 0.01], (len(atoms), 1))),
        reference(other, atoms, np.tile([0.01, 0.5], (len(atoms), 1))),
    ]
    engine.evaluate(style, atoms).assert_close(mean(expected), FLOAT64)


def test_model_that_could_take_parameters(engine: Engine, models: Path) -> None:
    """A fifth argument with a default, and no names in the metadata."""
    atoms = lammps_boxes.triclinic()
    torch_file = lammps_toy.save(engine.folder / "model.pt", lammps_toy.Undemanding())
    engine.evaluate(torch_file, atoms).assert_close(reference(models / "toy.pt", atoms), FLOAT64)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", ["expected values of electron_temperature field for", "got none", "parameters"]),
        ("parameters field 1", ["expected values of electron_temperature for"]),
        ("parameters field", ["a name and a value", "got field without a value"]),
        ("parameters field 1 electron_temperature 1 charge 1", ["takes (electron_temperature field), got charge"]),
        ("parameters field 1 electron_temperature 1 field 1", ["one value of field"]),
        ("parameters field 1 electron_temperature hot", ["a number or v_name for electron_temperature, got hot"]),
        ("parameters field 1 electron_temperature nan", ["a number or v_name for electron_temperature, got nan"]),
        ("parameters field v_none electron_temperature 1", ["equal-style or atom-style variable none", "got none"]),
        ("parameters field v_text electron_temperature 1", ["variable text for field, got one of another style"]),
    ],
)
def test_wrong_parameters(engine: Engine, heated: Path, options: str, expected: list[str]) -> None:
    done = engine(script(f"{heated} {options}", before="variable text string hello"))
    assert_one_line(done, *expected)


def test_parameters_for_a_model_without(engine: Engine, models: Path) -> None:
    done = engine(script(f"{models / 'toy.pt'} parameters field 1"))
    assert_one_line(done, "takes (none), got field")


def test_names_without_the_argument(engine: Engine) -> None:
    lammps_toy.save(engine.folder / "model.pt", lammps_toy.Toy(), parameters=["field"])
    done = engine(script("model.pt parameters field 1"))
    assert_one_line(done, "its metadata name parameters", "forward(species, row, neighbor, displacement, parameters)")
