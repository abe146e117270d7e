"""Kill -9 at random moments: `benchmarks/kill.py`. Nothing half-written may be left, and no bit may change.

A small training is killed and resumed until it is finished, again and again; an export and a test are killed while they
write. Each file that is left must be whole, and in the end the same bytes as after a run that nobody disturbed: the
checkpoint's tensors, the learning curve, the model file, the exported file, the page of the test.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import torch

from trainer.data.store import Frames
from trainer.export import read_document

INPUT = """
[data]
train = ["{data}"]
[deep_pot_se]
embedding = [8, 16]
axis = 4
fitting = [32, 32]
[training]
steps = {steps}
report = 10
"""


def start(folder: Path, *arguments: object) -> subprocess.Popen[bytes]:
    henrici = Path(sys.executable).parent / "henrici"
    log = (folder / "log.txt").open("ab")
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen([henrici, *map(str, arguments)], cwd=folder, stdout=log, stderr=log, env=environment)


def killed(process: subprocess.Popen[bytes], after: float) -> bool:
    """Whether it was still running after so many seconds; it is then dead."""
    try:
        code = process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    assert code == 0, f"exit code {code}: see log.txt"
    return False


def check(run: Path) -> None:
    """Every file of a run folder that is there is whole."""
    if (run / "run.json").exists():
        json.loads((run / "run.json").read_text())
    if (run / "checkpoint.pt").exists():
        torch.load(run / "checkpoint.pt", weights_only=True)
    if (run / "data.h5").exists():
        Frames(run / "data.h5")
    if (run / "model.pt").exists():
        read_document(run / "model.pt")


def content(run: Path) -> dict[str, bytes]:
    """What must not depend on any kill."""
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    tensors = {
        f"{part}.{name}": t.numpy().tobytes() for part in ("module", "average") for name, t in state[part].items()
    }
    return tensors | {name: (run / name).read_bytes() for name in ("log.csv", "model.pt")}


def train(folder: Path, source: Path, run: Path, duration: float, dice: random.Random) -> int:
    """Trains with kills on the way; how many there were."""
    kills = 0
    while True:
        arguments = ("train", "--resume", run) if (run / "input.toml").exists() else ("train", source, "-o", run)
        if not killed(start(folder, *arguments), dice.uniform(0.0, duration)):
            return kills
        kills += 1
        duration *= 1.1  # so that it ends
        check(run)


def write(
    folder: Path, arguments: tuple[object, ...], output: Path, duration: float, rounds: int, dice: random.Random
) -> int:
    """Runs a command that writes `output` and kills it; the old file is there, or the new one, which is the same."""
    whole, kills = output.read_bytes(), 0
    for k in range(rounds):
        if k % 2:
            output.unlink(missing_ok=True)
        kills += killed(start(folder, *arguments), dice.uniform(0.3, 1.1) * duration)
        assert not output.exists() or output.read_bytes() == whole, f"{output} has changed"
    return kills


def main() -> None:
    silicon = Path(__file__).resolve().parents[1] / "examples/silicon/silicon.xyz"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", default=silicon)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("runs/kill"))
    arguments = parser.parse_args()
    folder, dice = arguments.folder.resolve(), random.Random(arguments.seed)
    folder.mkdir(parents=True)
    source, whole, rounds = folder / "input.toml", folder / "whole", arguments.rounds
    source.write_text(INPUT.format(data=arguments.data.resolve(), steps=arguments.steps))
    began = time.monotonic()
    assert not killed(start(folder, "train", source, "-o", whole), 3600)
    duration, expected = time.monotonic() - began, content(whole)
    total = 0
    for _ in range(rounds):
        run = folder / "run"
        total += train(folder, source, run, duration, dice)
        got = content(run)
        assert got == expected, f"changed: {[name for name in expected if got.get(name) != expected[name]]}"
        shutil.rmtree(run)
    print(f"train: {rounds} runs with {total} kills, all with the bytes of the undisturbed one")
    exported, page = folder / "model.pt", folder / "test.html"
    for name, command, output in (
        ("export", ("export", whole, "-o", exported), exported),
        ("test", ("test", exported, arguments.data.resolve(), "-o", page), page),
    ):
        began = time.monotonic()
        assert not killed(start(folder, *command), 3600)
        kills = write(folder, command, output, time.monotonic() - began, rounds, dice)
        assert not killed(start(folder, *command), 3600)
        print(f"{name}: {rounds} times, {kills} kills; its file was whole or not there")
    left = [path.name for path in folder.glob(".*")]
    print(f"left behind: {', '.join(left) or 'nothing'}")


if __name__ == "__main__":
    main()
