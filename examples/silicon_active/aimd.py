"""Make holdout.xyz: snapshots of ab initio molecular dynamics of Si8, labelled at the settings of project.toml.

    python examples/silicon_active/aimd.py

For each temperature and volume, pw.x runs MD (NVT, stochastic velocity rescaling) at 16 Ry and 2x2x2 k-points,
enough to visit what ab initio MD visits; snapshots are then labelled as the project labels. No model takes part,
and nothing that a project explored. Needs pw.x and Si.pz-vbc.UPF (Debian: quantum-espresso). Stop it at any time: the
same command goes on from what is in --scratch. Units: angstrom, K, GPa, fs, Ry.
"""

import argparse
import os
from itertools import product
from pathlib import Path

import lammps
import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.calculators.espresso import Espresso, EspressoProfile
from ase.io import read, write
from oracle import labelled, settings

import lammps_plugin
from trainer.active.labelling.calculator import merged

HERE = Path(__file__).parent
TEMPERATURES = (300.0, 1000.0, 1500.0, 2000.0)
VOLUMES = {0.0: 157.6, 5.0: 150.3, 10.0: 144.4}  # of diamond Si8 at the pressure, GPa, in this LDA (README.md)
STEPS, TIMESTEP = 60, 3.0
SNAPSHOTS = (30, 45, 59)
RYDBERG_TIME = 0.0483776865  # fs
EQUILIBRATION = 2000  # steps of 1 fs with the Stillinger-Weber potential, from which pw.x goes on


def start(temperature: float, volume: float, seed: int) -> Atoms:
    """The cube of this volume after Langevin dynamics with the Stillinger-Weber potential."""
    atoms = bulk("Si", "diamond", a=volume ** (1 / 3), cubic=True)
    engine = lammps_plugin.lammps(cmdargs=["-log", "none", "-screen", "none"])
    potential = Path(lammps.__file__).parent / "share/lammps/potentials/Si.sw"
    edge = atoms.cell[0, 0]
    engine.commands_string(
        f"units metal\nregion box block 0 {edge} 0 {edge} 0 {edge}\ncreate_box 1 box\n"
        + "\n".join(f"create_atoms 1 single {x} {y} {z}" for x, y, z in atoms.positions)
        + f"\nmass 1 28.0855\npair_style sw\npair_coeff * * {potential} Si\n"
        f"velocity all create {2 * temperature} {seed} mom yes\nfix 1 all nve\n"
        f"fix 2 all langevin {temperature} {temperature} 0.1 {seed} zero yes\nrun {EQUILIBRATION}"
    )
    atoms.set_positions(np.array(engine.gather_atoms("x", 1, 3)).reshape(-1, 3))
    engine.close()
    return atoms


def dynamics(temperature: float, volume: float, seed: int, folder: Path) -> list[Atoms]:
    """Every step of a run of pw.x; what is in `folder` already, if it is complete."""
    output = folder / "espresso.pwo"
    if not output.exists() or "JOB DONE" not in output.read_text():
        atoms = start(temperature, volume, seed)
        given = settings()
        changes = {
            "control": {"calculation": "md", "nstep": STEPS, "dt": TIMESTEP / RYDBERG_TIME},
            "system": {"ecutwfc": 16.0},
            "electrons": {"conv_thr": 1e-6},
            "ions": {"ion_temperature": "svr", "tempw": temperature, "nraise": 40, "pot_extrapolation": "second_order"},
        }
        keywords = merged(given["keywords"], {"kpts": (2, 2, 2), "input_data": changes})
        profile = EspressoProfile(given["command"], given["pseudo_dir"])
        atoms.calc = Espresso(profile=profile, directory=folder, **keywords)
        atoms.get_potential_energy()
    return list(read(output, ":"))


def rounded(atoms: Atoms) -> Atoms:
    """To what the file holds, so that the labels belong to the printed geometry."""
    return Atoms(atoms.symbols, np.round(atoms.positions, 6), cell=np.round(atoms.cell.array, 6), pbc=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scratch", type=Path, default=Path("runs/silicon_aimd"))
    parser.add_argument("--output", type=Path, default=HERE / "holdout.xyz")
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"  # pw.x inherits it
    frames = []
    for seed, (temperature, pressure) in enumerate(product(TEMPERATURES, VOLUMES), start=1):
        folder = args.scratch / f"{temperature:.0f}K_{pressure:.0f}GPa"
        run = dynamics(temperature, VOLUMES[pressure], seed, folder / "md")
        for step in SNAPSHOTS:
            atoms = labelled(rounded(run[step]), folder / f"{step}")
            atoms.info.update(temperature=temperature, pressure=pressure, step=step)
            frames.append(atoms)
            force = np.sqrt(np.mean(atoms.get_forces() ** 2))
            print(f"{folder.name} step {step}: force rms {force:.2f} eV/A", flush=True)
    write(args.output, frames, format="extxyz")


if __name__ == "__main__":
    main()
