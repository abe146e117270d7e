"""DFT data -> train -> export -> validate -> MD with ASE and with LAMMPS: `make demo`.

Everything it writes is in runs/silicon: the run folder, parity.png, nve_ase.xyz, nve_lammps.lammpstrj.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch
from ase import units
from ase.build import bulk
from ase.io import write
from ase.md.velocitydistribution import Stationary, thermalize_momenta
from ase.md.verlet import VelocityVerlet

from ase_calculator import Potential
from trainer import export
from trainer.contract import PotentialMetadata
from trainer.potentials.examples import examples
from trainer.potentials.preparation import load_frames
from trainer.potentials.run import PotentialRun
from trainer.potentials.task import evaluate, predict

mpl.use("agg")
import matplotlib.pyplot as plt

HERE = Path(__file__).parent
RUN = HERE.parents[1] / "runs" / "silicon"
MODEL = RUN / "model.pt"
BIN = Path(sys.executable).parent
STEPS = 1000  # of 1 fs


def say(what: str) -> None:
    print(f"\n== {what}", flush=True)


def train() -> None:
    """The command line's own door; a run that was stopped goes on."""
    arguments = ["--resume", RUN] if (RUN / "input.toml").exists() else [HERE / "input.toml", "-o", RUN]
    if subprocess.run([BIN / "henrici", "train", *arguments], check=False).returncode:
        sys.exit(1)


def validate() -> dict[str, float]:
    """Errors on the held-out trajectories, and the parity figure."""
    settings, record = PotentialRun(RUN).recorded()
    _, held = load_frames(settings, Path(record["input_folder"]), RUN)
    model, metadata = export.load(MODEL, PotentialMetadata)
    labelled = examples(held, metadata.species, metadata.cutoff, getattr(torch, metadata.dtype))
    dft, predicted = ([], [], []), ([], [], [])  # energy, forces, stress
    lowest = min(float(e.energy / e.atoms) for e in labelled)
    for e in labelled:
        for parts, answer in ((dft, e), (predicted, predict(model, e))):
            parts[0].append(1e3 * (answer.energy / e.atoms - lowest))
            parts[1].append(answer.forces.flatten())
            parts[2].append(-answer.virial.flatten() / e.volume / units.GPa)
    figure, axes = plt.subplots(1, 3, figsize=(12, 4))
    names = ("energy above the lowest (meV/atom)", "force component (eV/Å)", "stress component (GPa)")
    for axis, name, x, y in zip(axes, names, dft, predicted, strict=True):
        axis.plot(torch.cat(x), torch.cat(y), ".", markersize=3)
        axis.axline((0, 0), slope=1, color="black", linewidth=0.5)
        axis.set(title=name, xlabel="DFT", ylabel="model")
    figure.suptitle(f"silicon: {len(held)} frames of held-out trajectories")
    figure.tight_layout()
    figure.savefig(RUN / "parity.png", dpi=100)
    return evaluate(model, labelled)


def drift(total: np.ndarray, picoseconds: np.ndarray, atoms: int) -> float:
    """Slope of the total energy, meV/atom/ps."""
    return float(np.polyfit(picoseconds, total, 1)[0]) / atoms * 1e3


def ase_nve() -> tuple[float, float]:
    """Drift (meV/atom/ps) and speed (ns/day) of 216 atoms started at 1200 K."""
    atoms = bulk("Si", "diamond", a=5.40, cubic=True) * (3, 3, 3)
    atoms.calc = Potential(MODEL)
    thermalize_momenta(atoms, 1200, rng=np.random.default_rng(1))
    Stationary(atoms)
    total, frames = [], []

    def watch() -> None:
        total.append(atoms.get_total_energy())
        if len(total) % 5 == 1:
            frames.append(atoms.copy())

    dynamics = VelocityVerlet(atoms, timestep=1.0 * units.fs)
    dynamics.attach(watch, interval=10)
    began = time.perf_counter()
    dynamics.run(STEPS)
    seconds = time.perf_counter() - began
    write(RUN / "nve_ase.xyz", frames)
    half = len(total) // 2  # the first half is the exchange of kinetic and potential energy after the start
    return drift(
        np.array(total[half:]), 0.01 * np.arange(len(total))[half:], len(atoms)
    ), 86400 * STEPS * 1e-6 / seconds


def lammps_nve(ranks: int) -> tuple[float, float]:
    """The same through the pair style, by the input script in.lammps."""
    trajectory = RUN / "nve_lammps.lammpstrj"
    command = [BIN / "mpiexec", "-n", str(ranks), BIN / "lmp", "-in", HERE / "in.lammps", "-log", "none"]
    variables = {"model": MODEL, "trajectory": trajectory, "steps": STEPS}
    command += [word for name, value in variables.items() for word in ("-var", name, str(value))]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"OMP_NUM_THREADS": "1"}
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    rows = re.findall(r"^ +(\d+) +\S+ +\S+ +(\S+) +\S+ *$", done.stdout, re.MULTILINE)
    step, total = np.array(rows, dtype=float).T
    half = len(step) // 2
    speed = re.search(r"Performance: +(\S+) ns/day", done.stdout)
    assert speed is not None
    return drift(total[half:], 1e-3 * step[half:], 216), float(speed.group(1))


def main() -> None:
    began = time.perf_counter()
    say("train (a line every fortieth of the way)")
    train()
    say("validate on held-out trajectories")
    errors = validate()
    say(f"NVE of 216 atoms, {STEPS} fs: ASE, then LAMMPS on 1 and 2 ranks")
    rows = {"ASE": ase_nve(), "LAMMPS, 1 rank": lammps_nve(1), "LAMMPS, 2 ranks": lammps_nve(2)}

    print(f"\n{'held-out RMSE':24}")
    for name, key, unit in (
        ("energy", "energy_rmse_meV_per_atom", "meV/atom"),
        ("force", "force_rmse_meV_per_A", "meV/angstrom"),
        ("virial", "virial_rmse_meV_per_atom", "meV/atom"),
        ("stress", "stress_rmse_GPa", "GPa"),
    ):
        print(f"  {name:22}{errors[key]:10.3f}  {unit}")
    print(f"{'NVE':24}{'drift, meV/atom/ps':>20}{'ns/day':>10}")
    for name, (slope, speed) in rows.items():
        print(f"  {name:22}{slope:20.4f}{speed:10.3f}")
    print(f"\nmodel         {MODEL}\ntrajectories  {RUN / 'nve_ase.xyz'}\n              {RUN / 'nve_lammps.lammpstrj'}")
    print(f"figure        {RUN / 'parity.png'}\n{time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main()
