"""The command: solving and comparing, stopped and resumed; pages; mistakes are one line."""

import csv
import math
from pathlib import Path

import pytest

from kinetic import runs, solve
from kinetic.commands import kinetic as command
from kinetic.models import Discretisation
from trainer import cli
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


def call(*arguments: str | Path) -> int:
    return cli.command("kinetic", command, [str(a) for a in arguments])


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
        'models = ["hme-4"]\ntimes = [0.05]\n[flow]\nkind = "riemann"\ncells = 24\nleft_state = [1, -3, 1]\n'
        "right_state = [1, 3, 1]\n[solver]\nvelocity_limit = 12.0\n[knudsen]\nlow = 10.0\n"
    )
    (row,) = runs.compare_case(case, tmp_path / "out")["hme-4"]
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
