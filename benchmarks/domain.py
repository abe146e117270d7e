"""When are we warned? `benchmarks/domain.py RUN [OTHER.xyz ...]`: a finished run folder, and files with foreign frames.

The share of frames for which the ASE calculator warns: frames held out from the run's training, where it should not;
the same squeezed, stretched and shaken, and frames of other files, where it should, the more the farther they are.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms

from ase_calculator import Potential
from ase_calculator.domain import FARTHER, OutOfDomainError
from trainer.potentials.preparation import load_frames
from trainer.potentials.run import PotentialRun

FRAMES = 40  # of each kind, evenly chosen


def scaled(atoms: Atoms, factor: float) -> Atoms:
    changed = atoms.copy()
    changed.positions *= factor
    changed.cell[:] *= factor
    return changed


def shaken(atoms: Atoms, angstrom: float) -> Atoms:
    changed = atoms.copy()
    changed.rattle(angstrom, seed=1)
    return changed


def held_out(run: Path) -> list[Atoms]:
    settings, record = PotentialRun(run).recorded()
    _, held = load_frames(settings, Path(record["input_folder"]), run)
    return [Atoms(list(f.symbols), f.positions, cell=f.cell, pbc=f.pbc) for f in held]


def line(name: str, frames: list[Atoms], model: Path) -> str:
    some = frames[:: -(-len(frames) // FRAMES)]
    silent, strict = (Potential(model, out_of_domain=action) for action in ("ignore", "raise"))
    largest = np.array([silent.get_property("extrapolation", atoms).max() for atoms in some])
    warned = [is_refused(strict, atoms) for atoms in some]
    shares = f"{100 * np.mean(largest > FARTHER):8.0f} %{100 * np.mean(warned):14.0f} %"
    return f"{name:24}{len(some):7}{shares}{np.median(largest):15.2f}{largest.max():10.2f}"


def is_refused(strict: Potential, atoms: Atoms) -> bool:
    try:
        strict.get_property("energy", atoms)
    except OutOfDomainError:
        return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("others", type=Path, nargs="*", help="files that ase.io reads")
    arguments = parser.parse_args()
    model, held = arguments.run / "model.pt", held_out(arguments.run)
    changes: list[tuple[str, Callable[[Atoms, float], Atoms], float]] = [
        *((f"edges x {factor}", scaled, factor) for factor in (0.98, 0.95, 0.92, 1.03, 1.06)),
        *((f"shaken by {angstrom} A", shaken, angstrom) for angstrom in (0.05, 0.1, 0.2)),
    ]
    print(f"{'':24}{'frames':>7}{'surroundings':>13}{'any warning':>13}{'median x':>15}{'largest':>10}")
    print(line("held out", held, model))
    for name, change, amount in changes:
        print(line(name, [change(atoms, amount) for atoms in held], model))
    for other in arguments.others:
        print(line(other.name, ase.io.read(other, ":"), model))


if __name__ == "__main__":
    main()
