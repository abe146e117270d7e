"""Faults of an active-learning project: `benchmarks/faults.py`. It ends with the labels of an undisturbed one.

Copper by effective medium theory, small: `henrici explore` is killed (kill -9) at random moments and started again;
some labels hang, or are nan, at the first attempt; the program that labels is missing; the disk is full. Then there is
one clear line; or in the end the same labels to the last bit; and after a kill no process is left. On a Dask cluster
and by Parsl the labels are the same, too.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import ase.io
import numpy as np
import psutil
from ase.build import bulk

from trainer.active.journal import Journal

HENRICI = Path(sys.executable).parent / "henrici"
INPUT = """
structures = ["copper.xyz"]
[label]
calculator = "oracle:Oracle"
timeout = {timeout}
retries = [{{fault = ""}}]
keywords = {{fault = "{fault}"}}
[perturbation]
count = 8
[selection]
labels = 4
lower = 0.02
upper = 5.0
[committee]
models = 2
first_steps = 60
steps = 30
final_steps = 60
[[stage]]
temperatures = [300, 1200]
ensemble = "nvt"
walks = 2
steps = 60
every = 2
accept = 0.0
rounds = 2
[potential.power_spectrum]
cutoff = 4.5
channels = 8
axis = 2
fitting = [8, 8]
[executor]
workers = 2
"""
ORACLE = '''
"""EMT, with a fault in about every third structure."""

import time
import numpy as np
from ase.calculators.emt import EMT


class Oracle(EMT):
    def __init__(self, fault=""):
        super().__init__()
        self.fault = fault

    def calculate(self, atoms, properties, changes):
        super().calculate(atoms, properties, changes)
        if int(1e6 * abs(self.results["energy"])) % 3 == 0:
            if self.fault == "hang":
                time.sleep(1000)
            if self.fault == "nan":
                self.results["forces"] = self.results["forces"] * np.nan
'''
PARSL = """
from parsl import Config
from parsl.executors import HighThroughputExecutor
from parsl.providers import LocalProvider

config = Config(
    executors=[HighThroughputExecutor(max_workers_per_node=2, address="127.0.0.1", provider=LocalProvider())],
    run_dir="parsl",
)
"""
SOON = 10  # s in which all processes of a project that is killed must be gone
Labels = dict[str, tuple[object, ...]]


def write_input(folder: Path, fault: str = "", timeout: float = 600) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    ase.io.write(folder / "copper.xyz", bulk("Cu", cubic=True))
    (folder / "oracle.py").write_text(ORACLE)
    (folder / "project.toml").write_text(INPUT.format(fault=fault, timeout=timeout))
    return folder


def start(folder: Path, **environment: str) -> subprocess.Popen[str]:
    command = [HENRICI, "explore", "project.toml"]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=os.environ | environment
    )


def finished(folder: Path, code: int = 0) -> str:
    """What a run said; with code 2 one line."""
    process = start(folder)
    _, said = process.communicate()
    assert process.returncode == code, f"exit code {process.returncode}: {said}"
    assert code == 0 or len(said.strip().splitlines()) == 1, said
    return said.strip()


def labels(folder: Path) -> Labels:
    """All that a project is for, as far as other things depend on it."""
    rows = Journal(folder / "project/project.db").labels()
    return {
        row.job: (row.use, *(np.asarray(a).tobytes() for a in (row.positions, row.cell, row.energy, row.forces)))
        for row in rows
    }


def same(folder: Path, expected: Labels) -> None:
    found = labels(folder)
    assert found.keys() == expected.keys(), f"other labels: {sorted(found.keys() ^ expected.keys())}"
    changed = [job for job in expected if found[job] != expected[job]]
    assert not changed, f"changed: {changed}"


def killed(folder: Path, after: float) -> bool:
    """Whether it was still running after so many seconds; it, and all that it started, is then dead."""
    process = start(folder)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        started = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.communicate()
        _, left = psutil.wait_procs(started, SOON)
        assert not left, f"left behind: {left}"
        return True
    _, said = process.communicate()
    assert process.returncode == 0, said
    return False


def kills(folder: Path, expected: Labels, duration: float, number: int, dice: random.Random) -> int:
    """Kills at random moments of projects, each to its end; how many projects it took."""
    projects, made, longest = 0, 0, duration
    while made < number:
        where = write_input(folder / f"killed{projects}")
        while killed(where, dice.uniform(0.0, longest)):
            made += 1
            longest *= 1.05  # so that it ends
        same(where, expected)
        projects, longest = projects + 1, duration
    print(f"kill -9: {made} times in {projects} projects, each with the labels of the undisturbed one", flush=True)
    return projects


def bad_labels(folder: Path, expected: Labels) -> None:
    for fault, timeout, said in (("hang", 8, "no answer within 8 s"), ("nan", 600, "not all numbers are finite")):
        where = write_input(folder / fault, fault, timeout)
        finished(where)
        same(where, expected)
        jobs = Journal(where / "project/project.db").jobs("label").values()
        met = sum(said in " ".join(job["attempts"]) for job in jobs)
        assert met > 0
        print(f"{fault}: {met} of {len(jobs)} labels at the first attempt; the same labels in the end", flush=True)


def missing_program(folder: Path) -> None:
    where = write_input(folder / "missing")
    text = (where / "project.toml").read_text()
    named = text.replace('"oracle:Oracle"', '"espresso"\ncommand = "no_such_pw.x"\npseudo_dir = "."')
    lines = [line for line in named.splitlines() if not line.startswith(("keywords", "retries"))]
    (where / "project.toml").write_text("\n".join(lines))
    print(f"missing program: {finished(where, 2)}", flush=True)


def elsewhere(folder: Path, expected: Labels, duration: float, dice: random.Random) -> None:
    """By Dask, where what is killed leaves workers behind that are still at its jobs; and by Parsl."""
    from distributed import LocalCluster

    where = write_input(folder / "dask")
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        text = (where / "project.toml").read_text()
        (where / "project.toml").write_text(text.replace("workers = 2", f'dask = "{cluster.scheduler_address}"'))
        made = sum(killed(where, dice.uniform(0.3, 0.9) * duration) for _ in range(3))
        finished(where)
    same(where, expected)
    print(f"Dask, killed {made} times and started again at once: the same labels", flush=True)
    where = write_input(folder / "parsl")
    (where / "machine.py").write_text(PARSL)
    text = (where / "project.toml").read_text()
    (where / "project.toml").write_text(text.replace("workers = 2", 'parsl = "machine:config"'))
    finished(where)
    same(where, expected)
    print("Parsl: the same labels", flush=True)


def full_disk(folder: Path, expected: Labels, size: int) -> None:
    """Disks that are too small by this and that much, and then are not. size: bytes of a whole project."""
    if os.geteuid() != 0:
        print("full disk: left out; only root mounts a small one")
        return
    for share in (0.15, 0.4, 0.7):
        where = folder / f"full{share}"
        where.mkdir()
        small = ["mount", "-t", "tmpfs", "-o", f"size={int(share * size)}", "tmpfs", where]
        subprocess.run(small, check=True)
        try:
            write_input(where)
            print(f"full disk, {share:.0%} of what it takes: {finished(where, 2)}", flush=True)
            subprocess.run(["mount", "-o", f"remount,size={3 * size}", where], check=True)
            finished(where)
            same(where, expected)
            print("... and with more room the same labels", flush=True)
        finally:
            subprocess.run(["umount", "--lazy", where], check=True)  # this process may have a file open


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("runs/faults"))
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    dice = random.Random(arguments.seed)
    whole, began = write_input(folder / "whole"), time.monotonic()
    finished(whole)
    duration, expected = time.monotonic() - began, labels(whole)
    print(f"undisturbed: {len(expected)} labels in {duration:.0f} s", flush=True)
    missing_program(folder)
    bad_labels(folder, expected)
    elsewhere(folder, expected, duration, dice)
    full_disk(folder, expected, sum(path.stat().st_size for path in whole.rglob("*") if path.is_file()))
    kills(folder, expected, duration, arguments.kills, dice)


if __name__ == "__main__":
    main()
