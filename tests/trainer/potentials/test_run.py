"""From labelled frames to a model file by the command line, killed and resumed on the way."""

import csv
import hashlib
import json
import signal
import time
from pathlib import Path

import ase.io
import numpy as np
import pytest
import torch
from training_runs import INPUT, finished, henrici, parameters

from ase_calculator import OutOfDomainError, Potential
from trainer.cli import main
from trainer.potentials.settings import PotentialSettings
from trainer.settings import parse, read_toml


def test_learns_and_every_command_agrees(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    run = tmp_path / "run"
    assert main(["train", str(data / "input.toml"), "-o", str(run)]) == 0
    with (run / "log.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    for column in ("force_rmse_meV_per_A", "energy_rmse_meV_per_atom", "virial_rmse_meV_per_atom"):
        assert float(rows[-1][f"train/{column}"]) < 0.5 * float(rows[0][f"train/{column}"])
    model = tmp_path / "model.pt"
    assert main(["export", str(run), "-o", str(model)]) == 0
    capsys.readouterr()
    assert main(["info", str(model)]) == 0
    printed = capsys.readouterr().out
    assert '["Au", "Cu"]' in printed
    assert f"{float(rows[-1]['validation/force_rmse_meV_per_A']):.6g}"[:5] in printed
    page = tmp_path / "test.html"
    assert main(["test", str(model), str(data / "alloy.xyz"), "--run", str(run), "-o", str(page)]) == 0
    assert "Learning curve" in page.read_text()
    table = {
        line.split()[0]: line.split()[1:] for line in capsys.readouterr().out.splitlines() if len(line.split()) == 4
    }
    frames = [a for a in ase.io.read(data / "alloy.xyz", ":") if "forces" in a.calc.results]
    errors, inside = [], []
    for atoms in frames:
        expected, atoms.calc = atoms.get_forces(), Potential(model, out_of_domain="ignore")
        errors.append(atoms.get_forces() - expected)
        inside.append(atoms.calc.get_property("extrapolation", atoms).max() < 0.5)
    assert np.mean(inside) > 0.95, "the file knows its own data, and nearly all of what was held out"
    frames[0].calc = Potential(model, out_of_domain="raise")
    frames[0].positions[0] += [1.2, 0.0, 0.0]
    with pytest.raises(OutOfDomainError):
        frames[0].get_forces()
    printed_digits = 5e-4
    assert float(table["force"][0]) == pytest.approx(1e3 * np.sqrt(np.mean(np.square(errors))), rel=printed_digits)
    assert main(["train", str(data / "input.toml"), "-o", str(run)]) == 2
    assert "already holds a run" in capsys.readouterr().err


def test_killed_at_any_moment_it_resumes_to_the_same_bits(data: Path, tmp_path: Path):
    whole = tmp_path / "whole"
    began = time.monotonic()
    finished(henrici("train", data / "short.toml", "-o", whole))
    duration = time.monotonic() - began
    for fraction in (0.3, 0.6, 0.9):
        run = tmp_path / f"killed{fraction}"
        process = henrici("train", data / "short.toml", "-o", run)
        time.sleep(fraction * duration)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if (run / "input.toml").exists():
            finished(henrici("train", "--resume", run))
        else:  # it died before it did anything at all
            finished(henrici("train", data / "short.toml", "-o", run))
        for a, b in zip(parameters(whole), parameters(run), strict=True):
            assert torch.equal(a, b)
        for name in ("log.csv", "model.pt"):
            assert (run / name).read_bytes() == (whole / name).read_bytes()
        assert not list(run.glob("*.partial"))


def test_asked_to_stop_it_saves_and_says_how_to_go_on(data: Path, tmp_path: Path):
    process = henrici("train", data / "input.toml", "-o", tmp_path / "run")
    assert process.stdout is not None
    while "20/400" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    output = finished(process, code=130)
    assert f"henrici train --resume {tmp_path / 'run'}" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("alloy.xyz", "none.xyz"), "none.xyz: no such file"),
        (("[training]", "[training]\nstep = 1\n"), "unknown key 'step'; did you mean 'steps'"),
        (("[training]", "[training]\ndevice = 'gpu'"), "device: expected one that torch can use here"),
        (("cutoff = 4.5", "cutoff = 0.7"), "no two atoms in the training data are within the cutoff"),
        (("[data]", 'species = ["Cu"]\n[data]'), "species Au unknown"),
        (("[data]", "reference = {Cu = 1.0}\n[data]"), "no energy for Au"),
        (
            ("[training]", "[loss]\nenergy = [0, 0]\nforces = [0, 0]\nvirial = [0, 0]\n[training]"),
            "[loss]: expected a weight > 0 for what the data have, energy or forces or virial",
        ),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], message: str
):
    (data / "bad.toml").write_text(INPUT.format(steps=10).replace(*change))
    assert main(["train", str(data / "bad.toml"), "-o", str(tmp_path / "run")]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_frames_that_are_both_trained_and_validated_on_are_said(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    for validation, minded in (('["alloy.xyz"]', True), ("0.2", False)):
        text = INPUT.format(steps=1).replace("validation = 0.2", f"validation = {validation}")
        (data / "held.toml").write_text(text)
        assert main(["train", str(data / "held.toml"), "-o", str(tmp_path / f"run-{minded}")]) == 0
        words = "mind: of 40 frames to validate on that could be looked up, 40 are among those to train on"
        assert (words in capsys.readouterr().out) == minded


def test_changed_data_are_noticed(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for name in ("alloy.xyz", "short.toml"):
        (tmp_path / name).write_bytes((data / name).read_bytes())
    assert main(["train", str(tmp_path / "short.toml"), "-o", str(tmp_path / "run")]) == 0
    frames = ase.io.read(tmp_path / "alloy.xyz", ":")
    ase.io.write(tmp_path / "alloy.xyz", frames[:-1])
    capsys.readouterr()
    assert main(["train", "--resume", str(tmp_path / "run")]) == 2
    assert "the training data have changed" in capsys.readouterr().err


def test_a_changed_input_is_noticed(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    run = tmp_path / "run"
    assert main(["train", str(data / "short.toml"), "-o", str(run)]) == 0
    before = (run / "model.pt").read_bytes()
    (run / "input.toml").write_text("# the same\n" + (run / "input.toml").read_text())
    assert main(["train", "--resume", str(run)]) == 0
    assert (run / "model.pt").read_bytes() == before
    (run / "input.toml").write_text((run / "input.toml").read_text().replace("cutoff = 4.5", "cutoff = 5.0"))
    capsys.readouterr()
    assert main(["train", "--resume", str(run)]) == 2
    assert "is not what the run began with" in capsys.readouterr().err


def test_the_record_says_how_to_repeat_it(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    run = tmp_path / "run"
    process = henrici("train", data / "short.toml", "-o", run)
    assert process.stdout is not None
    while "20/120" not in process.stdout.readline():
        assert process.poll() is None
    assert main(["train", "--resume", str(run)]) == 2
    assert f"{run} is in use by process {process.pid}" in capsys.readouterr().err
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert main(["train", "--resume", str(run)]) == 0
    record = json.loads((run / "run.json").read_text())
    killed, last = record["sessions"]
    assert "ended" not in killed
    assert killed["command"][1:] == ["train", str(data / "short.toml"), "-o", str(run)]
    assert (last["state"], last["step"], last["processes"], last["threads"]) == ("finished", 120, 1, 1)
    assert set(last["versions"]) >= {"python", "henrici", "torch", "numpy", "ase", "vesin"}
    content = (data / "alloy.xyz").read_bytes()
    path = str((data / "alloy.xyz").resolve())
    assert record["files"] == [{"path": path, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}]
    again = parse(PotentialSettings, record["settings"], "run.json")
    assert again.resolved() == parse(PotentialSettings, read_toml(data / "short.toml"), "").resolved()
    capsys.readouterr()
    assert main(["info", str(run)]) == 0
    assert f"files        {json.dumps(record['files'][0])}" in capsys.readouterr().out
