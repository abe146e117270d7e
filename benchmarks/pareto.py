"""What accuracy costs in MD: `benchmarks/pareto.py DATA --peer VENV [--only train,time,draw] [--sets water,Si]`.

DATA holds water (DeePMD-kit's examples/water/data), mlearn (Si and Li as in mlearn.py) and ethanol (train.xyz and
test_MD.xyz of Kovacs et al. 2021). VENV is made by benchmarks/peer_deepmd.sh; with it water has points of DeePMD-kit's
se_e2_a, compressed. All in float32, on one thread. The parts:

train   each architecture on each set, the same number of steps for all; CPU s, and errors on the test frames
time    each model in LAMMPS, CPU us/atom/step: some thousand atoms of the set's own kind, NVE, skin 2 angstrom
draw    force error against time, a panel for each set: the figure of docs/models.md

What is in --folder is kept: models that are trained already, and results.json.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import ase.io
import matplotlib as mpl
from comparison import ours, peer
from comparison.lammps_run import Program, run
from comparison.sets import SETS, Set
from comparison.timing import in_turn, median, spend

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import LogLocator, NullLocator

ARCHITECTURES = {
    "power spectrum": "",
    "power spectrum, 16 channels": "[power_spectrum]\nchannels = 16\naxis = 4\nfitting = [32, 32]\n",
    "power spectrum, 64 channels": "[power_spectrum]\nchannels = 64\naxis = 8\nfitting = [128, 128]\n",
    "power spectrum, 5 angstrom": "[power_spectrum]\ncutoff = 5.0\n",
    "power spectrum, l = 1": "[power_spectrum]\nangular = 1\n",
    "DeepPot-SE": ours.ARCHITECTURE,
    "Behler-Parrinello": "[behler_parrinello]\n",
}
PEER = "DeePMD-kit"
FIGURE = Path(__file__).parents[1] / "docs" / "pareto.png"
INPUT = """
dtype = "float32"
[data]
{data}
{architecture}
[training]
steps = {steps}
report = {steps}
seed = {seed}
{batch}
"""


@dataclass
class Point:
    """cpu: s of training; energy: RMSE, meV/atom; force: RMSE, meV/angstrom; us: CPU time an atom and step."""

    cpu: float
    energy: float
    force: float
    us: float = float("nan")


@dataclass(frozen=True)
class Benchmark:
    """What the parts share. venv: the peer's, or None."""

    source: Path
    folder: Path
    sets: dict[str, Set]
    venv: Path | None
    seeds: range
    repeats: int

    def names(self, of: str) -> list[str]:
        return [*ARCHITECTURES, *([PEER] if of == "water" and self.venv else [])]

    def place(self, of: str, name: str, seed: int) -> Path:
        return self.folder / of / name.replace(" ", "-").replace(",", "").replace("=", "") / str(seed)


class Results:
    """Points by set, architecture and seed, in a file that grows."""

    def __init__(self, path: Path):
        self._path, self.points = path, dict[tuple[str, str, int], Point]()
        if path.exists():
            for row in json.loads(path.read_text()):
                key = row.pop("set"), row.pop("name"), row.pop("seed")
                self.points[key] = Point(**row)

    def of(self, of: str, name: str) -> list[Point]:
        return [point for (s, n, _), point in self.points.items() if (s, n) == (of, name)]

    def save(self) -> None:
        rows = [{"set": s, "name": n, "seed": k} | asdict(point) for (s, n, k), point in self.points.items()]
        self._path.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


def train(benchmark: Benchmark, results: Results) -> None:
    for of, data in benchmark.sets.items():
        for name in benchmark.names(of):
            for seed in benchmark.seeds:
                if (of, name, seed) not in results.points:
                    folder = benchmark.place(of, name, seed)
                    point = of_peer(benchmark, folder, seed) if name == PEER else of_ours(data, name, folder, seed)
                    results.points[of, name, seed] = point
                    results.save()
                    print(f"{of:8} {name:30} {seed}  {point.cpu:7.1f} CPU s  {point.force:7.1f} meV/A", flush=True)


def of_ours(data: Set, name: str, folder: Path, seed: int) -> Point:
    architecture, steps = ARCHITECTURES[name], data.steps
    text = INPUT.format(data=data.data, architecture=architecture, steps=steps, seed=seed, batch=data.batch)
    cpu = ours.train(folder, text).cpu
    return Point(cpu, *ours.errors(folder, data.test))


def of_peer(benchmark: Benchmark, folder: Path, seed: int) -> Point:
    """On water; leaves a compressed model."""
    assert benchmark.venv
    water = benchmark.source / "water"
    cpu = peer.train(benchmark.venv, folder, peer.settings(water, benchmark.sets["water"].steps, seed)).cpu
    errors = peer.errors(benchmark.venv, folder, water)
    dp = benchmark.venv / "bin" / "dp"
    spend([dp, "compress", "-i", "frozen.pb", "-o", "compressed.pb"], folder, "compress.log")
    return Point(cpu, *errors)


def time(benchmark: Benchmark, results: Results) -> None:
    """The models of the first seed; those of others have the same time."""
    first = benchmark.seeds[0]
    for of, data in benchmark.sets.items():
        structure = benchmark.folder / of / f"{of}.data"
        ase.io.write(structure, data.cell, format="lammps-data", specorder=data.species, masses=True)
        programs = {}
        for name in benchmark.names(of):
            folder, venv = benchmark.place(of, name, first), benchmark.venv
            if name == PEER and venv:
                model, style, lmp = folder / "compressed.pb", "deepmd", venv / "bin" / "lmp"
            else:
                model, style, lmp = folder / "run" / "model.pt", "henrici", ours.BIN / "lmp"
            if model.exists():
                species = " ".join(data.species)
                programs[name] = Program(lmp, f"pair_style {style} {model}\npair_coeff * * {species}")
        cases = {name: partial(run, p, structure, data.copies, 100, 10) for name, p in programs.items()}
        for name, costs in in_turn(cases, benchmark.repeats).items():
            us = median(cost.cpu for cost in costs)
            print(f"{of:8} {name:30} {us:7.2f} us/atom/step, {data.copies**3 * len(data.cell)} atoms", flush=True)
            for seed in benchmark.seeds:
                if (of, name, seed) in results.points:
                    results.points[of, name, seed].us = us
        results.save()


def draw(benchmark: Benchmark, results: Results) -> None:
    figure, axes = plt.subplots(1, len(benchmark.sets), figsize=(3.2 * len(benchmark.sets), 3.8), squeeze=False)
    marks = {}
    for axis, of in zip(axes[0], benchmark.sets, strict=True):
        for k, name in enumerate([*ARCHITECTURES, PEER]):
            marker = "o" if name.startswith("power") else "X" if name == PEER else "s"
            for p in results.of(of, name):
                (marks[name],) = axis.plot(p.us, p.force, marker, color=f"C{k}", markersize=7, linestyle="none")
        axis.set(title=of, xlabel="CPU time, µs/atom/step", xscale="log", yscale="log")
        for scale, ticks in ((axis.xaxis, (1, 2, 3, 5)), (axis.yaxis, (1, 1.2, 1.5, 2, 3, 5, 7))):
            scale.set_major_locator(LogLocator(subs=ticks))
            scale.set_major_formatter("{x:g}")
            scale.set_minor_locator(NullLocator())
        axis.grid(alpha=0.3)
    axes[0, 0].set_ylabel("force error (RMSE), meV/Å")
    figure.legend(marks.values(), marks.keys(), loc="lower center", ncols=4, frameon=False, fontsize="small")
    figure.tight_layout(rect=(0, 0.14, 1, 1))
    figure.savefig(FIGURE, dpi=110)
    print(f"wrote {FIGURE}")


def table(benchmark: Benchmark, results: Results) -> str:
    lines = [
        "| set | | us/atom/step | force, meV/angstrom | energy, meV/atom | training, CPU s |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for of in benchmark.sets:
        for name in [*ARCHITECTURES, PEER]:
            points = results.of(of, name)
            if points:
                force, energy = (", ".join(f"{getattr(p, q):.3g}" for p in points) for q in ("force", "energy"))
                cpu = median(p.cpu for p in points)
                lines.append(f"| {of} | {name} | {points[0].us:.1f} | {force} | {energy} | {cpu:.0f} |")
    return "\n".join(lines)


PARTS = {"train": train, "time": time, "draw": draw}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--peer", type=Path, metavar="VENV", help="without it only our side runs")
    parser.add_argument("--only", default=",".join(PARTS), metavar="PART,...", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--sets", default=",".join(SETS), metavar="SET,...", help=f"of {', '.join(SETS)}")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3, help="of the part time")
    parser.add_argument("--folder", type=Path, default=Path("runs/pareto"))
    arguments = parser.parse_args()
    parts, chosen = arguments.only.split(","), arguments.sets.split(",")
    if unknown := {*parts, *chosen}.difference(PARTS, SETS):
        parser.error(f"expected {', '.join(PARTS)} and {', '.join(SETS)}, got {', '.join(sorted(unknown))}")
    source, folder = arguments.data.resolve(), arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    benchmark = Benchmark(
        source=source,
        folder=folder,
        sets={name: SETS[name](source, folder) for name in chosen},
        venv=arguments.peer.absolute() if arguments.peer else None,
        seeds=range(1, arguments.seeds + 1),
        repeats=arguments.repeats,
    )
    results = Results(folder / "results.json")
    for part in parts:
        PARTS[part](benchmark, results)
    print(table(benchmark, results))


if __name__ == "__main__":
    main()
