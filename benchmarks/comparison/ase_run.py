"""ASE calculators of both sides along one trajectory."""

import subprocess
from pathlib import Path

import ase.io
import numpy as np
from ase import units
from ase.md.velocitydistribution import thermalize_momenta
from ase.md.verlet import VelocityVerlet

from ase_calculator import Potential
from comparison.programs import Programs
from comparison.timing import threads

CALLS = 100


def trajectory(programs: Programs) -> Path:
    """Water moved by our model, NVE at 330 K with 0.5 fs, every step: so far do atoms move between calls."""
    path = programs.folder / "calls.xyz"
    atoms = programs.atoms
    atoms.calc = Potential(programs.our_model(), out_of_domain="ignore")
    thermalize_momenta(atoms, 330.0, rng=np.random.default_rng(771))
    frames = []
    dynamics = VelocityVerlet(atoms, 0.5 * units.fs)
    dynamics.attach(lambda: frames.append(atoms.copy()))
    dynamics.run(CALLS)
    ase.io.write(path, frames)
    return path


def calls(python: Path, side: str, model: Path, frames: Path) -> float:
    """CPU ms a call, by the Python of either side."""
    script = Path(__file__).parent / "ase_calls.py"
    command: list[str | Path] = [python, script, side, model, frames]
    done = subprocess.run(command, env=threads(1), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{side}: failed\n{done.stderr[-2000:]}")
    return float(done.stdout.split()[-2])
