"""A function in a process of its own: whatever it does (hang, crash, fill the memory), the caller gets an answer.

The process leads a session, so that what it starts ends with it; and it holds a pipe to the caller, and ends when that
is closed: after `kill -9` of the caller, no program of its is left that writes into a folder which another now uses.
"""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from trainer.errors import with_name
from trainer.files import write_atomically

JOB, OUTCOME, LOG = "job.json", "outcome.json", "log.txt"
TAIL = 2000  # bytes of the log in which its last line is looked for

Json = dict[str, Any]


def prepare(folder: Path, job: Json) -> Path:
    """Makes the folder, with what the function there is to do. Nothing changes where that is written already."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / JOB).exists():
        write_atomically(folder / JOB, json.dumps(job).encode())
    return folder


def read(folder: Path, name: str = JOB) -> Json:
    """job.json or outcome.json of a folder."""
    return json.loads((folder / name).read_text())  # type: ignore[no-any-return]


def run(function: str, folder: Path, timeout: float | None = None) -> Json:
    """What function(folder) returns, a JSON object, with its wall time in `seconds`; what is there already, if it is.

    function: "module:name", which reads folder/job.json. Where it ends in another way, {"failed": why}. timeout: s."""
    if not (folder / OUTCOME).exists():
        began = time.monotonic()
        failed = child(function, folder, timeout)
        if not (folder / OUTCOME).exists():
            outcome = {"failed": failed, "seconds": time.monotonic() - began}
            write_atomically(folder / OUTCOME, json.dumps(outcome).encode())
    return read(folder, OUTCOME)


def child(function: str, folder: Path, timeout: float | None) -> str:
    """Runs it to its end; why there may be no outcome."""
    command = [sys.executable, "-m", "trainer.active.jobs.isolated", function, str(folder)]
    with (folder / LOG).open("ab") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        code = process.wait(timeout)
        why = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        return f"{why}: {last_line(folder / LOG)}"
    except subprocess.TimeoutExpired:
        return f"no answer within {timeout:g} s"
    finally:
        with process, contextlib.suppress(ProcessLookupError):  # nothing of it may be left
            os.killpg(process.pid, signal.SIGKILL)


def last_line(log: Path) -> str:
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - TAIL))
        lines = stream.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "nothing was said"


def end_with_caller() -> None:
    """Ends the whole session when the pipe to the caller closes. What is started here does not see it: its input is
    empty."""
    lifeline = os.dup(0)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)

    def wait() -> None:
        os.read(lifeline, 1)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


def main(function: str, folder: Path) -> int:
    """In the child."""
    end_with_caller()
    module, _, name = function.partition(":")
    began = time.monotonic()
    try:
        outcome = getattr(importlib.import_module(module), name)(folder)
    except BaseException as error:  # sys.exit is an end like others
        outcome = {"failed": with_name(error)}
        raise
    finally:
        outcome["seconds"] = time.monotonic() - began
        write_atomically(folder / OUTCOME, json.dumps(outcome).encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
