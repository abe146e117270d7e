"""A full disk and a bad folder leave the old file, and nothing beside it."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from trainer.errors import UserError
from trainer.files import locked, write_atomically


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Writing beyond `size` bytes fails, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, old)


def test_content_is_replaced(tmp_path: Path):
    for content in (b"one", b"two"):
        write_atomically(tmp_path / "f", content)
        assert (tmp_path / "f").read_bytes() == content
    assert list(tmp_path.iterdir()) == [tmp_path / "f"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path):
    write_atomically(tmp_path / "f", b"old")
    with (
        file_size_limit(1000),
        pytest.raises(UserError, match=r"cannot write .*f: File too large; nothing there was changed"),
    ):
        write_atomically(tmp_path / "f", bytes(2000))
    assert (tmp_path / "f").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [tmp_path / "f"]


def test_a_missing_folder_is_one_line(tmp_path: Path):
    with pytest.raises(UserError, match="No such file or directory"):
        write_atomically(tmp_path / "nowhere" / "f", b"")


def test_a_lock_is_for_one_and_let_go_by_death(tmp_path: Path):
    holder = (
        "import sys, time; from pathlib import Path; from trainer.files import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", holder, str(tmp_path / "lock")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(UserError, match=f"in use by process {process.pid}"), locked(tmp_path / "lock"):
            pass
        process.kill()
    with locked(tmp_path / "lock"):
        assert (tmp_path / "lock").read_text() == str(os.getpid())
    with pytest.raises(UserError, match="cannot write"), locked(tmp_path / "none/lock"):
        pass
