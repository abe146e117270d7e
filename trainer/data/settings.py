"""What the data are and in which units: the table [data] of every input, stated once for all files."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import ase.units

from trainer.errors import UserError

ENERGY: dict[str, float] = {
    "eV": 1.0,
    "meV": 1e-3,
    "Ry": ase.units.Ry,
    "Hartree": ase.units.Ha,
    "kcal/mol": ase.units.kcal / ase.units.mol,
    "kJ/mol": ase.units.kJ / ase.units.mol,
}
LENGTH: dict[str, float] = {"angstrom": 1.0, "bohr": ase.units.Bohr, "nm": 10.0}
PRESSURE: dict[str, float] = {"GPa": ase.units.GPa, "kbar": 0.1 * ase.units.GPa, "bar": 1e-4 * ase.units.GPa}


@dataclass(frozen=True)
class DataSettings:
    """Training and validation data, and the units and signs they are in.

    train: files or folders; extended XYZ, ase.db, anything that ase.io reads, DeePMD systems (folders with type.raw).
        Paths are relative to the input file and may have * in them.
    validation: the same, or the fraction of `train` to hold out: whole trajectories, or whole stretches of a file.
    energy, forces, stress, virial: names of the labels in files that ase.io reads.
    trajectory: name of the number or word that tells which trajectory a frame is from.
    energy_unit: eV, meV, Ry, Hartree, kcal/mol or kJ/mol.  length_unit: angstrom, bohr or nm.
    stress_unit: GPa, kbar or bar; by default energy_unit / length_unit^3. Forces are in energy_unit / length_unit,
        virials in energy_unit.
    positive_stress: "tension" (ASE: stress = dE/d strain / V, virial = -V stress) or "compression".
    species: elements of the model in its order; by default those of the training data, in alphabetical order.
    reference: energy of an isolated atom of each species, energy_unit; by default fitted by least squares.
    """

    train: tuple[str, ...]
    validation: tuple[str, ...] | float = 0.1
    energy: str = "energy"
    forces: str = "forces"
    stress: str = "stress"
    virial: str = "virial"
    trajectory: str = "trajectory"
    energy_unit: Literal["eV", "meV", "Ry", "Hartree", "kcal/mol", "kJ/mol"] = "eV"
    length_unit: Literal["angstrom", "bohr", "nm"] = "angstrom"
    stress_unit: Literal["GPa", "kbar", "bar"] | None = None
    positive_stress: Literal["tension", "compression"] = "tension"
    species: tuple[str, ...] | None = None
    reference: dict[str, float] | None = None

    def __post_init__(self) -> None:
        if not self.train:
            raise UserError("expected at least one file in 'train', got none")
        if isinstance(self.validation, float) and not 0 < self.validation < 1:
            raise UserError(f"expected a fraction between 0 and 1 or files in 'validation', got {self.validation}")

    @cached_property
    def eV(self) -> float:
        """of one energy unit"""
        return ENERGY[self.energy_unit]

    @cached_property
    def angstrom(self) -> float:
        """of one length unit"""
        return LENGTH[self.length_unit]

    @cached_property
    def stress_factor(self) -> float:
        """eV/angstrom^3, tension positive, of one unit of stress as it stands in the files"""
        unit = PRESSURE[self.stress_unit] if self.stress_unit else self.eV / self.angstrom**3
        return unit if self.positive_stress == "tension" else -unit
