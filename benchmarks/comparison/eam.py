"""A fast oracle in the place of DFT: copper by the embedded-atom method, with a table that LAMMPS ships.

Foiles, Baskes and Daw, Phys. Rev. B 33, 7983 (1986), "universal 3": `Cu_u3.eam`.
"""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.lammpslib import LAMMPSlib

from lammps_plugin import lammps

QUIET = ["-log", "none", "-screen", "none"]
MELTING = 3000.0  # K: 32 atoms forget their crystal within picoseconds
MASS = 63.546

CRYSTAL = """
units           metal
lattice         fcc 3.615
region          cell block 0 2 0 2 0 2
create_box      1 cell
create_atoms    1 box
mass            1 {mass}
pair_style      eam
pair_coeff      * * {table}
neighbor        1.0 bin
timestep        0.002
velocity        all create {hot} {seed} dist gaussian
"""
HOLD = """
fix             1 all nph iso {pressure} {pressure} 1.0
fix             2 all langevin {first} {last} 0.1 {seed}
run             {steps}
"""


def table() -> Path:
    spec = importlib.util.find_spec("lammps")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "share/lammps/potentials/Cu_u3.eam"


class EAM(LAMMPSlib):  # type: ignore[misc]
    """The calculator of [label]: a LAMMPS of its own."""

    def __init__(self, **keywords: Any):
        lammps(cmdargs=QUIET).close()  # from now on Python finds the MPI library
        commands = ["pair_style eam", f"pair_coeff * * {table()}"]
        super().__init__(lmpcmds=commands, atom_types={"Cu": 1}, keep_alive=True, **keywords)


def trajectory(
    melted: bool, temperature: float, pressure: float, seed: int, frames: int, apart: int = 500
) -> Iterator[Atoms]:
    """Frames, so many steps of 2 fs apart, of NPT dynamics of 32 atoms by the oracle, K and GPa, after 2 ps.

    They start as a crystal; or as a melt, which is brought to the temperature within 4 ps: a liquid or a glass."""
    bar = 1e4 * pressure
    engine = lammps(cmdargs=QUIET)
    engine.commands_string(
        CRYSTAL.format(mass=MASS, table=table(), hot=2 * (MELTING if melted else temperature), seed=seed)
    )
    if melted:
        engine.commands_string(HOLD.format(pressure=0.0, first=MELTING, last=MELTING, seed=seed, steps=5000))
        engine.commands_string(HOLD.format(pressure=bar, first=MELTING, last=temperature, seed=seed, steps=2000))
    engine.commands_string(HOLD.format(pressure=bar, first=temperature, last=temperature, seed=seed, steps=1000))
    for _ in range(frames):
        engine.command(f"run {apart}")
        low, high, *_ = engine.extract_box()
        positions = np.array(engine.gather_atoms("x", 1, 3)).reshape(-1, 3) - low
        atoms = Atoms(f"Cu{len(positions)}", positions, cell=np.subtract(high, low), pbc=True)
        atoms.wrap()
        yield atoms
    engine.close()
