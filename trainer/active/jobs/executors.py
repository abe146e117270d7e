"""Where jobs run: in processes of this machine, on a Dask cluster, or wherever Parsl runs them.

All three are executors of concurrent.futures, and a job is the same to each: a function of a module, and a folder that
the workers see by the same path.
"""

import fcntl
import importlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.connection import Connection
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from trainer.active.settings import ExecutorSettings
from trainer.errors import UserError, first_line, with_name

ANSWER = 10.0  # s for a Dask scheduler to say something
LOCK = "lock"  # in the folder of a job

Json = dict[str, Any]
T = TypeVar("T")


def start(settings: ExecutorSettings, input_folder: Path) -> AbstractContextManager[Executor]:
    """The executor that the settings ask for, until the block is left; jobs that have not begun then never do, and
    those that are running end: at once on this machine, and with their workers elsewhere.

    input_folder: where a module of the user's is found. Raises UserError for what is not installed, or not there."""
    if settings.dask is not None:
        return on_dask(settings.dask)
    if settings.parsl is not None:
        return by_parsl(settings.parsl, input_folder)
    return on_this_machine(settings.workers, settings.cores)


def map_jobs(executor: Executor, job: Callable[[Path], Json], folders: Sequence[Path]) -> Generator[tuple[Path, Json]]:
    """Folders with what job(folder) returned, as the jobs end.

    Raises UserError when a job does not return: its worker was killed, or cannot do it."""
    futures = {executor.submit(alone, job, folder): folder for folder in folders}
    for future in as_completed(futures):
        yield futures[future], returned(future, futures[future])


def alone(job: Callable[[Path], Json], folder: Path) -> Json:
    """In a worker: job(folder), once no other worker is at it; what that one came to is then its outcome.

    Workers of a cluster outlive a project that is killed, and go on with the jobs that they have."""
    with (folder / LOCK).open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        return job(folder)


def returned(future: Future[Json], folder: Path) -> Json:
    """What the job returned. Raises UserError for whatever it raised: jobs tell of their own failures otherwise."""
    try:
        return future.result()
    except UserError:
        raise
    except BrokenExecutor:
        raise UserError(
            "a worker was killed, perhaps for want of memory (fewer workers need less): "
            "start again, and what has ended is not repeated"
        ) from None
    except Exception as error:
        raise UserError(f"{folder}: its worker fails: {with_name(error)}") from error


@contextmanager
def on_this_machine(workers: int | None, cores: int) -> Iterator[Executor]:
    """Processes, each with cores of its own. They end, and with them what they started, when the block is left or this
    process dies in any way: they hold one end of a pipe, and only this process holds the other."""
    spawn = multiprocessing.get_context("spawn")
    sets = core_sets(workers, cores)
    unclaimed = spawn.SimpleQueue()
    for own in sets:
        unclaimed.put(own)
    end, lifeline = spawn.Pipe(duplex=False)
    executor = Workers(len(sets), spawn, become_worker, (unclaimed, cores, end))
    try:
        yield executor
    finally:
        lifeline.close()
        executor.shutdown(cancel_futures=True)
        end.close()
        unclaimed.close()


class Workers(ProcessPoolExecutor):
    """Processes that no Ctrl-C reaches, from their first instruction on: the main process decides."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        with interrupts_wait():  # and for ever in a process that is started here: it inherits what is blocked
            return super().submit(fn, *args, **kwargs)


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Ctrl-C, in this block, acts when the block is left."""
    came = []
    handler = signal.signal(signal.SIGINT, lambda *_: came.append(True))
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGINT, handler)
        if came:
            signal.raise_signal(signal.SIGINT)


def core_sets(workers: int | None, cores: int) -> list[set[int]]:
    """Disjoint sets of the cores that this process may use, one for each worker; empty, which binds nothing, where
    there are fewer than asked for, or the system binds no process."""
    if not hasattr(os, "sched_getaffinity"):
        return [set()] * (workers or max(1, (os.cpu_count() or 1) // cores))
    mine = sorted(os.sched_getaffinity(0))
    number = workers or max(1, len(mine) // cores)
    if number * cores > len(mine):
        return [set()] * number
    return [set(mine[k * cores : (k + 1) * cores]) for k in range(number)]


def become_worker(unclaimed: "SimpleQueue[set[int]]", cores: int, end: Connection) -> None:
    """In a worker."""
    if own := unclaimed.get():
        os.sched_setaffinity(0, own)
    os.environ["OMP_NUM_THREADS"] = str(cores)

    def wait() -> None:
        end.poll(None)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def on_dask(address: str) -> Iterator[Executor]:
    """Jobs that are running when the block is left go on to their end: Dask stops none."""
    try:
        from distributed import Client
    except ImportError:
        raise UserError('[executor] dask: it is not installed: pip install "henrici[dask]"') from None
    try:
        client = Client(address, timeout=ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(f"[executor] dask: no scheduler answers at {address}: {first_line(error)}") from None
    with client:
        yield client.get_executor(pure=False)  # a job that is given again is to be done again


@contextmanager
def by_parsl(name: str, input_folder: Path) -> Iterator[Executor]:
    """name: "module:name" of a parsl.Config."""
    try:
        import parsl
        from parsl.concurrent import ParslPoolExecutor
    except ImportError:
        raise UserError('[executor] parsl: it is not installed: pip install "henrici[parsl]"') from None
    beside = str(Path(sys.executable).parent)  # where Parsl's own programs are, which it starts by their names
    os.environ["PATH"] = f"{os.environ.get('PATH', '')}{os.pathsep}{beside}"
    kernel = loaded(parsl, name, input_folder)
    try:
        yield ParslPoolExecutor(dfk=kernel)
    finally:
        log = logging.getLogger("parsl")
        before = set(log.handlers)
        kernel.cleanup()
        parsl.clear()
        for handler in before.difference(log.handlers):  # Parsl lets go of its log without closing it
            handler.close()


def loaded(parsl: ModuleType, name: str, input_folder: Path) -> Any:
    """Parsl's kernel of the configuration of that name, of a module that may lie beside the input."""
    module, _, attribute = name.partition(":")
    sys.path.insert(0, str(input_folder))
    try:
        return parsl.load(getattr(importlib.import_module(module), attribute))
    except Exception as error:  # a module of the user's raises anything
        raise UserError(f"[executor] parsl: {name}: {with_name(error)}") from error
    finally:
        sys.path.remove(str(input_folder))
