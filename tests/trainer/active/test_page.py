"""A project's page, status and scalars, of journals whose numbers are known."""

import re
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from browser import assert_readable
from journals import EDGES, SETTINGS, advance, begin, finish
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from trainer.active.journal import Journal
from trainer.active.report import history, page, words
from trainer.active.settings import LabelSettings, ProjectSettings, SelectionSettings, StageSettings
from trainer.active.structures import to_json
from trainer.loop.events import EventFile


def written(folder: Path, journal: Journal, settings: ProjectSettings = SETTINGS) -> str:
    (folder / "project.html").write_bytes(page.page(folder, journal, settings))
    return (folder / "project.html").read_text()


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> Journal:
    """A project of two stages with two rounds each."""
    journal = begin(tmp_path_factory.mktemp("over"))
    for round, stage in enumerate((0, 0, 1, 1), 1):
        advance(journal, round, stage, overconfident=round == 3)
    finish(journal, 5)
    return journal


def test_page_of_a_project_that_is_over(over: Journal, tmp_path: Path):
    text = written(tmp_path, over)
    assert "<b>26,000 <small>" in text, "twice nine and twice four points, a thousand configurations each"
    assert "<b>44 <small></small></b><span>0.169 % of what was explored; 5 of 49 failed" in text
    assert "<b>12.5 <small>meV/Å</small></b><span>0.625 % of the RMS force" in text
    assert "<b>0.625 <small>meV/atom" in text
    assert "stage 0 ended after its 2 rounds, with 2.30 % new" in text
    assert "the committee is overconfident" not in text, "it was, but is no more"
    assert "on 10 held-out frames: at most 4.69 %, at 1500 K, 0 GPa" in text
    assert "did not converge in 100 steps" in text
    assert "<script" not in text
    # errors, effort, findings; sources, novelty, accuracy, deviations of two stages; calibration; structures
    assert_readable(tmp_path / "project.html", figures=10)


def test_page_at_any_moment(tmp_path: Path):
    journal = Journal(tmp_path / "project.db")
    assert "labelling" in written(tmp_path, journal), "before anything"
    journal = begin(tmp_path)
    assert "training" in written(tmp_path, journal)
    (tmp_path / "other").mkdir()
    advance(ahead := begin(tmp_path / "other"), 1, 0, overconfident=True)
    moments = {
        "measuring": ("train",),
        "selecting": ("measure", "explore"),
        "training": ("select", "label", "calibrate"),
    }
    for doing, phases in moments.items():
        for phase in phases:
            result = ahead.result(1, phase)
            assert result is not None
            journal.record(1, phase, result)
        text = written(tmp_path, journal)
        assert f"<span>{doing}</span>" in text
    assert "the committee is overconfident: of the labels of round 1, 6 of 6 had" in text
    assert "errors are measured on 2 held-out frames" in text


def test_odd_projects_have_pages_too(tmp_path: Path):
    """Perfect models, walks that all end at once, a molecule, one point, deviations that are relative."""
    settings = ProjectSettings(
        structures=("water.xyz",),
        label=LabelSettings("module:Class"),
        stage=(StageSettings(temperatures=(300.0,), ensemble="displace"),),
        selection=SelectionSettings(relative=1.0),
    )
    journal = begin(tmp_path)
    none = {"frames": 0, "force_rmse": 0.0, "energy_rmse": 0.0, "force_rms": 0.0, "deviation": [], "error": []}
    perfect = none | {"frames": 2, "deviation": [0.0, 0.0], "error": [0.0, 0.0]}
    water = Atoms("H2O", np.eye(3), info={"deviation": 0.2, "step": 10, "temperature": 300.0, "pressure": 0.0})
    zero = {"explored": 0, "accurate": 0, "candidate": 0, "failed": 0, "cut": 1}
    point = {"temperature": 300.0, "pressure": 0.0, "walks": 1, **zero}
    for round, measured in ((1, none), (2, perfect)):
        journal.record(round, "train", {"models": ["1.pt", "2.pt"], "force_rmse": [30.0, 40.0]})
        journal.record(round, "measure", measured | {"lower": 0.15, "upper": 1.0})
        counts = [0] * (len(EDGES) - 1)
        journal.record(
            round, "explore", {"stage": 0, **zero, "points": [point], "edges": EDGES.tolist(), "counts": counts}
        )
        journal.record(round, "select", {"chosen": [to_json(water)] if round == 1 else [], "held_out": []})
        journal.record(round, "label", {"labels": round - 1, "failed": 0, "held_out": 0})
        calibration = {"correlation": None, "slope": 0.0 if round == 2 else None, "multiple": 2.5, "beyond": 0}
        same = [0.0] * (round - 1)
        journal.record(round, "calibrate", {"deviation": same, "error": same, "overconfident": False, **calibration})
        text = written(tmp_path, journal, settings)
        assert ">nan" not in text
        assert words.status(journal, settings)
        assert history.scalars(journal, round)
    assert "H2O" in text


def test_status(over: Journal, tmp_path: Path):
    lines = words.status(over, SETTINGS).splitlines()
    assert lines[:3] == [
        "the project is over",
        "stage 0: out of rounds, 2 rounds, 2.30 % new at the last visits",
        "stage 1: accepted, 2 rounds, 0.35 % new at the last visits",
    ]
    third = next(line for line in lines if re.match(r" +3 ", line))
    assert " ".join(third.split()) == "3 1 4000 1.05 % 0.50 % 0.0375 0.25 6 1 50.0 2.5 % 2.50 4.00!"
    assert lines[-1].startswith("final models: held out: 10 frames, force RMSE 12.5 meV/A (0.6 % of the RMS), ")
    assert all(line.isascii() for line in lines)


def test_status_says_what_is_under_way(tmp_path: Path):
    journal = begin(tmp_path)
    assert words.status(journal, SETTINGS).startswith("round 1: train, not begun\n")
    for member in range(4):
        (tmp_path / f"rounds/001/train/{member}").mkdir(parents=True)
    journal.ended("rounds/001/train/0", 1, "train", {"model": "model.pt"})
    assert words.status(journal, SETTINGS).startswith("round 1: train, 1 of 4 jobs are over\n")


def test_the_last_stage_is_followed_by_the_final_training(tmp_path: Path):
    journal = begin(tmp_path)
    for round, stage in enumerate((0, 0, 1, 1), 1):
        advance(journal, round, stage)
    assert history.next_phase(SETTINGS, history.read(journal)) == (5, "deliver")
    journal.record(5, "deliver", {"models": ["models/1.pt"], "force_rmse": [None]})
    assert history.next_phase(SETTINGS, history.read(journal)) == (5, "final")


def test_the_log_has_dp_gens_words(over: Journal):
    explored, calibrated = over.result(3, "explore"), over.result(3, "calibrate")
    assert explored is not None
    assert words.said(3, "explore", explored).splitlines() == [
        "round 003 explore   system 001 candidate :     42 in   4000   1.05 %",
        "round 003 explore   system 001 failed    :     20 in   4000   0.50 %",
        "round 003 explore   system 001 accurate  :   3938 in   4000  98.45 %",
        "round 003 explore   2 of 4 walks were cut",
    ]
    assert calibrated is not None
    assert "OVERCONFIDENT: 6 of 6 errors are more than 2.5 times" in words.said(3, "calibrate", calibrated)
    for round in (0, 1, 5):
        for phase in (*history.PHASES, "deliver", "final"):
            if (result := over.result(round, phase)) is not None:
                assert words.said(round, phase, result).startswith(f"round {round:03d} {phase}")


def test_a_training_that_failed_is_named():
    trained = {"models": ["1.pt", "2.pt", "3.pt"], "force_rmse": [6.0, 115708.0, 9.5]}
    _, line = words.said(4, "deliver", trained).splitlines()
    assert line.startswith("round 004 deliver   MIND: 2.pt errs 19285 times as much as the best")
    assert not history.strays({"models": ["1.pt", "2.pt"], "force_rmse": [None, None]})


def test_tensorboard_has_a_step_for_each_round(over: Journal, tmp_path: Path):
    for round in (1, 2, 5):
        EventFile(tmp_path / "tensorboard", round - 1).write(round, history.scalars(over, round))
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    force = events.Scalars("held_out/force_rmse_meV_per_A")
    assert [(e.step, e.value) for e in force] == [(1, 200.0), (2, 100.0), (5, 12.5)]
    shares = events.Scalars("explore/candidate_share")
    assert [e.value for e in shares] == pytest.approx([570 / 9000, 141 / 9000])
    assert events.Scalars("labels/good")[-1].value == 44
