"""Small trainings as a user starts them: an alloy labelled by effective medium theory, and the command line."""

import os
import subprocess
import sys
from pathlib import Path

import ase.build
import ase.io
import numpy as np
import torch
from ase.calculators.emt import EMT
from ase.calculators.singlepoint import SinglePointCalculator

INPUT = """
dtype = "float64"
[data]
train = ["alloy.xyz"]
validation = 0.2
[power_spectrum]
cutoff = 4.5
channels = 8
axis = 3
fitting = [16, 16]
[training]
steps = {steps}
report = 20
batch = 4
"""


def write_alloy(path: Path) -> None:
    """Forty frames of a Cu-Au alloy, some labels missing."""
    random = np.random.default_rng(0)
    frames = []
    for k in range(40):
        atoms = ase.build.bulk("Cu", "fcc", a=3.8, cubic=True) * (2, 1, 1)
        atoms.symbols[random.permutation(8)[: 2 + k % 4]] = "Au"
        atoms.set_cell(atoms.cell @ (np.eye(3) + random.normal(scale=0.02, size=(3, 3))), scale_atoms=True)
        atoms.rattle(0.12, rng=random)
        atoms.calc = EMT()
        labels = {"energy": atoms.get_potential_energy(), "forces": atoms.get_forces(), "stress": atoms.get_stress()}
        if k % 5 == 1:
            del labels["stress"]
        if k % 5 == 2:
            del labels["forces"]
        atoms.calc = SinglePointCalculator(atoms, **labels)
        atoms.info["trajectory"] = k // 4
        frames.append(atoms)
    ase.io.write(path, frames)


def henrici(*arguments: object) -> subprocess.Popen[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error", "-m", "trainer.cli", *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


HENRICI = Path(sys.executable).parent / "henrici"


def torchrun(processes: int, *arguments: object, program: Path = HENRICI) -> subprocess.Popen[str]:
    """The same in several processes: torchrun --nproc-per-node N $(which henrici) ..."""
    command = ["-m", "torch.distributed.run", "--nproc-per-node", str(processes)]
    return subprocess.Popen(
        [sys.executable, *command, str(program), *map(str, arguments)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(process: subprocess.Popen[str], code: int = 0) -> str:
    output, _ = process.communicate(timeout=300)
    assert process.returncode == code, output
    return output


def parameters(run: Path) -> list[torch.Tensor]:
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    return [*state["module"].values(), *state["average"].values()]
