"""Training by torchrun: the same result in any number of processes, and one end for all of them."""

import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from tolerances import FLOAT64
from training_runs import INPUT, finished, parameters, torchrun

from trainer.cli import main
from trainer.loop.log import read_rows

STEPS = 4  # fewer than to SOAP's first basis: what the gradients make of rounding grows fast from there


def assert_same(a: Path, b: Path) -> None:
    for x, y in zip(parameters(a), parameters(b), strict=True):
        largest = max(1.0, float(x.abs().max())) if x.numel() else 1.0
        torch.testing.assert_close(x, y, rtol=0, atol=FLOAT64 * largest)
    rows = [[[float(x) for x in row.values()] for row in read_rows(run / "log.csv")] for run in (a, b)]
    np.testing.assert_allclose(rows[0], rows[1], rtol=1e-5)  # they are written with six digits


@pytest.mark.parametrize("batch", [4, 1])
def test_two_processes_are_one(data: Path, tmp_path: Path, batch: int):
    """Also where the second has nothing to do: batches of one frame."""
    source = tmp_path / "input.toml"
    source.write_text(
        INPUT.format(steps=STEPS).replace("alloy", f"{data}/alloy").replace("batch = 4", f"batch = {batch}")
    )
    assert main(["train", str(source), "-o", str(tmp_path / "one")]) == 0
    finished(torchrun(2, "train", source, "-o", tmp_path / "two"))
    assert_same(tmp_path / "one", tmp_path / "two")


WATCHED = """
import sys
from pathlib import Path
from trainer.cli import main

code = main(sys.argv[1:])
threads = [path.read_text() for path in Path("/proc/self/task").glob("*/comm")]
assert not [name for name in threads if "gloo" in name], threads
sys.exit(code)
"""


def test_no_thread_of_the_group_outlives_it(data: Path, tmp_path: Path):
    """One that does may abort the process at the very end of a training, a few times in a hundred."""
    program = tmp_path / "program.py"
    program.write_text(WATCHED)
    finished(torchrun(2, "train", data / "short.toml", "-o", tmp_path / "run", program=program))


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdout is not None
    while text not in process.stdout.readline():
        assert process.poll() is None


def test_stopped_in_two_processes_it_goes_on_in_any_number(data: Path, tmp_path: Path):
    """In two again to the same bits."""
    run = tmp_path / "run"
    process = torchrun(2, "train", data / "short.toml", "-o", run)
    wait_for(process, "20/120")
    process.send_signal(signal.SIGINT)
    output = finished(process, code=1)
    assert f"henrici train --resume {run}" in output
    step = torch.load(run / "checkpoint.pt", weights_only=True)["step"]
    assert 20 < step < 120
    shutil.copytree(run, tmp_path / "alone")
    assert main(["train", "--resume", str(tmp_path / "alone")]) == 0
    finished(torchrun(2, "train", "--resume", run))
    finished(torchrun(2, "train", data / "short.toml", "-o", tmp_path / "whole"))
    for x, y in zip(parameters(tmp_path / "whole"), parameters(run), strict=True):
        assert torch.equal(x, y)


def test_one_process_under_torchrun_gives_the_same_bits(data: Path, tmp_path: Path):
    finished(torchrun(1, "train", data / "short.toml", "-o", tmp_path / "torchrun"))
    assert main(["train", str(data / "short.toml"), "-o", str(tmp_path / "plain")]) == 0
    for x, y in zip(parameters(tmp_path / "torchrun"), parameters(tmp_path / "plain"), strict=True):
        assert torch.equal(x, y)


def test_the_death_of_one_is_the_end_of_all(data: Path, tmp_path: Path):
    process = torchrun(2, "train", data / "input.toml", "-o", tmp_path / "run")
    wait_for(process, "20/400")
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True)
    subprocess.run(["kill", "-KILL", children.stdout.split()[1]], check=True)
    output = finished(process, code=1)
    assert output.count("henrici train:") <= 1  # it says so unless torchrun is quicker
    assert (tmp_path / "run/checkpoint.pt").exists()


def test_a_mistake_is_said_once_and_leaves_nothing(data: Path, tmp_path: Path):
    (data / "bad.toml").write_text(INPUT.format(steps=10).replace("alloy.xyz", "none.xyz"))
    output = finished(torchrun(2, "train", data / "bad.toml", "-o", tmp_path / "run"), code=1)
    assert output.count("henrici train:") == 1
    assert "none.xyz: no such file" in output
    assert not (tmp_path / "run").exists()
