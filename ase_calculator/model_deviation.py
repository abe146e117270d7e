"""model_devi.out along a trajectory of ASE's, in the columns of DeePMD-kit, as DP-GEN reads them."""

from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from trainer.errors import UserError

COLUMNS = ("max_devi_v", "min_devi_v", "avg_devi_v", "max_devi_f", "min_devi_f", "avg_devi_f")


class ModelDeviation:
    """An observer: `dynamics.attach(ModelDeviation(dynamics, atoms), interval=10)` writes a line every ten steps.

    v: of the virial's nine components, eV an atom, the last their root mean square; f: of the forces, eV/angstrom, the
    last their mean over the atoms; see committee.deviations. The columns of `pair_style henrici a.pt b.pt`."""

    def __init__(self, dynamics: Any, atoms: Atoms, path: str | Path = "model_devi.out"):
        """Starts the file anew. Raises UserError when the atoms have no committee, or the file cannot be written."""
        if "force_deviation" not in getattr(atoms.calc, "implemented_properties", []):
            raise UserError("expected atoms with a Potential of several files, got a calculator without deviations")
        self._dynamics, self._atoms, self._path = dynamics, atoms, Path(path)
        heads = "".join(f"{name:>19}" for name in COLUMNS)
        self._write(f"#{'step':>11}{heads}\n# v: eV an atom; f: eV/angstrom\n", "w")

    def __call__(self) -> None:
        virial, force = (self._atoms.calc.get_property(f"{x}_deviation", self._atoms) for x in ("virial", "force"))
        root_mean_square = np.sqrt(np.square(virial).mean())
        numbers = (virial.max(), virial.min(), root_mean_square, force.max(), force.min(), force.mean())
        self._write(f"{self._dynamics.nsteps:12d}" + "".join(f"{x:19.10e}" for x in numbers) + "\n", "a")

    def _write(self, line: str, mode: str) -> None:
        try:
            with self._path.open(mode) as stream:
                stream.write(line)
        except OSError as error:
            raise UserError(f"cannot write {self._path}: {error.strerror}") from None
