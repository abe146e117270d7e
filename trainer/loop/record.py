"""run.json: everything that it takes to repeat a run, and what has happened to it."""

import contextlib
import datetime
import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch

import trainer
from trainer import export
from trainer.errors import UserError
from trainer.files import locked, write_atomically
from trainer.loop import processes

NAME, LOCK = "run.json", "lock"


def read(folder: Path) -> dict[str, Any]:
    """Raises UserError when there is none, or it is damaged."""
    try:
        return json.loads((folder / NAME).read_text())  # type: ignore[no-any-return]
    except FileNotFoundError:
        raise UserError(f"{folder / NAME}: no such file; is {folder} a run folder?") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{folder / NAME}: cannot be read: {error}; start the run again") from None


def of_kind(folder: Path, kind: str) -> dict[str, Any]:
    """The record of a run of this kind. Raises UserError as `read`, and for a run of another kind."""
    known = read(folder)
    if known.get("kind") != kind:
        found = known.get("kind")
        raise UserError(
            f"{folder}: expected the run of a {kind}, got that of a {found}; henrici info {folder} says more"
        )
    return known


def add(folder: Path, entries: dict[str, Any]) -> dict[str, Any]:
    """The record with new or other entries, which process 0 writes."""
    document = (read(folder) if (folder / NAME).exists() else {}) | entries
    if processes.rank() == 0:
        write_atomically(folder / NAME, json.dumps(document, indent=1).encode())
    return document


def alone(folder: Path) -> contextlib.AbstractContextManager[None]:
    """No other training in the folder: process 0 holds a lock there."""
    return locked(folder / LOCK) if processes.rank() == 0 else contextlib.nullcontext()


def vacant(folder: Path, sign: str) -> None:
    """Raises UserError when the folder holds a run, of which the file `sign` is there."""
    if (folder / sign).exists():
        raise UserError(f"{folder} already holds a run; --resume {folder} goes on with it, -o names another folder")


def unchanged(input_file: Path, now: dict[str, Any], began: dict[str, Any]) -> None:
    """Raises UserError when the input, with its defaults, is not what the run began with."""
    if now != began:
        raise UserError(f"{input_file} is not what the run began with; restore it, or start a new run from it")


@contextlib.contextmanager
def session(folder: Path) -> Iterator[dict[str, Any]]:
    """One start of the program on this run: where, when and how it ended. What never ended was killed.

    The block says in what it is given what has become of the run: {"state": "finished"}."""
    now: dict[str, Any] = {"began": time(), **circumstances()}
    before = read(folder).get("sessions", [])
    add(folder, {"sessions": [*before, now]})
    try:
        yield now
    except BaseException as error:
        now["state"] = f"failed: {error}" if isinstance(error, Exception) else f"ended by {type(error).__name__}"
        raise
    finally:
        now["ended"] = time()
        add(folder, {"sessions": [*before, now]})


def circumstances() -> dict[str, Any]:
    """What besides the input and the data may change a result in its last digits."""
    return {
        "command": sys.argv,
        "folder": str(Path.cwd()),
        "processes": processes.size(),
        "threads": torch.get_num_threads(),
        "machine": {"name": platform.node(), "cpu": cpu(), "cores": os.cpu_count(), "system": platform.platform()},
        "versions": export.versions() | commit(),
    }


def cpu() -> str:
    """The model of the processor, where the system tells it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def commit() -> dict[str, str]:
    """{"commit": ...} of henrici itself, with "-dirty" where files were changed, if it runs from a checkout."""
    root = Path(trainer.__file__).parents[1]
    if not (root / ".git").exists():
        return {}
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        command = ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
        return {"commit": subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()}
    return {}


def files(paths: Iterable[str | Path]) -> list[dict[str, Any]]:
    """Path, size and SHA-256 of every file."""
    found = []
    for path in map(Path, paths):
        if path.is_file():
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            found.append({"path": str(path.resolve()), "bytes": path.stat().st_size, "sha256": digest})
    return found


def unaltered(known: Iterable[dict[str, Any]]) -> None:
    """Raises UserError when what `files` found is no longer there, or no longer the same."""
    for entry in known:
        if files([entry["path"]]) != [entry]:
            raise UserError(f"{entry['path']}: not what the run began with; restore it, or start a new run")


def time() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
