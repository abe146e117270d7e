"""The command: solving and comparing, stopped and resumed; pages; mistakes are one line."""

import csv
import math
from pathlib import Path

import pytest
from kinetic_commands import call

from kinetic import runs, solve
from kinetic.models import Discretisation
from trainer.errors import UserError

CASE = """
models = ["bgk", "hme-4", "euler"]
times = [0.02, 0.04]
eps = [0.01, 1.0]
[flow]
cells = 24
[knudsen]
low = 0.01
[solver]
velocities = 32
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "case.toml"
    path.write_text(CASE)
    return path


def test_solve(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert call("solve", case, "-o", tmp_path / "out") == 0
    assert "bgk" in capsys.readouterr().out
    with (tmp_path / "out/solution.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 3 * 2 * 24
    euler = [float(row["density"]) for row in rows if row["model"] == "euler" and row["t"] == "0.04"]
    expected = solve("euler", runs.read(case).build(), [0.02, 0.04], Discretisation(velocities=32)).density[0, 1]
    assert euler == pytest.approx(expected.tolist(), rel=1e-8)
    page = (tmp_path / "out/solution.html").read_text()
    for words in ("Profiles of temperature at t = 0.04", "Distribution function at x", "CPU time"):
        assert words in page


def test_walls_that_slide(tmp_path: Path):
    case = tmp_path / "couette.toml"
    case.write_text(
        'models = ["es-bgk", "bgk-3v"]\ntimes = [0.05]\n[flow]\ncells = 12\ndensity = [1, 0, 0]\nvelocity = [0, 0, 0]\n'
        "temperature = [1, 0, 0]\n[gas]\nprandtl = 0.7\n[solver]\nvelocities = 24\nvelocity_limit = 6.0\n[left]\n"
        'kind = "diffuse"\ntangential = -0.2\n[right]\nkind = "diffuse"\ntangential = 0.2\n'
    )
    call("solve", case, "-o", tmp_path / "out")
    with (tmp_path / "out/solution.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["model"] == "es-bgk"]
    w = [float(row["tangential"]) for row in rows]
    assert 0.02 < w[-1] < 0.2
    assert w == pytest.approx([-x for x in reversed(w)], abs=1e-12)
    assert "Profiles of tangential at t = 0.05" in (tmp_path / "out/solution.html").read_text()
    found = runs.read(case).build().molecules
    assert found.prandtl == 0.7


def test_a_stopped_command_goes_on(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    call("solve", case, "-o", tmp_path / "whole")
    save, calls = runs.checkpoint.save, [0]

    def stop(path: Path, state: dict[str, object]) -> None:
        save(path, state)
        calls[0] += 1
        if calls[0] == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(runs.checkpoint, "save", stop)
    with pytest.raises(KeyboardInterrupt):
        call("solve", case, "-o", tmp_path / "parts")
    monkeypatch.setattr(runs.checkpoint, "save", save)
    call("solve", case, "-o", tmp_path / "parts")
    assert (tmp_path / "whole/solution.csv").read_bytes() == (tmp_path / "parts/solution.csv").read_bytes()


def test_compare(case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert call("compare", case, "-o", tmp_path / "out") == 0
    table = runs.compare_case(case, tmp_path / "out")  # from the folder
    assert table["euler"][0][3] < table["euler"][1][3]  # Euler is the limit of small Knudsen numbers
    assert table["hme-4"][1][3] < 0.1 * table["euler"][1][3]
    assert "hme-4" in capsys.readouterr().out
    page = (tmp_path / "out/compare.html").read_text()
    assert "Relative error of density, momentum and energy against the Knudsen number" in page
    with (tmp_path / "out/compare.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) == 4


def test_a_model_that_loses_the_gas_is_a_gap(tmp_path: Path):
    case = tmp_path / "case.toml"
    case.write_text(
        'models = ["navier-stokes"]\ntimes = [0.05]\n[flow]\nkind = "riemann"\ncells = 24\n'
        "right_state = [1e-6, 0, 1]\n[knudsen]\nlow = 10.0\n"
    )
    (row,) = runs.compare_case(case, tmp_path / "out")["navier-stokes"]
    assert all(math.isnan(x) for x in row)
    assert (tmp_path / "out/compare.html").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CASE.replace("hme-4", "none.pt"), "none.pt: no such file"),
        (CASE.replace("hme-4", "hme4"), "no 'hme4'; did you mean 'hme-M'"),
        (CASE.replace("low = 0.01", "low = 0.0"), "expected 0 < low"),
        (CASE.replace("[0.02, 0.04]", "[0.04, 0.02]"), "expected ascending"),
        (CASE + "courant = 1.5\n", "courant: expected a number above 0 and at most 1, got 1.5"),
        (CASE + "[left]\nkind = 'reflecting'\n", "either both ends are periodic or none"),
        (CASE.replace("cells = 24", "cells = 24\ntemperature = [1.0, 1.5, 0.0]"), "temperature: expected numbers > 0"),
        (CASE.replace("eps = [0.01, 1.0]", "eps = [0.0]"), "knudsen: expected numbers > 0"),
        (
            CASE.replace('"hme-4"', '"es-bgk"').replace("cells = 24", 'kind = "shock"'),
            "a shock of dimension = 1 is none",
        ),
        (CASE + "[gas]\nprandtl = -1.0\n", "prandtl: expected a number above 0, got -1"),
        (CASE + "[gas]\nprandtl = inf\n", "prandtl: expected a number above 0, got inf"),
        (
            CASE.replace('"hme-4"', '"es-bgk"').replace("eps = [0.01, 1.0]", "eps = [0.0]"),
            "compare takes models of one gas",
        ),
        (
            CASE.replace(', "hme-4", "euler"', "").replace("eps = [0.01, 1.0]", "eps = [0.0]"),
            "compare takes models beside bgk, got none",
        ),
        (CASE.replace('"bgk", "hme-4", "euler"', ""), "models: expected at least one, got none"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(text: str, message: str, tmp_path: Path):
    case = tmp_path / "case.toml"
    case.write_text(text)
    what = "compare" if "eps = [0.0]" in text else "solve"
    with pytest.raises(UserError, match=message) as caught:
        call(what, case, "-o", tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == [case]


def test_a_folder_belongs_to_one_case(case: Path, tmp_path: Path):
    call("solve", case, "-o", tmp_path / "out")
    case.write_text(CASE.replace("24", "32"))
    with pytest.raises(UserError, match="holds the solutions of another case"):
        call("solve", case, "-o", tmp_path / "out")


def test_train_wants_a_case_or_a_run(case: Path):
    with pytest.raises(UserError, match="expected either an input file, or --resume"):
        call("train")
    with pytest.raises(UserError, match="expected either an input file, or --resume"):
        call("train", case, "--resume", case.parent)
