"""Print how far each cutoff and k-mesh is from a finer one, as the table of README.md: python convergence.py"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import read
from ase.units import GPa
from label import Settings, configurations, label, write_atomically

FRAMES = (0, 9, 14, 38)  # of label.py's list: perfect, strained, and snapshots of the fifth and last trajectories
REFERENCE = (40, 4)  # Ry, shifted mesh
CHOICES = ((20, 3), (24, 3), (28, 3), (32, 3), (28, 2), (28, 4), REFERENCE)


def labels(cutoff: int, mesh: int, scratch: Path) -> list[Atoms]:
    """FRAMES labelled at this cutoff and mesh, from the scratch folder where they are finished."""
    frames, done = configurations(scratch), []
    for n in FRAMES:
        path = scratch / f"convergence-{cutoff}-{mesh}-{n:04d}.xyz"
        if not path.exists():
            settings = replace(Settings(), cutoff=float(cutoff), mesh=mesh)
            write_atomically(path, [label(frames[n], path.with_suffix(""), settings)])
        done.append(read(path))
    return done


def row(cutoff: int, mesh: int, found: list[Atoms], truth: list[Atoms]) -> str:
    """Root mean squares over frames: energy per atom relative to the frames' mean, force and stress components."""
    energy = np.array([a.get_potential_energy() / len(a) - b.get_potential_energy() / len(b)
                       for a, b in zip(found, truth, strict=True)])
    force = np.array([a.get_forces() - b.get_forces() for a, b in zip(found, truth, strict=True)])
    stress = np.array([a.get_stress() - b.get_stress() for a, b in zip(found, truth, strict=True)]) / GPa
    errors = 1000 * energy.std(), 1000 * force[2:].std(), np.abs(stress[:, :3].mean(axis=1)).max(), stress.std(axis=1).max()
    seconds = np.mean([atoms.info["cpu_seconds"] for atoms in found])
    return f"| {cutoff} | {mesh} | {errors[0]:.2f} | {errors[1]:.1f} | {errors[2]:.2f} | {seconds:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, default=Path("scratch-silicon"))
    scratch = parser.parse_args().scratch
    os.environ["OMP_NUM_THREADS"] = "1"
    truth = labels(*REFERENCE, scratch)
    print("| cutoff (Ry) | shifted mesh | energy differences (meV/atom) | forces (meV/A) | pressure (GPa) | CPU-s |")
    print("|--:|--:|--:|--:|--:|--:|")
    for cutoff, mesh in CHOICES:
        print(row(cutoff, mesh, labels(cutoff, mesh, scratch), truth), flush=True)


if __name__ == "__main__":
    main()
