"""`henrici report trajectory`: its page as a browser shows it, its curves as CSV."""

import csv
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from browser import assert_readable
from trajectories import images, write_dump

from trainer.cli import main
from trainer.report.blocks import Estimate
from trainer.report.trajectory_figures import with_error
from trainer.report.trajectory_page import difference_of

HOSTILE = "<script>alert(1)</script>.traj".replace("/", "_")


def test_page_in_a_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.chdir(tmp_path)
    ase.io.write(HOSTILE, images(), format="traj")
    write_dump(Path("b.lammpstrj"), images(wrapped=False))
    assert main(["report", "trajectory", HOSTILE, "--reference", "b.lammpstrj", "--dt", "0.5", "--csv"]) == 0
    assert capsys.readouterr().out == "wrote trajectory.html, trajectory.rdf.csv, trajectory.msd.csv\n"
    page = Path("trajectory.html").read_text()
    assert "<script" not in page
    assert "b.lammpstrj has no times" in page
    # g(r) of H-H, H-O, O-O; MSD of H and O; density
    assert_readable(Path("trajectory.html"), figures=6)
    with Path("trajectory.rdf.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {(row["trajectory"], row["pair"]) for row in rows} == {
        (name, pair) for name in (HOSTILE, "b.lammpstrj") for pair in ("H–H", "H–O", "O–O")
    }
    assert all(float(row["g_error"]) >= 0 for row in rows)
    with Path("trajectory.msd.csv").open(newline="") as stream:
        moved = [row for row in csv.DictReader(stream) if row["trajectory"] == HOSTILE]
    assert float(moved[1]["time"]) == 0.5


@pytest.mark.parametrize("flying", [False, True])
def test_free_flight_is_not_called_diffusion(flying: bool, tmp_path: Path):
    random = np.random.default_rng(4)
    start, steps = random.uniform(0, 10, (20, 3)), random.normal(0, 0.1, (60, 20, 3))
    paths = (steps[:1].repeat(60, 0) if flying else steps).cumsum(0)
    frames = [Atoms("H20", start + path, cell=[10] * 3, pbc=True) for path in paths]
    ase.io.write(tmp_path / "a.traj", frames)
    arguments = ["report", "trajectory", str(tmp_path / "a.traj"), "--dt", "0.01", "--distance", "4"]
    assert main([*arguments, "-o", str(tmp_path / "a.html")]) == 0
    assert ("too short for the diffusion of H" in (tmp_path / "a.html").read_text()) == flying


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.traj"], "none.traj: no such file"),
        (["a.traj", "--dt", "0"], "expected --distance, --dt, --reference-dt > 0"),
        (["a.traj", "--reference-dt", "1"], "expected a trajectory in --reference, which other options"),
        (["a.traj", "-o", "nowhere/a.html"], "no folder nowhere"),
        (["a.traj"], "expected a cell periodic"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    ase.io.write("a.traj", [Atoms("OH", [[0, 0, 0], [0, 0, 1]])] * 10)
    assert main(["report", "trajectory", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["a.traj"]


@pytest.mark.parametrize(
    ("symbols", "cell", "frames"),
    [("H2", 5.0, 20), ("H2O", 5.0, 200), ("HO", 200.0, 60), ("Si2", 0.3, 60), ("H3", 5.0, 9)],
)
def test_odd_trajectories_have_pages_too(
    symbols: str, cell: float, frames: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Nothing moves, no two atoms are near, a cell narrower than an atom, frames too few for motion."""
    monkeypatch.chdir(tmp_path)
    atoms = Atoms(symbols, cell=cell * np.eye(3), pbc=True)
    atoms.positions = np.random.default_rng(5).uniform(0, cell, atoms.positions.shape)
    ase.io.write("a.traj", [atoms] * frames)
    assert main(["report", "trajectory", "a.traj", "-o", "a.html"]) == 0
    assert ">nan<" not in Path("a.html").read_text()


def test_difference_of_curves_beside_its_expectation():
    """Two noisy samples of one curve differ by what their errors say; a shift shows."""
    random = np.random.default_rng(4)
    curve, s = 1 + np.sin(np.linspace(0, 20, 4000)), 0.05
    a, b = (Estimate(curve + random.normal(0, s, 4000), np.full(4000, s), 8) for _ in range(2))
    difference, noise = difference_of(a, b)
    assert difference == pytest.approx(noise, rel=0.05)  # 4000 values: 1.2 % each
    assert difference_of(a._replace(mean=a.mean + 0.5), b)[0] > 5 * noise


@pytest.mark.parametrize(
    ("mean", "error", "written"),
    [
        (1.03217, 0.0138, "1.032 ± 0.014"),
        (-1234.5, 56.7, "−1,234 ± 57"),
        (4.0, 0.0, "4.00"),
        (0.997, float("nan"), "0.997"),
    ],
)
def test_numbers_with_errors(mean: float, error: float, written: str):
    assert with_error(mean, error) == written
