"""The command line: what it lists, and that a user's mistake is one line while a bug is not hidden."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from trainer import cli
from trainer.errors import UserError


def test_lists_the_commands(capsys: pytest.CaptureFixture[str]):
    commands = "commands: bsde, data, explore, export, info, kinetic, reference, report, test, theory, train"
    assert cli.main([]) == 0
    assert commands in capsys.readouterr().out
    assert cli.main(["trian"]) == 2
    assert commands in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["train", "data", "test", "report", "info", "export", "reference", "kinetic", "bsde", "theory"]
)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as leaving:
        cli.main([name, "-h"])
    assert leaving.value.code == 0
    assert f"usage: henrici {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train"], "expected either an input file, or --resume"),
        (["train", "none.toml"], "none.toml: no such file"),
        (["train", "--resume", "nowhere"], "no such file"),
        (["info", "none.pt"], "none.pt: no such file"),
        (["test", "none.pt", "none.xyz"], "none.pt: no such file"),
        (["export", "nowhere"], "no such file"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("raised", "code"),
    [(UserError("mend it"), 2), (PermissionError(13, "Permission denied", "/x"), 2), (BrokenPipeError(), 1)],
)
def test_what_a_command_raises(
    raised: Exception, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def run(arguments: object) -> int:
        raise raised

    module = SimpleNamespace(__doc__="", add_arguments=lambda parser: None, run=run)
    entry = SimpleNamespace(name="broken", load=lambda: module)
    monkeypatch.setattr(cli.importlib.metadata, "entry_points", lambda group: [entry])
    assert cli.main(["broken"]) == code
    assert "Traceback" not in capsys.readouterr().err
    raised_bug = SimpleNamespace(**vars(module) | {"run": lambda arguments: 1 / 0})
    entry.load = lambda: raised_bug
    with pytest.raises(ZeroDivisionError):
        cli.main(["broken"])
