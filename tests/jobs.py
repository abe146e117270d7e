"""Jobs of executors: small ones, and bad ones."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from trainer.active.jobs import isolated

Json = dict[str, Any]


def square(folder: Path) -> Json:
    """As jobs are: in a process of its own."""
    return isolated.run("jobs:square_here", folder)


def square_here(folder: Path) -> Json:
    number = isolated.read(folder)["number"]
    if number < 0:
        raise ValueError("a negative number")
    return {"square": number**2}


def meet(folder: Path) -> Json:
    """Waits until as many jobs run as there are folders beside its own, and says where it runs."""
    (folder / "here").touch()
    while len(list(folder.parent.glob("*/here"))) < len(list(folder.parent.iterdir())):
        time.sleep(0.01)
    return {
        "cores": sorted(os.sched_getaffinity(0)),
        "threads": os.environ["OMP_NUM_THREADS"],
        "torch": "torch" in sys.modules,
    }


def endure(folder: Path) -> Json:
    """Never ends by itself."""
    return isolated.run("jobs:endure_here", folder)


def endure_here(folder: Path) -> Json:
    program = subprocess.Popen(["sleep", "1000"])
    (folder / "here").touch()
    program.wait()
    return {}


def die(folder: Path) -> Json:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def fail(folder: Path) -> Json:
    raise OSError(28, "No space left on device")
