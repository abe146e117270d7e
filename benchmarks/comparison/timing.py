"""What commands cost, and repetitions that take turns."""

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

T = TypeVar("T")


def threads(number: int) -> dict[str, str]:
    """The environment in which either side uses so many threads."""
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "DP_INTRA_OP_PARALLELISM_THREADS")
    single = ("TF_NUM_INTEROP_THREADS", "DP_INTER_OP_PARALLELISM_THREADS")
    return dict.fromkeys(names, str(number)) | dict.fromkeys(single, "1")


class Spent(NamedTuple):
    """Seconds of a command: user and system time with its children, and by the clock on the wall."""

    cpu: float
    wall: float


def spend(command: Sequence[str | Path], folder: Path, log: str, environment: Mapping[str, str] | None = None) -> Spent:
    """Run a command in `folder`, by default on one thread; what it prints goes to `log` there."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, **threads(1), **(environment or {})}
    with (folder / log).open("w") as stream:
        status = subprocess.run(command, cwd=folder, env=environment, stdout=stream, stderr=stream, check=False)
    if status.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: failed, see {folder / log}")
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began
    return Spent(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)


def in_turn(cases: Mapping[str, Callable[[], T]], repeats: int) -> dict[str, list[T]]:
    """Every case `repeats` times: all of them, then all of them again, so that what slows the machine slows each."""
    results: dict[str, list[T]] = {name: [] for name in cases}
    for _ in range(repeats):
        for name, case in cases.items():
            results[name].append(case())
    return results


def median(values: Iterable[float]) -> float:
    return statistics.median(values)
