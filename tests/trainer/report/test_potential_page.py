"""`henrici test`: its table, its page as a browser shows it, and what it does when it is disturbed."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from browser import assert_readable
from models import CUTOFF, ELEMENTS
from physics import TRICLINIC, cluster, crystal

from trainer import export
from trainer.cli import main
from trainer.contract import PotentialMetadata
from trainer.data.fingerprint import identity
from trainer.data.read import read
from trainer.data.settings import DataSettings
from trainer.potentials import build
from trainer.potentials.potential import Potential

HOSTILE = "<img src=x onerror=alert(1)>&.xyz"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Crystals and molecules of several sizes with random labels, in two files, one of them with a bad name."""
    folder, random = tmp_path_factory.mktemp("data"), np.random.default_rng(3)
    paths = [folder / "crystals.xyz", folder / HOSTILE]
    for path, systems in zip(
        paths,
        ([crystal(6, k, 2 * TRICLINIC) for k in range(30)], [cluster(4 + k % 5, k) for k in range(30)]),
        strict=True,
    ):
        frames = []
        for s in systems:
            atoms = Atoms([ELEMENTS[k] for k in s.species], s.positions, cell=s.cell, pbc=s.pbc)
            labels = {"energy": random.normal() - 4.0 * len(atoms), "forces": random.normal(size=(len(atoms), 3))}
            if s.pbc.all():
                labels["stress"] = 0.01 * random.normal(size=6)
            atoms.calc = SinglePointCalculator(atoms, **labels)
            frames.append(atoms)
        ase.io.write(path, frames, format="extxyz")
    return paths


def test_page_in_a_browser(
    float64_file: Path,
    data: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    assert main(["test", str(float64_file), *map(str, data)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("60 frames, ")
    assert printed.endswith("wrote test.html\n")
    page = (tmp_path / "test.html").read_text()
    assert "does not say which frames it was trained on" in page
    assert "<img" not in page
    force = next(line.split()[1] for line in printed.splitlines() if line.startswith("force"))
    assert f"<b>{float(force):,.0f} <small>meV/Å" in page
    # parity of energy, force, virial, stress; by species, by magnitude; distribution; by size
    assert_readable(tmp_path / "test.html", figures=8)


@pytest.mark.parametrize(
    ("trained", "said"),
    [
        (slice(None), "these are the very frames that the model was trained on"),
        (slice(0, 40), "of 60 frames that could be looked up, 40 are among those"),
        (slice(0, 0), ""),
    ],
)
def test_it_says_what_the_model_was_trained_on(
    trained: slice, said: str, data: list[Path], model: Potential, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    frames = list(read([str(path) for path in data], DataSettings(train=("-",)), Path()))
    metadata = PotentialMetadata(
        dtype="float64",
        units={"energy": "eV", "length": "angstrom"},
        species=ELEMENTS,
        cutoff=CUTOFF,
        data=identity(frames[trained] or [dataclasses.replace(frames[0], positions=frames[0].positions + 1)]),
    )
    export.save(build.finished(model), metadata, tmp_path / "model.pt")
    page = tmp_path / "test.html"
    assert main(["test", str(tmp_path / "model.pt"), *map(str, data), "-o", str(page)]) == 0
    minded = [line for line in capsys.readouterr().out.splitlines() if line.startswith("mind: ")]
    assert len(minded) == bool(said)
    assert "".join(minded).startswith(f"mind: {said}" if said else "")
    assert said in page.read_text()
    assert ("<strong>Mind: </strong>" in page.read_text()) == bool(said)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "nowhere/test.html"], "cannot write nowhere/test.html: no folder nowhere"),
        (["-o", "."], "it is a folder"),
        (["--run", "nowhere"], "no such file"),
        (["--input", "none.toml"], "none.toml: no such file"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str],
    message: str,
    float64_file: Path,
    data: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    assert main(["test", str(float64_file), str(data[0]), *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_damaged_log_is_one_line(
    float64_file: Path, data: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "input.toml").write_text('[data]\ntrain = ["x.xyz"]\n')
    (tmp_path / "run.json").write_text('{"kind": "potential"}')
    (tmp_path / "log.csv").write_text("step,train/force_rmse_meV_per_A\n1,2,3\n")
    assert main(["test", str(float64_file), str(data[0]), "--run", str(tmp_path), "-o", str(tmp_path / "a.html")]) == 2
    error = capsys.readouterr().err
    assert "log.csv: not a table of numbers" in error
    assert error.count("\n") == 1


def test_killed_it_leaves_the_old_page_or_a_whole_one(float64_file: Path, data: list[Path], tmp_path: Path):
    page = tmp_path / "test.html"
    command = [sys.executable, "-m", "trainer.cli", "test", str(float64_file), *map(str, data), "-o", str(page)]
    began = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"OMP_NUM_THREADS": "1"})
    duration = time.monotonic() - began
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | {"OMP_NUM_THREADS": "1"})
    time.sleep(0.9 * duration)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert page.read_text().endswith("</html>\n")
