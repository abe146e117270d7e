"""What cannot be solved is refused in one line, before anything is written."""

from pathlib import Path

import pytest
from solving import henrici

from bsde.solve.settings import read
from trainer.errors import UserError


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "expected either a problem, or --resume"),
        (["hbj"], "no problem 'hbj'; did you mean 'hjb'"),
        (["hjb", "--dim", "0"], "parameters: expected dim >= 1"),
        (["hjb", "--dim", "3", "--start", "1", "2"], "start: expected one number, or 3 as the dimension, got 2"),
        (["hjb", "--seeds", "0"], "training: expected seeds, paths, time_steps >= 1"),
        (["no.toml"], r"no\.toml: no such file"),
        (["--resume", "nowhere"], "nowhere/input.toml: no such file; is nowhere a run folder"),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_nothing(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=message) as caught:
        henrici(*words)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("method = ['picard']", r"no method \['picard'\]"),
        ("parameters = 3", "parameters: expected a table, got 3"),
        ("training = 3", "training: expected a table, got 3"),
    ],
)
def test_options_go_into_an_input_of_any_shape(line: str, message: str, tmp_path: Path):
    (tmp_path / "input.toml").write_text(f"problem = 'hjb'\n{line}\n")
    with pytest.raises(UserError, match=message):
        henrici(str(tmp_path / "input.toml"), "--dim", "2", "--seeds", "2")


def test_a_run_of_another_kind_is_not_gone_on_with(tmp_path: Path):
    (tmp_path / "input.toml").write_text("penalty = 1.0\n")
    (tmp_path / "run.json").write_text('{"kind": "regressor"}')
    with pytest.raises(UserError, match="expected the run of a pde-solution, got that of a regressor"):
        henrici("--resume", str(tmp_path))


def test_methods_are_for_their_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for words, message in {
        ("american-put",): "has an obstacle: expected method dbdp1, dbdp2 or deep-splitting, got deep-bsde",
        ("american-put", "--method", "picard"): "without an obstacle",
        ("hjb", "--method", "feynman-kac"): "expected f that is linear",
        ("hjb", "--method", "picard", "--seeds", "3"): "--seeds goes with the methods deep-bsde, .*splitting; leave",
        ("hjb", "--error", "0.1"): "--error goes with the methods feynman-kac, multilevel; leave it out",
    }.items():
        with pytest.raises(UserError, match=message):
            henrici(*words)
    assert not list(tmp_path.iterdir())


def test_settings_are_strict():
    with pytest.raises(UserError, match="unknown key 'widht'; did you mean 'width'"):
        read({"problem": "hjb", "network": {"widht": 3}}, "x")
    with pytest.raises(UserError, match="expected even numbers"):
        read({"problem": "hjb", "value": {"time_steps": 3}}, "x")
    with pytest.raises(UserError, match="0 < final_learning_rate <= learning_rate"):
        read({"problem": "hjb", "training": {"learning_rate": 1e-6}}, "x")
    with pytest.raises(UserError, match="no method 'pikard'; did you mean 'picard'"):
        read({"problem": "hjb", "method": "pikard"}, "x")
    with pytest.raises(UserError, match=r"unknown key 'training'; known: .*picard"):
        read({"problem": "hjb", "method": "picard", "training": {"steps": 3}}, "x")
