"""The same jobs, on this machine, on a Dask cluster and by Parsl; and nothing that they leave behind."""

import fcntl
import operator
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jobs
import psutil
import pytest

from trainer.active.jobs import executors, isolated
from trainer.active.settings import ExecutorSettings
from trainer.errors import UserError

TESTS = Path(jobs.__file__).parent
SOON = 20  # s, for what takes a fraction of one
PARSL = """
from parsl import Config
from parsl.executors import HighThroughputExecutor
from parsl.providers import LocalProvider

config = Config(
    executors=[HighThroughputExecutor(max_workers_per_node=2, address="127.0.0.1", provider=LocalProvider())],
    strategy_period=0.5,
    run_dir="{folder}/parsl",
)
"""
MAIN = """
import signal
import sys
from pathlib import Path
import jobs
from trainer.active.jobs import executors
from trainer.active.settings import ExecutorSettings
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs the tests in the background may ignore it
folders = [Path(name) for name in sys.argv[1:]]
try:
    with executors.start(ExecutorSettings(workers=2), Path()) as executor:
        list(executors.map_jobs(executor, jobs.endure, folders))
except KeyboardInterrupt:
    sys.exit(130)
"""


def prepared(folder: Path, count: int = 4) -> list[Path]:
    """Squares of numbers from -1 on: the first job fails."""
    return [isolated.prepare(folder / str(k), {"number": k - 1}) for k in range(count)]


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def is_worker(process: psutil.Process) -> bool:
    return "spawn_main" in " ".join(process.cmdline())


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The jobs of this test, in processes that others start."""
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.setenv("PATH", os.environ["PATH"])


@pytest.fixture(params=["local", "dask", "parsl"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ExecutorSettings]:
    if request.param == "local":
        yield ExecutorSettings(workers=2)
    elif request.param == "dask":
        from distributed import LocalCluster

        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            yield ExecutorSettings(dask=cluster.scheduler_address)
    else:
        (tmp_path / "machine.py").write_text(PARSL.format(folder=tmp_path))
        yield ExecutorSettings(parsl="machine:config")


def test_jobs_come_to_the_same_wherever_they_run(settings: ExecutorSettings, tmp_path: Path):
    folders = prepared(tmp_path / "jobs")
    with executors.start(settings, tmp_path) as executor:
        found = dict(executors.map_jobs(executor, jobs.square, folders))
        with pytest.raises(UserError, match=r"its worker fails: OSError: .*No space left on device"):
            list(executors.map_jobs(executor, jobs.fail, folders[:1]))
    assert sorted(found) == folders
    assert found[folders[0]]["failed"].endswith("ValueError: a negative number")
    assert [found[folder]["square"] for folder in folders[1:]] == [0, 1, 4]
    assert all(isolated.read(folder, isolated.OUTCOME) == found[folder] for folder in folders)


def test_a_job_that_another_worker_is_still_at_is_waited_for(tmp_path: Path):
    (folder,) = prepared(tmp_path, 1)
    lock, opened = str(folder / executors.LOCK), operator.attrgetter("path")
    with (
        Path(lock).open("a") as other,
        executors.start(ExecutorSettings(workers=1), tmp_path) as executor,
    ):
        fcntl.flock(other, fcntl.LOCK_EX)
        future = executor.submit(executors.alone, jobs.square, folder)
        until(lambda: any(lock in map(opened, p.open_files()) for p in psutil.Process().children() if is_worker(p)))
        (folder / isolated.OUTCOME).write_text('{"square": 49}')  # of the other
        fcntl.flock(other, fcntl.LOCK_UN)
        assert future.result(SOON) == {"square": 49}


def test_each_worker_has_cores_of_its_own(tmp_path: Path):
    mine = os.sched_getaffinity(0)
    number = min(2, len(mine))
    with executors.start(ExecutorSettings(workers=number), tmp_path) as executor:
        found = [outcome for _, outcome in executors.map_jobs(executor, jobs.meet, prepared(tmp_path, number))]
    cores = [core for outcome in found for core in outcome["cores"]]
    assert len(cores) == len(set(cores)) == number
    assert set(cores) <= mine
    assert {outcome["threads"] for outcome in found} == {"1"}
    assert not any(outcome["torch"] for outcome in found)


def test_core_sets(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3, 4, 5, 8, 9})
    assert executors.core_sets(None, 2) == [{3, 4}, {5, 8}]
    assert executors.core_sets(None, 6) == [set()]
    assert executors.core_sets(2, 1) == [{3}, {4}]
    assert executors.core_sets(6, 1) == [set()] * 6


def test_a_worker_that_is_killed_is_one_line(tmp_path: Path):
    with (
        executors.start(ExecutorSettings(workers=2), tmp_path) as executor,
        pytest.raises(UserError, match="a worker was killed"),
    ):
        list(executors.map_jobs(executor, jobs.die, prepared(tmp_path)))


def test_running_jobs_end_when_the_block_is_left(tmp_path: Path):
    folders = prepared(tmp_path)
    with executors.start(ExecutorSettings(workers=2), tmp_path) as executor:
        futures = [executor.submit(jobs.endure, folder) for folder in folders]
        until(lambda: sum((folder / "here").exists() for folder in folders) == 2)
        workers = [process for process in psutil.Process().children() if is_worker(process)]
        started = [process for worker in workers for process in (worker, *worker.children(recursive=True))]
    assert all(future.done() for future in futures)
    assert len(started) == 2 * 3  # each with a Python of its own for its job, and what that starts
    _, alive = psutil.wait_procs(started, SOON)
    assert not alive


@pytest.mark.parametrize("moment", ["a process has started", "jobs run"])
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left_of_a_main_process(tmp_path: Path, sent: signal.Signals, moment: str):
    folders = prepared(tmp_path)
    main = subprocess.Popen(
        [sys.executable, "-c", MAIN, *folders],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    process = psutil.Process(main.pid)
    if moment == "jobs run":
        until(lambda: sum((folder / "here").exists() for folder in folders) == 2)
    else:
        until(lambda: any(map(is_worker, process.children())))
    started = process.children(recursive=True)
    if sent == signal.SIGINT:
        os.killpg(main.pid, sent)  # as a terminal does
    else:
        main.send_signal(sent)
    output, _ = main.communicate(timeout=SOON)
    _, alive = psutil.wait_procs(started, SOON)
    assert not alive
    if sent == signal.SIGINT:
        assert (main.returncode, output) == (130, "")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"dask": "tcp://127.0.0.1:1"}, "no scheduler answers at tcp://127.0.0.1:1"),
        ({"dask": "nonsense://x"}, "no scheduler answers at nonsense://x"),
        ({"parsl": "no_such_module:config"}, "parsl: no_such_module:config: ModuleNotFoundError"),
        ({"parsl": "jobs:config"}, "parsl: jobs:config: AttributeError"),
    ],
)
def test_what_is_not_there_is_one_line(
    given: dict[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(executors, "ANSWER", 1.0)
    with pytest.raises(UserError, match=message), executors.start(ExecutorSettings(**given), tmp_path):
        pass


@pytest.mark.parametrize(("key", "package"), [("dask", "distributed"), ("parsl", "parsl")])
def test_what_is_not_installed_is_one_line(key: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, package, None)
    with (
        pytest.raises(UserError, match=rf'it is not installed: pip install "henrici\[{key}\]"'),
        executors.start(ExecutorSettings(**{key: "tcp://here"}), tmp_path),
    ):
        pass
