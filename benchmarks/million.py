"""Memory and time of a million frames: `benchmarks/million.py`. Every command runs under GNU time.

A DeePMD system of FRAMES frames of ten argon atoms (Lennard-Jones energies and forces of a few hundred configurations,
moved at random; set.000 has them all), or an extended XYZ file of `--xyz` of them. Printed: peak resident memory and
time of `henrici data`, `henrici train` (a few steps) and `henrici test`.
"""

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms
from ase.calculators.lj import LennardJones
from ase.calculators.singlepoint import SinglePointCalculator

ATOMS, KINDS = 10, 300
INPUT = """
[data]
train = ["{data}"]
[deep_pot_se]
embedding = [8, 16]
axis = 4
fitting = [16, 16]
[training]
steps = 20
report = 10
"""


def configurations() -> list[Atoms]:
    """KINDS argon crystals with a few atoms missing, displaced, labelled by a Lennard-Jones potential."""
    random, frames = np.random.default_rng(0), []
    grid = np.array([[i, j, k] for i in range(3) for j in range(2) for k in range(2)], dtype=float)[:ATOMS]
    for _ in range(KINDS):
        atoms = Atoms(
            f"Ar{ATOMS}", 3.8 * grid + random.normal(scale=0.15, size=grid.shape), cell=[11.4, 7.6, 7.6], pbc=True
        )
        atoms.calc = LennardJones(sigma=3.4, epsilon=0.0104, rc=7.0, smooth=True)
        atoms.calc = SinglePointCalculator(atoms, energy=atoms.get_potential_energy(), forces=atoms.get_forces())
        frames.append(atoms)
    return frames


def deepmd(folder: Path, frames: int) -> None:
    """Written in blocks: this script too stays small."""
    kinds, random = configurations(), np.random.default_rng(1)
    place = folder / "set.000"
    place.mkdir(parents=True, exist_ok=True)
    (folder / "type_map.raw").write_text("Ar\n")
    (folder / "type.raw").write_text("0\n" * ATOMS)
    source = {
        "coord": np.array([a.positions.ravel() for a in kinds]),
        "force": np.array([a.get_forces().ravel() for a in kinds]),
        "box": np.array([a.cell.array.ravel() for a in kinds]),
        "energy": np.array([[a.get_potential_energy()] for a in kinds]),
    }
    columns = {
        name: np.lib.format.open_memmap(place / f"{name}.npy", "w+", np.float64, (frames, values.shape[1]))
        for name, values in source.items()
    }
    for start in range(0, frames, 10_000):
        block = slice(start, min(start + 10_000, frames))
        chosen = random.integers(0, KINDS, block.stop - block.start)
        for name, values in source.items():
            columns[name][block] = values[chosen]
        columns["coord"][block] += np.tile(random.uniform(0, 7, (len(chosen), 3)), ATOMS)  # of the whole crystal


def xyz(path: Path, frames: int) -> None:
    kinds = configurations()
    with path.open("w") as stream:
        for start in range(0, frames, 1000):
            ase.io.write(stream, [kinds[k % KINDS] for k in range(start, min(start + 1000, frames))], format="extxyz")


def measured(what: str, command: list[str | Path]) -> None:
    """Run it, and print its peak resident memory and its time."""
    began = time.monotonic()
    done = subprocess.run(["/usr/bin/time", "-v", *map(str, command)], capture_output=True, text=True, check=False)
    peak = int(re.search(r"Maximum resident set size \(kbytes\): (\d+)", done.stderr)[1])  # type: ignore[index]
    cpu = sum(float(t) for t in re.findall(r"(?:User|System) time \(seconds\): (\S+)", done.stderr))
    print(f"{what:16}{peak / 1e6:10.2f}{time.monotonic() - began:10.0f}{cpu:10.0f}{done.returncode:6}", flush=True)
    if done.returncode:
        print(done.stdout[-1000:], done.stderr[-3000:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--xyz", type=int, default=0, help="an extended XYZ file of so many frames instead")
    parser.add_argument("--folder", type=Path, default=Path("runs/million"))
    a = parser.parse_args()
    a.folder.mkdir(parents=True, exist_ok=True)
    data = a.folder / ("frames.xyz" if a.xyz else "deepmd")
    if not data.exists():
        xyz(data, a.xyz) if a.xyz else deepmd(data, a.frames)
    (a.folder / "input.toml").write_text(INPUT.format(data=data.name))
    henrici, run = Path(sys.executable).parent / "henrici", a.folder / f"run{time.time():.0f}"
    print(f"{'':16}{'peak, GB':>10}{'s':>10}{'CPU s':>10}{'exit':>6}")
    measured("henrici data", [henrici, "data", data])
    measured("henrici train", [henrici, "train", a.folder / "input.toml", "-o", run])
    measured("henrici test", [henrici, "test", run / "model.pt", data, "-o", a.folder / "test.html"])


if __name__ == "__main__":
    main()
