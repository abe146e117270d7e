"""The database of a project."""

from pathlib import Path

import ase.db
import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

from trainer.active.journal import Journal
from trainer.active.labelling.labels import labelled
from trainer.errors import UserError

KEYS = {"job": "rounds/000/labels/0000", "round": 0, "use": "train", "temperature": 300.0}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "project.db")


def copper():
    atoms = bulk("Cu", cubic=True)
    atoms.rattle(0.1, seed=1)
    atoms.calc = EMT()
    atoms.get_stress()
    return atoms


def test_a_label_is_kept_to_the_last_bit_and_once(journal: Journal):
    atoms = copper()
    journal.add_label(atoms, KEYS, {"calculator": "emt"})
    journal.add_label(atoms, KEYS, {"calculator": "emt"})
    (found,) = labelled(Journal(journal.path), "train", before=1)
    assert np.array_equal(found.positions, atoms.positions)
    assert np.array_equal(found.get_forces(), atoms.get_forces())
    assert found.get_potential_energy() == atoms.get_potential_energy()
    assert np.array_equal(found.get_stress(), atoms.get_stress())
    assert found.info["temperature"] == 300.0
    assert not labelled(journal, "train", before=0)
    assert not labelled(journal, "held_out", before=1)


def test_ase_reads_it(journal: Journal):
    journal.record(0, "label", {"labels": 1})
    journal.add_label(copper(), KEYS, {"calculator": "emt"})
    (row,) = ase.db.connect(journal.path).select(use="train")
    assert row.data["calculator"] == "emt"


def test_phases_and_jobs(journal: Journal):
    assert journal.result(1, "explore") is None
    journal.record(1, "explore", {"explored": 10})
    journal.record(2, "explore", {"explored": 20})
    journal.ended("rounds/001/walks/000", 1, "walk", {"explored": 5})
    again = Journal(journal.path)
    assert again.results("explore") == {1: {"explored": 10}, 2: {"explored": 20}}
    assert again.jobs("walk", 1) == again.jobs("walk") == {"rounds/001/walks/000": {"explored": 5}}
    assert again.jobs("walk", 2) == again.jobs("label") == {}
    again.forget(["rounds/001/walks/000"])
    assert journal.jobs("walk") == {}


def test_what_is_no_database_is_refused_in_one_line(tmp_path: Path):
    (tmp_path / "project.db").write_text("nothing of the kind" * 100)
    with pytest.raises(UserError, match="not a database"):
        Journal(tmp_path / "project.db")
