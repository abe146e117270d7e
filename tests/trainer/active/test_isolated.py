"""A function in a process of its own always has an answer, and ends with its caller."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from trainer.active.jobs import isolated

FUNCTIONS = """
import os, pathlib, sys, time

def echo(folder):
    return {"said": pathlib.Path(folder, "job.json").read_text(), "input": sys.stdin.read()}

def hang(folder):
    if os.fork() == 0:
        pathlib.Path(folder, "grandchild").write_text(str(os.getpid()))
        time.sleep(600)
    time.sleep(600)

def wrong(folder):
    raise ValueError("first line\\nsecond line")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "functions.py").write_text(FUNCTIONS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return isolated.prepare(tmp_path / "job", {"a": 1})


def test_answer_is_kept(folder: Path) -> None:
    outcome = isolated.run("functions:echo", folder)
    assert outcome["said"] == '{"a": 1}'
    assert outcome["input"] == ""  # programs that read their input come to its end
    assert isolated.run("functions:wrong", folder) == outcome


def test_exception_in_one_line(folder: Path) -> None:
    assert isolated.run("functions:wrong", folder)["failed"] == "ValueError: first line"
    assert "second line" in (folder / isolated.LOG).read_text()


def test_module_that_is_not_there(folder: Path) -> None:
    assert isolated.run("nowhere:name", folder)["failed"] == "ModuleNotFoundError: No module named 'nowhere'"


def test_timeout_ends_all_of_its_processes(folder: Path) -> None:
    assert isolated.run("functions:hang", folder, timeout=3.0)["failed"] == "no answer within 3 s"
    wait_until(lambda: not alive(int((folder / "grandchild").read_text())))


def test_ends_with_its_caller(folder: Path) -> None:
    words = "from pathlib import Path", "from trainer.active.jobs import isolated", "isolated.run('functions:hang', {})"
    call = "; ".join(words).format(f"Path({str(folder)!r})")
    caller = subprocess.Popen([sys.executable, "-c", call])
    written = folder / "grandchild"
    wait_until(lambda: written.exists() and written.read_text() != "")
    grandchild = int(written.read_text())
    assert alive(grandchild)
    os.kill(caller.pid, signal.SIGKILL)
    caller.wait()
    wait_until(lambda: not alive(grandchild))
    assert not (folder / isolated.OUTCOME).exists()  # the next call makes it


def alive(process: int) -> bool:
    """Whether it runs; a zombie, which nobody waited for, does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(true: object, seconds: float = 60.0) -> None:
    """Fails after a time that only a machine that stands still needs."""
    assert callable(true)
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
