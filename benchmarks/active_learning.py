"""Active learning at scale, with a fast oracle in the place of DFT: `benchmarks/active_learning.py`.

Copper, 50-2000 K and 0-50 GPa, from one perfect crystal: at least two million configurations explored, of which those
that melted are few. The models are measured on MD that the oracle itself runs at every point of the grid, of crystals
and of melts. Then models of the same form are trained on what the loop had labelled by the end of some rounds, and on
as many labels of configurations drawn at random from all that was explored, three times. Started again after an
interruption, it goes on; `--small` runs through all of it, for its plumbing.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import NamedTuple

import ase.io
import matplotlib as mpl
import numpy as np
import tomli_w
from ase import Atoms
from ase.build import bulk
from ase.calculators.singlepoint import SinglePointCalculator
from comparison.eam import EAM, trajectory

from ase_calculator import Potential
from trainer.active.journal import Journal
from trainer.active.labelling.labels import TRAIN
from trainer.active.labelling.labels import labelled as labels_of
from trainer.active.structures import from_json
from trainer.active.walks import walk

mpl.use("Agg")
import matplotlib.pyplot as plt

TEMPERATURES = (50.0, 300.0, 600.0, 1000.0, 1500.0, 2000.0)  # K
PRESSURES = (0.0, 10.0, 25.0, 50.0)  # GPa
DRAWS = (1, 2, 3)  # of as many labels at random
GRID = tuple(product(TEMPERATURES, PRESSURES))
LARGEST = (
    "force RMSE in a cell, meV/angstrom",
    "force RMSE / force RMS in a cell, %",
    "error of an atom, meV/angstrom",
)
HENRICI = Path(sys.executable).parent / "henrici"
Cells = dict[tuple[float, float], float]


@dataclass(frozen=True)
class Size:
    """frames: held out at each point, of each start."""

    frames: int
    walks: int
    steps: int
    rounds: int
    labels: int
    first_steps: int
    further_steps: int
    final_steps: int


FULL = Size(
    frames=10, walks=16, steps=40_000, rounds=7, labels=3, first_steps=2000, further_steps=1000, final_steps=8000
)
SMALL = Size(frames=2, walks=4, steps=300, rounds=2, labels=3, first_steps=100, further_steps=50, final_steps=200)
POTENTIAL = {
    "power_spectrum": {"cutoff": 5.0, "channels": 8, "axis": 3, "fitting": [16, 16]},
    "training": {"batch": 4},
}


def project(size: Size, cores: int) -> dict[str, object]:
    """The input of `henrici explore`."""
    return {
        "structures": ["crystal.xyz"],
        "label": {"calculator": "comparison.eam:EAM", "timeout": 600.0},
        "perturbation": {"count": 2 * size.labels + 1},
        "selection": {"labels": size.labels, "held_out": 1, "relative": 0.1, "lower": 0.015, "upper": 0.5},
        "committee": {
            "models": 4,
            "first_steps": size.first_steps,
            "steps": size.further_steps,
            "final_steps": size.final_steps,
        },
        "stage": [
            {
                "temperatures": TEMPERATURES,
                "pressures": PRESSURES,
                "walks": size.walks,
                "steps": size.steps,
                "timestep": 2.0,
                "every": 2,
                "rounds": size.rounds,
                "accept": 0.0,
            }
        ],
        "potential": POTENTIAL,
        "executor": {"workers": cores},
    }


def write_once(path: Path, frames: Sequence[Atoms]) -> Path:
    partial = path.with_suffix(".partial")
    ase.io.write(partial, frames, format="extxyz")
    return partial.replace(path)


def labelled(frames: Sequence[Atoms]) -> list[Atoms]:
    """By the oracle."""
    oracle, found = EAM(), []
    for atoms in frames:
        atoms.calc = oracle
        labels = {"energy": atoms.get_potential_energy(), "forces": atoms.get_forces(), "stress": atoms.get_stress()}
        atoms.calc = SinglePointCalculator(atoms, **labels)
        found.append(atoms)
    return found


def held_out(path: Path, size: Size) -> Path:
    """MD of the oracle at every point of the grid, from the crystal and from the melt."""
    if not path.exists():
        frames = []
        for seed, ((t, p), melted) in enumerate(product(GRID, (False, True)), start=1000):
            for atoms in trajectory(melted, t, p, seed, size.frames):
                atoms.info = {"temperature": t, "pressure": p, "melted": melted}
                frames.append(atoms)
        write_once(path, labelled(frames))
    return path


def run(command: Sequence[str | Path], folder: Path) -> None:
    """A command of henrici, on one thread, in the folder; what it costs is added to spent.txt there: s of CPU, wall."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parent)}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    try:
        with (folder / "log.txt").open("a") as log:
            subprocess.run([HENRICI, *command], cwd=folder, env=environment, check=True, stdout=log, stderr=log)
    finally:
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        with (folder / "spent.txt").open("a") as stream:
            stream.write(f"{cpu:.1f} {time.monotonic() - began:.1f}\n")


def drawn(folder: Path, number: int, draw: int) -> list[Atoms]:
    """Configurations at random, of those that the walks kept whatever their deviation: as many of each walk. The first
    of a draw are the same for every number."""
    files = sorted(folder.glob(f"rounds/*/walks/*/{walk.SAMPLE}"))
    seen = [structure for file in files for structure in walk.structures(file)]
    return [from_json(seen[k]) for k in np.random.default_rng(draw).permutation(len(seen))[:number]]


def trained(folder: Path, name: str, frames: Sequence[Atoms], size: Size) -> list[Path]:
    """Two models from new parameters, by the final training of the project."""
    data = folder / f"{name}.xyz"
    if not data.exists():
        write_once(data, frames)
    models = []
    for seed in (1, 2):
        output, file = folder / f"{name}-{seed}", folder / f"{name}-{seed}.toml"
        table = POTENTIAL | {
            "data": {"train": [data.name], "validation": ["../project/rounds/001/data/held_out.xyz"], "check": False},
            "training": POTENTIAL["training"] | {"steps": size.final_steps, "seed": seed},
        }
        file.write_text(tomli_w.dumps(table))
        if not (output / "model.pt").exists():
            begun = (output / "input.toml").exists()
            run(["train", "--resume", output] if begun else ["train", file, "-o", output], folder)
        models.append(output / "model.pt")
    return models


def comparison(folder: Path, journal: Journal, size: Size) -> Iterator[tuple[int, list[Path], list[list[Path]]]]:
    """Numbers of labels that the loop had by the end of some rounds; models of them; models of as many at random."""
    folder.mkdir(exist_ok=True)
    for rounds in sorted({2, (size.rounds + 1) // 2, size.rounds + 1}):
        chosen = labels_of(journal, TRAIN, rounds)
        others = []
        for draw in DRAWS:
            name = f"random{len(chosen)}-{draw}"
            known = (folder / f"{name}.xyz").exists()
            frames = [] if known else labelled(drawn(folder.parent / "project", len(chosen), draw))
            others.append(trained(folder, name, frames, size))
        yield len(chosen), trained(folder, f"chosen{len(chosen)}", chosen, size), others


class Errors(NamedTuple):
    """rmse: of forces in each cell of the grid, eV/angstrom; share: of the RMS force there; atom: the largest of an
    atom, eV/angstrom."""

    rmse: Cells
    share: Cells
    atom: float

    def largest(self) -> tuple[float, float, float]:
        """In the cells: meV/angstrom, %; of an atom: meV/angstrom."""
        return 1000 * max(self.rmse.values()), 100 * max(self.share.values()), 1000 * self.atom


def errors(models: Sequence[Path], frames: Sequence[Atoms]) -> Errors:
    calculator = Potential(list(models), out_of_domain="ignore")
    squares: dict[tuple[float, float], list[tuple[float, float]]] = {point: [] for point in GRID}
    atom = 0.0
    for reference in frames:
        atoms = Atoms(reference.symbols, reference.positions, cell=reference.cell, pbc=True, calculator=calculator)
        wrong = atoms.get_forces() - reference.get_forces()
        point = (reference.info["temperature"], reference.info["pressure"])
        squares[point].append((np.mean(wrong**2), np.mean(reference.get_forces() ** 2)))
        atom = max(atom, float(np.linalg.norm(wrong, axis=1).max()))
    means = {point: np.sqrt(np.mean(values, axis=0)) for point, values in squares.items()}
    rmse = {point: float(wrong) for point, (wrong, _) in means.items()}
    return Errors(rmse, {point: float(wrong / force) for point, (wrong, force) in means.items()}, atom)


def draw(path: Path, maps: dict[str, Cells]) -> None:
    """Cells of the grid, shaded by the error."""
    figure, axes = plt.subplots(1, len(maps), figsize=(4.6 * len(maps), 3.6), layout="constrained", sharey=True)
    most = 100 * max(max(found.values()) for found in maps.values())
    for axis, (name, found) in zip(axes, maps.items(), strict=True):
        values = np.array([[100 * found[t, p] for t in TEMPERATURES] for p in PRESSURES])
        image = axis.imshow(values, origin="lower", cmap="viridis_r", vmin=0, vmax=most, aspect="auto")
        for (row, column), value in np.ndenumerate(values):
            axis.text(column, row, f"{value:.1f}", ha="center", va="center", color="w" if value > most / 2 else "k")
        axis.set_xticks(range(len(TEMPERATURES)), [f"{t:g}" for t in TEMPERATURES])
        axis.set_yticks(range(len(PRESSURES)), [f"{p:g}" for p in PRESSURES])
        axis.set(xlabel="temperature (K)", title=name)
    axes[0].set_ylabel("pressure (GPa)")
    figure.colorbar(image, ax=axes, label="force RMSE / force RMS (%)")
    figure.savefig(path, dpi=120)


def report(folder: Path, size: Size) -> None:
    journal = Journal(folder / "project/project.db")
    explored = sum(result["explored"] for result in journal.results("explore").values())
    number = len(journal.labels())
    frames = ase.io.read(folder / "held_out.xyz", ":")
    delivered = errors(sorted((folder / "project/models").glob("*.pt")), frames)
    cpu, wall = np.loadtxt(folder / "spent.txt", ndmin=2).sum(axis=0)
    _, share, atom = delivered.largest()
    rows = [
        ("configurations explored", f"{explored:,}", ">= 2,000,000"),
        ("labels", str(number), "<= 400"),
        ("labelled, %", f"{100 * number / explored:.4f}", "<= 0.02"),
        ("force RMSE / force RMS, %: largest in a cell of the grid", f"{share:.2f}", "<= 5"),
        ("... median over the cells", f"{100 * np.median([*delivered.share.values()]):.2f}", ""),
        ("largest error of an atom, meV/angstrom", f"{atom:.0f}", ""),
        ("henrici explore: s of CPU; wall", f"{cpu:.0f}; {wall:.0f}", ""),
    ]
    print("\n".join(["| | | bar |", "|---|--:|--:|", *(f"| {a} | {b} | {c} |" for a, b, c in rows)]))
    print("\n| labels | largest | chosen | at random | ratio (bar: 2) |\n|--:|---|--:|---|--:|")
    for count, models, others in comparison(folder / "comparison", journal, size):
        random = [errors(each, frames) for each in others]
        found = [errors(models, frames).largest(), *(each.largest() for each in random)]
        for name, (chosen, *rest) in zip(LARGEST, zip(*found, strict=True), strict=True):
            numbers = ", ".join(f"{value:.3g}" for value in rest)
            print(f"| {count} | {name} | {chosen:.3g} | {numbers} | {np.mean(rest) / chosen:.2f} |", flush=True)
    draw(folder / "errors.png", {"chosen by the committee": delivered.share, f"{count} at random": random[0].share})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("runs/active_learning"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--small", action="store_true")
    arguments = parser.parse_args()
    folder, size = arguments.folder.resolve(), SMALL if arguments.small else FULL
    folder.mkdir(parents=True, exist_ok=True)
    held_out(folder / "held_out.xyz", size)
    write_once(folder / "crystal.xyz", [bulk("Cu", cubic=True) * (2, 2, 2)])
    (folder / "project.toml").write_text(tomli_w.dumps(project(size, arguments.workers)))
    if not (folder / "project/models").exists():
        run(["explore", "project.toml"], folder)
    report(folder, size)


if __name__ == "__main__":
    main()
