"""The command as a user types it."""

import argparse
from pathlib import Path

import numpy as np
import pytest

from theory import command
from theory.classes.registry import BALLS
from trainer.errors import UserError

random = np.random.default_rng(10)


def henrici(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(list(words)))


@pytest.mark.parametrize("name", BALLS)
def test_every_class_has_a_complexity(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    np.save(tmp_path / "data.npy", random.random((9, 2)))
    assert henrici("rademacher", str(tmp_path / "data.npy"), "--class", name) == 0
    said = capsys.readouterr().out
    assert said.startswith("Rademacher complexity")
    assert "with all constants" in said


@pytest.mark.parametrize("name", BALLS)
def test_every_class_has_an_integration_error(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    for k, n in enumerate((9, 23)):
        np.save(tmp_path / f"{k}.npy", random.random((n, 2)))
    words = ["integration", str(tmp_path / "0.npy"), "--class", name, "--radius", "2"]
    assert henrici(*words, "--reference", str(tmp_path / "1.npy")) == 0
    assert capsys.readouterr().out.startswith("sup |I - I_n|")
    with pytest.raises(UserError, match="radius >= 0"):
        henrici(*words[:-1], "nan")


@pytest.mark.parametrize(("suffix", "separator"), [("csv", ","), ("txt", " ")])
def test_text_is_read_as_arrays_are(suffix: str, separator: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    x = random.random((9, 2))
    np.save(tmp_path / "data.npy", x)
    np.savetxt(tmp_path / f"data.{suffix}", x, delimiter=separator)
    said = []
    for name in ("data.npy", f"data.{suffix}"):
        henrici("rademacher", str(tmp_path / name))
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]


def test_a_first_line_of_names_is_no_point(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "named.csv").write_text("x,y\n0,1\n\n1,0.5\n")
    (tmp_path / "plain.csv").write_text("0,1\n1,0.5\n")
    said = []
    for name in ("named.csv", "plain.csv"):
        henrici("rademacher", str(tmp_path / name))
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]


def test_other_points_than_the_networks_are_one_clear_line(tmp_path: Path):
    np.savez(tmp_path / "net.npz", a=[2.0], b=[[1.0]], c=[-0.5])
    np.save(tmp_path / "x.npy", np.ones((3, 2)))
    with pytest.raises(UserError, match="points in 1 dimensions"):
        henrici("norms", str(tmp_path / "net.npz"), "--data", str(tmp_path / "x.npy"))


def test_norms_of_arrays(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    np.savez(tmp_path / "net.npz", a=[2.0], b=[[1.0]], c=[-0.5])
    assert henrici("norms", str(tmp_path / "net.npz")) == 0
    assert "Barron norm: 3\n" in capsys.readouterr().out
    np.save(tmp_path / "x.npy", [0.0, 0.4])
    assert henrici("norms", str(tmp_path / "net.npz"), "--data", str(tmp_path / "x.npy")) == 0
    assert "Barron norm: 0\n" in capsys.readouterr().out, "it is 0 on [0, 0.4]"


def test_bad_input_is_one_clear_line(tmp_path: Path):
    np.save(tmp_path / "data.npy", [[1.0], [np.inf]])
    np.save(tmp_path / "one.npy", [[1.0]])
    (tmp_path / "words.csv").write_text("a,b\nc,d\n")
    (tmp_path / "ragged.csv").write_text("1,2\n3\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    np.save(tmp_path / "complex.npy", np.ones((3, 1), dtype=complex))
    (tmp_path / "objects.npy").write_bytes(b"\x93NUMPY nothing")
    cases = {
        "data.npy": "inf in row 1",
        "one.npy": "n >= 2",
        "words.csv": "expected points",
        "ragged.csv": "other numbers of columns",
        "empty.csv": "n >= 2",
        "binary.csv": "expected points",
        "complex.npy": "complex",
        "objects.npy": "expected points",
        "none.npy": "no such file",
    }
    for name, words in cases.items():
        with pytest.raises(UserError, match=words) as caught:
            henrici("rademacher", str(tmp_path / name))
        assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="did you mean 'barron'"):
        henrici("rademacher", str(tmp_path / "data.npy"), "--class", "baron")


def test_damaged_and_other_files_are_one_line(tmp_path: Path):
    """Cut short anywhere, or of another kind than the name says."""
    arrays = {"a": np.ones(3), "b": np.ones((3, 2)), "c": np.ones(3)}
    np.savez_compressed(tmp_path / "whole.npz", **arrays)
    whole = (tmp_path / "whole.npz").read_bytes()
    np.save(tmp_path / "one.npy", np.ones(3))
    np.savez(tmp_path / "words.npz", **arrays | {"c": np.array(["x", "y", "z"])})
    damaged = whole[:60] + bytes(20) + whole[80:]
    contents = {n: whole[:n] for n in (0, 3, 50, len(whole) - 5)} | {"damaged": damaged}
    contents |= {name: (tmp_path / name).read_bytes() for name in ("one.npy", "words.npz")}
    for content in contents.values():
        (tmp_path / "net.npz").write_bytes(content)
        with pytest.raises(UserError, match=r"net\.npz: expected arrays a \[m\], b \[m, d\], c \[m\] in \.npz; "):
            henrici("norms", str(tmp_path / "net.npz"))


def test_seeds_are_natural_numbers(tmp_path: Path):
    np.save(tmp_path / "data.npy", random.random((9, 2)))
    for words in (["rademacher", str(tmp_path / "data.npy")], ["experiment", "curse"]):
        with pytest.raises(UserError, match="expected --seed >= 0, got -1"):
            henrici(*words, "--seed", "-1")
