"""Print how far each cutoff and k-mesh is from a finer one: python examples/silicon/convergence.py (see README.md)"""

# mypy: allow-untyped-calls
# (most of ase has no types)

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.units import GPa
from configurations import configurations, read_one, write_atomically
from label import Settings, label

FRAMES = (0, 9, 14, 38)  # of the list of configurations: two without heat, perfect and strained; 543 K; 2000 K
REFERENCE = (40, 5)  # Ry, shifted mesh
CHOICES = ((28, 2), (28, 3), (20, 4), (24, 4), (28, 4), (32, 4), (28, 5), REFERENCE)


def labels(cutoff: int, mesh: int, scratch: Path) -> list[Atoms]:
    """FRAMES labelled at this cutoff and mesh, taken from the scratch folder where they are finished."""
    frames, done = configurations(scratch), []
    for n in FRAMES:
        path = scratch / f"convergence-{cutoff}-{mesh}-{n:04d}.xyz"
        if not path.exists():
            settings = replace(Settings(), cutoff=float(cutoff), mesh=mesh)
            write_atomically(path, [label(frames[n], path.with_suffix(""), settings)])
        done.append(read_one(path))
    return done


def row(cutoff: int, mesh: int, found: list[Atoms], truth: list[Atoms]) -> str:
    """Errors d of the set. Energy: rms of d - mean(d), per atom, as a constant shift does not matter.

    Forces: rms component over the two heated frames, then over the last alone (the perfect cell has none).
    Stress: offset, the mean diagonal component of d over all frames; and the rms of what is left without it."""
    pairs = list(zip(found, truth, strict=True))
    energy = 1000 * np.array([(a.get_potential_energy() - b.get_potential_energy()) / len(a) for a, b in pairs])
    force = 1000 * np.array([a.get_forces() - b.get_forces() for a, b in pairs[2:]])
    stress = np.array([a.get_stress() - b.get_stress() for a, b in pairs]) / GPa
    offset = stress[:, :3].mean()
    stress[:, :3] -= offset
    rms = [float(np.sqrt(np.mean(x**2))) for x in (energy - energy.mean(), force, force[-1], stress)]
    seconds = np.mean([atoms.info["cpu_seconds"] for atoms in found])
    return (
        f"| {cutoff} | {mesh} | {rms[0]:.2f} | {rms[1]:.1f} | {rms[2]:.1f} "
        f"| {offset:.2f} | {rms[3]:.2f} | {seconds:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scratch", type=Path, default=Path(__file__).with_name("scratch"))
    scratch = parser.parse_args().scratch
    os.environ["OMP_NUM_THREADS"] = "1"
    truth = labels(*REFERENCE, scratch)
    print("| cutoff (Ry) | mesh | energy (meV/atom) | forces (meV/Å) | at 2000 K | stress (GPa) | rest | CPU-s |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    for cutoff, mesh in CHOICES:
        print(row(cutoff, mesh, labels(cutoff, mesh, scratch), truth), flush=True)


if __name__ == "__main__":
    main()
