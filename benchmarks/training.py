"""Training on water beside DeePMD-kit: `benchmarks/training.py WATER --peer VENV [--only step,accuracy] [--seeds 2]`.

WATER is DeePMD-kit's examples/water/data, VENV is made by benchmarks/peer_deepmd.sh. Both sides: 64 H2O, se_e2_a
25-50-100, axis 16, fitting 240 x 3, cutoff 6 angstrom, float32, one frame a step, one thread; errors are of forces, on
all frames of data_3. CPU times are of whole commands, start-up and validation inside; those of a step are the
difference between two trainings. The parts:

step      CPU s of a step
accuracy  both sides after 4000 steps, each with its own schedule
error     CPU s to the force error that DeePMD-kit has after its 4000 steps, by the shortest schedule of ours that gets
          there, of 100, 141, 200, 283, ... steps
long      our force error after 20 minutes on two cores: on two threads, or with --processes in two processes, which
          take a frame each
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import NamedTuple

from comparison import ours, peer
from comparison.bars import Row, table
from comparison.timing import in_turn, median, threads

STEPS = 4000
LENGTHS = (400, 800)  # both longer than an epoch: the first makes the neighbour lists
MINUTES = 20.0
PILOT = (100, 300)  # steps, from which the number that takes so long is known


class Trained(NamedTuple):
    """cpu: s; energy: RMSE, meV/atom; force: RMSE, meV/angstrom."""

    cpu: float
    energy: float
    force: float


@dataclass(frozen=True)
class Benchmark:
    """What the parts share. venv: the peer's, or None for our side alone; architecture: of ours, "" for the default."""

    water: Path
    folder: Path
    venv: Path | None
    seeds: range
    repeats: int
    architecture: str
    processes: bool
    known: Trained | None  # what the peer had in an earlier call
    _peers: dict[int, Trained] = field(default_factory=dict)

    def ours(self, steps: int, seed: int = 1) -> Trained:
        folder = self.folder / "henrici"
        configuration = ours.settings(self.water, steps, seed, architecture=self.architecture)
        cpu = ours.train(folder, configuration).cpu
        return Trained(cpu, *ours.errors(folder, self.water / "data_3"))

    def peer(self, seed: int = 1) -> Trained:
        """After STEPS, once for each seed."""
        if self.known:
            return self.known
        if not self.venv:
            raise SystemExit("expected --peer, or --known with the figures of an earlier call")
        if seed not in self._peers:
            folder = self.folder / "deepmd"
            cpu = peer.train(self.venv, folder, peer.settings(self.water, STEPS, seed)).cpu
            self._peers[seed] = Trained(cpu, *peer.errors(self.venv, folder, self.water))
        return self._peers[seed]


def step(benchmark: Benchmark) -> list[Row]:
    """CPU s of a step: two lengths of training, both sides in turn."""

    def our_cpu(steps: int) -> float:
        configuration = ours.settings(benchmark.water, steps, architecture=benchmark.architecture)
        return ours.train(benchmark.folder / "henrici", configuration).cpu

    def peer_cpu(venv: Path, steps: int) -> float:
        return peer.train(venv, benchmark.folder / "deepmd", peer.settings(benchmark.water, steps)).cpu

    def between(cpu: Callable[[int], float]) -> float:
        shorter, longer = map(cpu, LENGTHS)
        return (longer - shorter) / (LENGTHS[1] - LENGTHS[0])

    cases = {"henrici": partial(between, our_cpu)}
    if benchmark.venv:
        cases["deepmd"] = partial(between, partial(peer_cpu, benchmark.venv))
    seconds = {name: median(values) for name, values in in_turn(cases, benchmark.repeats).items()}
    own, other = seconds["henrici"], seconds.get("deepmd", float("nan"))
    return [Row("training step, CPU s", f"{own:.4f}", f"{other:.4f}", own / other, 0.25, 0.19)]


def accuracy(benchmark: Benchmark) -> list[Row]:
    """A table of its own: CPU time and errors after STEPS of both sides."""
    print("| | seed | CPU s | energy, meV/atom | force, meV/angstrom |\n|---|--:|--:|--:|--:|")
    for seed in benchmark.seeds:
        sides = {"henrici": benchmark.ours(STEPS, seed)}
        if benchmark.venv or benchmark.known:
            sides["DeePMD-kit"] = benchmark.peer(seed)
        for name, (cpu, energy, force) in sides.items():
            print(f"| {name} | {seed} | {cpu:.1f} | {energy:.3f} | {force:.1f} |", flush=True)
    return []


def error(benchmark: Benchmark) -> list[Row]:
    """CPU s to the peer's error, the medians over the seeds."""
    found: list[float] = []
    for seed in benchmark.seeds:
        goal = benchmark.peer(seed)
        print(f"  seed {seed}, DeePMD-kit: {goal.cpu:.1f} CPU s, {goal.force:.1f} meV/angstrom", flush=True)
        for steps in (round(100 * 2 ** (k / 2)) for k in count()):
            trained = benchmark.ours(steps, seed)
            print(f"  {steps:6} steps {trained.cpu:8.1f} CPU s {trained.force:8.1f} meV/angstrom", flush=True)
            if trained.force <= goal.force:
                break
        found.append(trained.cpu)
    peers = [benchmark.peer(seed) for seed in benchmark.seeds]
    own, other = median(found), median(p.cpu for p in peers)
    what = f"CPU s to {median(p.force for p in peers):.0f} meV/angstrom"
    return [Row(what, f"{own:.1f}", f"{other:.1f}", own / other, 1 / 5, 1 / 10)]


def long(benchmark: Benchmark) -> list[Row]:
    """Force error after so many steps as take MINUTES, by the rate of two short trainings."""
    torchrun: list[str | Path] = [ours.BIN / "torchrun", "--nproc-per-node", "2"]
    folder = benchmark.folder / "long"
    way = "two processes" if benchmark.processes else "two threads"

    def wall(steps: int) -> float:
        batch = 2 if benchmark.processes else 1
        configuration = ours.settings(benchmark.water, steps, architecture=benchmark.architecture, batch=batch)
        launcher = torchrun if benchmark.processes else []
        return ours.train(folder, configuration, launcher, threads(1 if benchmark.processes else 2)).wall

    shorter, longer = map(wall, PILOT)
    rate = (longer - shorter) / (PILOT[1] - PILOT[0])
    steps = int((60 * MINUTES - shorter) / rate) + PILOT[0]
    minutes = wall(steps) / 60
    force = ours.errors(folder, benchmark.water / "data_3")[1]
    what = f"force error after {MINUTES:.0f} min on two cores, meV/angstrom"
    return [Row(what, f"{force:.1f} ({steps} steps, {way}, {minutes:.1f} min)", "-", force, 45, 35)]


PARTS = {"step": step, "accuracy": accuracy, "error": error, "long": long}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("water", type=Path)
    parser.add_argument("--peer", type=Path, metavar="VENV", help="without it only our side runs")
    parser.add_argument("--only", default="step,accuracy,error", metavar="PART,...", help="all but long by default")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3, help="of the part step")
    parser.add_argument("--defaults", action="store_true", help="our default architecture instead of DeePMD-kit's")
    parser.add_argument("--processes", action="store_true", help="the part long in two processes")
    parser.add_argument(
        "--known",
        type=float,
        nargs=2,
        metavar=("CPU_S", "MEV"),
        help="of DeePMD-kit after 4000 steps, so as not to run it",
    )
    parser.add_argument("--folder", type=Path, default=Path("runs/training"))
    arguments = parser.parse_args()
    parts = arguments.only.split(",")
    if unknown := set(parts).difference(PARTS):
        parser.error(f"expected parts of {', '.join(PARTS)}, got {', '.join(sorted(unknown))}")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    benchmark = Benchmark(
        water=arguments.water.resolve(),
        folder=arguments.folder.resolve(),
        venv=arguments.peer.absolute() if arguments.peer else None,
        seeds=range(1, arguments.seeds + 1),
        repeats=arguments.repeats,
        architecture="" if arguments.defaults else ours.ARCHITECTURE,
        processes=arguments.processes,
        known=Trained(arguments.known[0], float("nan"), arguments.known[1]) if arguments.known else None,
    )
    rows = []
    for part in parts:
        rows += PARTS[part](benchmark)
    print(table(rows))


if __name__ == "__main__":
    main()
