"""Memory and energy over a long run: `benchmarks/soak.py model.pt --structure frame.xyz --engine lammps`.

Molecular dynamics at constant energy (or with --langevin, at constant temperature), in LAMMPS or in ASE, in this
process. Every 2 % of the steps a line is printed; the run fails where memory grows by more than 1 % after the first
tenth of the steps, or the total energy drifts by more than --drift. Several models are a committee.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms, units
from ase.md.langevin import Langevin
from ase.md.velocitydistribution import Stationary, thermalize_momenta
from ase.md.verlet import VelocityVerlet

from ase_calculator import Potential
from lammps_plugin import lammps

LINES = 50
FRICTION = 0.01  # 1/fs
GROWTH = 0.01  # of the memory, after the first tenth


def resident() -> float:
    """MB of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def in_ase(atoms: Atoms, arguments: argparse.Namespace) -> Iterator[float]:
    """The total energy, eV, at the start and after each part of the steps."""
    atoms.calc = Potential(arguments.models)
    step = arguments.timestep * units.fs
    rng = np.random.default_rng(1)
    if arguments.langevin:
        dynamics = Langevin(atoms, step, temperature_K=arguments.temperature, friction=FRICTION / units.fs, rng=rng)
    else:
        dynamics = VelocityVerlet(atoms, step)
    yield atoms.get_total_energy()
    while True:
        dynamics.run(arguments.steps // LINES)
        yield atoms.get_total_energy()


def in_lammps(atoms: Atoms, arguments: argparse.Namespace) -> Iterator[float]:
    """The same through the pair style."""
    elements = sorted(set(atoms.symbols))
    langevin = f"fix 2 all langevin {arguments.temperature} {arguments.temperature} {0.001 / FRICTION} 771"
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "atoms.data"
        ase.io.write(data, atoms, format="lammps-data", specorder=elements, masses=True, velocities=True)
        engine = lammps(cmdargs=["-screen", "none", "-log", "none"])
        deviations = f"every 100 file {folder}/model_devi.out" if len(arguments.models) > 1 else ""
        engine.commands_string(f"""
            units metal
            boundary {" ".join("p" if periodic else "s" for periodic in atoms.pbc)}
            read_data {data}
            pair_style henrici {" ".join(arguments.models)} {deviations}
            pair_coeff * * {" ".join(elements)}
            timestep {arguments.timestep / 1000}
            fix 1 all nve
            {langevin if arguments.langevin else ""}
            thermo {arguments.steps // LINES}
            run 0 post no
            """)
        while True:
            yield engine.get_thermo("etotal")
            engine.command(f"run {arguments.steps // LINES} post no")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", help="model files")
    parser.add_argument("--structure", required=True, help="a file that ASE reads")
    parser.add_argument("--engine", choices=["lammps", "ase"], default="lammps")
    parser.add_argument("--steps", type=int, default=200_000)
    parser.add_argument("--timestep", type=float, default=0.5, help="fs")
    parser.add_argument("--temperature", type=float, default=300.0, help="K")
    parser.add_argument("--langevin", action="store_true", help="with a thermostat; the energy is not compared")
    parser.add_argument("--drift", type=float, default=1.0, help="meV per atom over the run")
    arguments = parser.parse_args()

    atoms = ase.io.read(arguments.structure)
    thermalize_momenta(atoms, arguments.temperature, rng=np.random.default_rng(771))
    Stationary(atoms)
    run = {"ase": in_ase, "lammps": in_lammps}[arguments.engine](atoms, arguments)

    memory, energy = [], []
    for line, total in zip(range(LINES + 1), run, strict=False):
        memory.append(resident())
        energy.append(1e3 * total / len(atoms))
        step = line * (arguments.steps // LINES)
        print(f"{step:>9}  {memory[-1]:9.1f} MB  {energy[-1] - energy[0]:+10.3f} meV/atom", flush=True)

    tenth = LINES // 10
    growth = max(memory[tenth:]) / max(memory[: tenth + 1]) - 1
    drift = np.polyfit(np.linspace(0, 1, LINES + 1), energy, 1)[0]
    print(f"memory {100 * growth:+.2f} % after the first tenth; energy {drift:+.3f} meV/atom over the run")
    if not np.isfinite(energy).all():
        sys.exit("failed: the energy is not finite")
    if growth > GROWTH:
        sys.exit(f"failed: expected a growth of at most {100 * GROWTH:.0f} %")
    if not arguments.langevin and abs(drift) > arguments.drift:
        sys.exit(f"failed: expected a drift of at most {arguments.drift} meV/atom")


if __name__ == "__main__":
    main()
