"""A training as a user makes it: to the end, stopped, resumed; what it learns; its file; bad input."""

import argparse
import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from torch import nn

from theory import command
from theory.norms.network import MLP
from theory.norms.path import path_norm
from theory.norms.scripts import read
from theory.regression.data import read_sample
from theory.regression.gap import gap
from theory.regression.run import RegressorMetadata, task
from theory.regression.settings import Kind, ModelSettings, RegressionSettings
from trainer import export
from trainer.cli import main
from trainer.errors import UserError
from trainer.loop.loop import Loop
from trainer.potentials.run import PotentialRun
from trainer.settings import parse

INPUT = """
train = "train.npz"
test = "test.npz"
penalty = {penalty}
[model]
kind = "two-layer"
width = 20
[training]
steps = {steps}
learning_rate = 0.05
report = 40
"""


def henrici(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(list(words)))


def target(x: np.ndarray) -> np.ndarray:
    return np.maximum(x[:, 0] - 0.3, 0.0) + 0.5 * np.maximum(0.8 - x[:, 0] - x[:, 1], 0.0)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    random = np.random.default_rng(11)
    for name in ("train", "test"):
        x = random.random((60, 2))
        np.savez(tmp_path / f"{name}.npz", x=x, y=target(x))
    (tmp_path / "input.toml").write_text(INPUT.format(penalty=0.0, steps=500))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_learns_and_writes_a_file_that_says_what_it_is(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert henrici("train", "input.toml") == 0
    document = export.read_document(folder / "run" / "model.pt")
    assert (document["kind"], document["dim"]) == ("regressor", 2)
    assert document["validation"]["rmse"] < 0.3 * target(np.random.default_rng(0).random((500, 2))).std()
    module, _ = export.load(folder / "run" / "model.pt", RegressorMetadata)
    sample = read_sample(folder / "test.npz")
    error = module(torch.as_tensor(sample.x, dtype=torch.float32))[:, 0].numpy() - sample.y
    assert np.sqrt((error**2).mean()) == pytest.approx(document["validation"]["rmse"], rel=1e-3)
    assert "a posteriori bound of the gap, 0.95: " in capsys.readouterr().out
    assert main(["export", "run", "-o", "again.pt"]) == 0
    assert export.read_document(folder / "again.pt") == document
    network = read(folder / "run" / "model.pt")[""]
    assert isinstance(network, MLP)
    assert path_norm(network) == pytest.approx(document["validation"]["norm"], rel=1e-5)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_the_gap_is_within_the_bound_of_the_model(kind: str, folder: Path):
    train, test = read_sample(folder / "train.npz"), read_sample(folder / "test.npz")
    model = ModelSettings(kind, width=9, depth=2).build(2, 3).double()
    found = gap(model.finished(), train, test)
    f = model(torch.as_tensor(test.x)).detach().numpy()[:, 0]
    if kind in ("deep", "generalised-linear"):
        assert found.bound is None
        assert found.test == pytest.approx(0.5 * np.mean((f - test.y) ** 2))
        assert "no bound of the gap" in str(found)
    else:
        assert found.bound is not None
        assert found.test == pytest.approx(0.5 * np.mean((np.clip(f, 0, 1) - test.y) ** 2))
        assert found.test - found.train <= found.bound.value
    outside = gap(model.finished(), train._replace(x=5 * train.x), test)
    assert outside.bound is None


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh])
def test_a_foreign_file_has_a_gap_and_a_bound_if_there_is_a_theorem(
    activation: type[nn.Module], folder: Path, capsys: pytest.CaptureFixture[str]
):
    module = nn.Sequential(nn.Linear(2, 5), activation(), nn.Linear(5, 1), nn.Flatten(0))
    with export.torchscript():
        torch.jit.script(module).save("foreign.pt")
    assert henrici("gap", "foreign.pt", "train.npz", "test.npz") == 0
    said = capsys.readouterr().out
    assert "gap  " in said
    assert ("a posteriori bound" in said) == (activation is nn.ReLU)
    np.savez(folder / "other.npz", x=np.zeros((4, 3)), y=np.zeros(4))
    for files, words in ((["other.npz", "other.npz"], "network of 3 inputs"), (["train.npz", "other.npz"], "one dim")):
        with pytest.raises(UserError, match=words):
            henrici("gap", "foreign.pt", *files)


def test_a_stopped_run_goes_on_to_the_same_bits(folder: Path):
    whole, parts = (folder / name for name in ("whole", "parts"))
    settings = parse(RegressionSettings, {"train": "t", "test": "t", "training": {"steps": 60, "report": 30}}, "")
    sample = read_sample(folder / "train.npz")
    for path in (whole, parts):
        path.mkdir()
    loop = Loop.entered(task(settings, sample, sample), settings.training, whole)
    loop.run()
    first = Loop.entered(task(settings, sample, sample), settings.training, parts)
    original = first.task.loss

    def stopping(step, decay):
        first._asked = step == 40
        return original(step, decay)

    first.task.loss = stopping  # type: ignore[method-assign]
    assert not first.run()
    second = Loop.entered(task(settings, sample, sample), settings.training, parts)
    assert second.step == 41
    assert second.run()
    for a, b in zip(loop.averaged.parameters(), second.averaged.parameters(), strict=True):
        assert torch.equal(a, b)


def test_a_penalty_makes_the_norm_smaller(folder: Path):
    norms = []
    for k, penalty in enumerate((0.0, 5.0)):
        (folder / "input.toml").write_text(INPUT.format(penalty=penalty, steps=120))
        henrici("train", "input.toml", "-o", f"run-{k}")
        norms.append(export.read_document(folder / f"run-{k}" / "model.pt")["validation"]["norm"])
    assert norms[1] < 0.5 * norms[0]


def test_bad_input_is_one_clear_line_and_leaves_nothing(folder: Path):
    np.savez(folder / "bad.npz", x=[[0.0], [np.nan]], y=[0.0, 1.0])
    np.savez(folder / "few.npz", x=[[0.0], [1.0]], y=[0.0])
    np.savez(folder / "one.npz", x=np.zeros((4, 1)), y=np.zeros(4))
    cases = {
        INPUT.replace("train.npz", "none.npz"): "no such file",
        INPUT.replace("train.npz", "bad.npz"): "nan in row 1",
        INPUT.replace("train.npz", "few.npz"): "n >= 2",
        INPUT.replace("train.npz", "one.npz"): "one dimension",
        INPUT.replace("penalty =", "penalti ="): "did you mean 'penalty'",
        INPUT.replace('"two-layer"', '"three-layer"'): "kind",
        INPUT.replace("width = 20", "width = 0"): "width",
        INPUT.replace("{penalty}", "-1"): "penalty >= 0",
        INPUT + 'device = "abacus"': "device",
        INPUT + 'start = "model.pt"': r"training\.start: a regressor cannot start from a file; leave it out",
    }
    for text, words in cases.items():
        (folder / "input.toml").write_text(text.format(penalty=0.0, steps=120))
        with pytest.raises(UserError, match=words) as caught:
            henrici("train", "input.toml", "-o", "new")
        assert "\n" not in str(caught.value)
        assert not (folder / "new").exists()


def test_a_changed_run_is_not_resumed(folder: Path):
    (folder / "input.toml").write_text(INPUT.format(penalty=0.0, steps=4))
    henrici("train", "input.toml")
    with pytest.raises(UserError, match="already holds a run"):
        henrici("train", "input.toml")
    assert json.loads((folder / "run" / "run.json").read_text())["files"]
    np.savez(folder / "train.npz", x=np.zeros((4, 2)), y=np.zeros(4))
    with pytest.raises(UserError, match="not what the run began with"):
        henrici("train", "--resume", "run")
    with pytest.raises(UserError, match="run: expected the run of a potential, got that of a regressor"):
        PotentialRun(Path("run")).resume()


def test_the_reference_has_every_key(capsys: pytest.CaptureFixture[str]):
    assert henrici("reference") == 0
    said = capsys.readouterr().out
    assert "`penalty`" in said
    assert "[training]" in said
