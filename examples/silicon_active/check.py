"""What models are worth beside first principles they never saw: python examples/silicon_active/check.py MODEL ...

Several files are one potential, their mean. Ends with 1 when a number is not within its bar."""

import argparse
import json
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import read
from properties import elastic, phonons

from ase_calculator import Potential

HERE = Path(__file__).parent
FORCE_BAR = 90.0  # meV/angstrom, root mean square of the components' errors
PROPERTY_BAR = 0.10

Reference = dict[str, dict[str, dict[str, float]]]


class Check:
    """Counts what is not within its bar."""

    def __init__(self, models: list[Path]):
        self.calculator, self.missed = Potential(models, out_of_domain="ignore"), 0

    def answer(self, atoms: Atoms) -> Atoms:
        """The geometry with what the models say of it."""
        new = Atoms(atoms.symbols, atoms.positions, cell=atoms.cell, pbc=atoms.pbc, calculator=self.calculator)
        new.get_forces()
        return new

    def row(self, text: str, passed: bool) -> None:
        self.missed += not passed
        print(f"{text}{'' if passed else '   not within the bar'}")

    def forces(self, frames: list[Atoms]) -> None:
        errors = [self.answer(a).get_forces() - a.get_forces() for a in frames]
        print("force RMSE, meV/angstrom       frames   DFT rms     error")
        for temperature in sorted({a.info["temperature"] for a in frames}):
            here = [k for k, a in enumerate(frames) if a.info["temperature"] == temperature]
            wrong, size = (1e3 * rms([xs[k] for k in here]) for xs in (errors, [a.get_forces() for a in frames]))
            print(f"  {f'{temperature:.0f} K':27}{len(here):8d}{size:10.0f}{wrong:10.1f}")
        error, size = 1e3 * rms(errors), 1e3 * rms([a.get_forces() for a in frames])
        self.row(f"  {'all':27}{len(frames):8d}{size:10.0f}{error:10.1f}", error <= FORCE_BAR)

    def properties(self, name: str, unit: str, reference: Reference, found: dict[str, float]) -> None:
        """Errors are those against fixed occupations; what smearing does to the reference stands beside them."""
        key = name.split()[0]
        print(f"\n{f'{name}, {unit}':30}{'smeared':>9}{'DFT':>9}{'model':>9}{'error, %':>10}")
        for mode, value in reference["fixed"][key].items():
            error = found[mode] / value - 1
            numbers = f"{reference['smeared'][key][mode]:9.2f}{value:9.2f}{found[mode]:9.2f}{1e2 * error:10.1f}"
            self.row(f"  {mode:28}{numbers}", abs(error) <= PROPERTY_BAR)


def rms(values: list[np.ndarray]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def check(models: list[Path]) -> int:
    """Prints the table; how many numbers are not within their bar."""
    this, reference = Check(models), json.loads((HERE / "reference.json").read_text())
    this.forces(list(read(HERE / "holdout.xyz", ":")))
    this.properties("elastic constants", "GPa", reference, elastic(this.answer))
    this.properties("phonons", "THz", reference, phonons(this.answer))
    return this.missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+")
    raise SystemExit(1 if check(parser.parse_args().models) else 0)


if __name__ == "__main__":
    main()
