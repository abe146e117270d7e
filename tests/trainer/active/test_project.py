"""A whole project, small: copper, labelled by effective medium theory."""

import os
import shutil
import signal
import time
from pathlib import Path

import ase.db
import ase.io
import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from training_runs import finished, henrici

from ase_calculator import Potential

INPUT = """
structures = ["copper.xyz"]
[label]
calculator = "emt"
isolated = true
[perturbation]
count = 8
[selection]
labels = 3
[committee]
models = 2
first_steps = 150
steps = 100
final_steps = 100
[[stage]]
temperatures = [300, 1200]
pressures = [0]
ensemble = "nvt"
walks = 2
steps = 100
every = 5
rounds = 2
[potential.power_spectrum]
cutoff = 4.5
channels = 8
axis = 2
fitting = [8, 8]
[executor]
workers = 2
"""


def write_input(folder: Path, text: str = INPUT) -> Path:
    folder.mkdir(exist_ok=True)
    ase.io.write(folder / "copper.xyz", bulk("Cu", cubic=True))
    (folder / "project.toml").write_text(text)
    return folder / "project.toml"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project that ran undisturbed."""
    input_file = write_input(tmp_path_factory.mktemp("project"))
    finished(henrici("explore", input_file))
    return input_file.with_suffix("")


def labels(folder: Path) -> dict:
    rows = ase.db.connect(folder / "project.db").select()
    return {row.job: (row.use, row.positions, row.cell, row.energy, row.forces) for row in rows}


def test_it_ends_with_labels_models_and_a_page(project: Path):
    found = labels(project)
    uses = [use for use, *_ in found.values()]
    assert uses.count("isolated") == 1
    assert uses.count("held_out") >= 2
    assert 6 <= uses.count("train") <= 6 + 2 * 3
    assert (project / "project.html").stat().st_size > 1000
    models = sorted((project / "models").iterdir())
    assert [model.name for model in models] == ["1.pt", "2.pt"]
    atoms = bulk("Cu", cubic=True)
    atoms.rattle(0.05, seed=3)
    forces = []
    for calculator in (Potential(models), EMT()):
        atoms.calc = calculator
        forces.append(atoms.get_forces())
    error = np.abs(forces[0] - forces[1]).max()
    assert error < 0.5 * np.abs(forces[1]).max(), "it has learned something of copper"


def test_a_project_that_is_over_does_nothing(project: Path):
    before = labels(project)
    output = finished(henrici("explore", project.with_suffix(".toml")))
    assert output == f"the project is over: see {project / 'project.html'}\n"
    assert str(labels(project)) == str(before)


def test_another_input_is_refused(project: Path, tmp_path: Path):
    text = project.with_suffix(".toml").read_text()
    other = write_input(tmp_path / "other", text.replace("labels = 3", "labels = 5"))
    output = finished(henrici("explore", other, "-o", project), code=2)
    assert "selection is not what" in output
    assert len(output.strip().splitlines()) == 1


def test_the_second_of_two_processes_is_refused(tmp_path: Path):
    input_file = write_input(tmp_path / "two")
    first = henrici("explore", input_file)
    lock = tmp_path / "two" / "project" / "lock"
    while not (lock.exists() and lock.read_text()):
        time.sleep(0.05)
    output = finished(henrici("explore", input_file), code=2)
    assert "in use by process" in output
    first.kill()
    first.communicate()


def test_the_first_labels_are_needed_and_crystals_at_rest_are_not_held_out(tmp_path: Path):
    """Of two labels one is held out, the copy; the other is not good."""
    text = INPUT.replace("count = 8", "count = 2").replace("isolated = true", 'keywords.does = "fears the origin"')
    input_file = write_input(tmp_path / "first", text.replace('"emt"', '"toy:Springs"'))
    shutil.copy(Path(__file__).parent / "toy.py", input_file.parent)
    output = finished(henrici("explore", input_file), code=2)
    assert "none of the 2 labels of round 0 can be trained on: RuntimeError: an atom is at the origin" in output


def test_what_was_killed_ends_with_the_same_labels(project: Path, tmp_path: Path):
    """In round 0, in the first training or walk, and later."""
    input_file = write_input(tmp_path / "killed")
    for delay in (4.0, 8.0):
        process = henrici("explore", input_file)
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    finished(henrici("explore", input_file))
    here, there = labels(tmp_path / "killed" / "project"), labels(project)
    assert here.keys() == there.keys()
    for job, (use, *arrays) in here.items():
        assert use == there[job][0]
        assert all(np.array_equal(a, b) for a, b in zip(arrays, there[job][1:], strict=True)), job
