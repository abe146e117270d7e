"""An oracle that does what it is told to: springs to the origin, or nothing of the kind. Copied beside an input."""

import os
import signal
import subprocess
import sys
import time
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes


class Springs(Calculator):  # type: ignore[misc]
    """E = sum |r|^2 / 2, without a stress."""

    implemented_properties = ["energy", "forces"]  # noqa: RUF012  (as ASE has it)

    def __init__(self, does: str = "answers", numbers: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.does, self.numbers = does, numbers or {}
        self.converged = does != "does not converge"

    def calculate(self, atoms: Atoms, properties: Any = (), system_changes: Any = all_changes) -> None:
        super().calculate(atoms, properties, system_changes)
        if self.does == "hangs":
            subprocess.Popen([sys.executable, "-c", f"import time; time.sleep(600)  # {os.environ['MARK']}"])
            time.sleep(600)
        if self.does == "is killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.does == "exits":
            sys.exit("no licence")
        if self.does == "raises":
            raise RuntimeError("lost in the woods\nsecond line")
        if self.does == "fears the origin" and not atoms.positions[0].any():
            raise RuntimeError("an atom is at the origin")
        forces = -atoms.positions
        if self.does == "says nan":
            forces[0, 0] = np.nan
        if self.does == "forgets an atom":
            forces = forces[1:]
        self.results = {"energy": 0.5 * np.sum(atoms.positions**2), "forces": forces}


class Unstarted(Springs):
    """A program that is not there."""

    command = "no-such-program -in"
