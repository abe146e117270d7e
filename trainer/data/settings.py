"""What the data are and in which units: the table [data] of every input, stated once for all files of a set."""

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from trainer.data import units
from trainer.errors import UserError
from trainer.settings import convert, read_toml

FORMATS = (  # of dpdata: outputs with labels, in text or XML
    "vasp/outcar", "vasp/xml", "qe/cp/traj", "qe/pw/scf", "cp2k/output", "cp2k/aimd_output", "abacus/scf", "abacus/md",
    "abacus/relax", "siesta/output", "siesta/aimd_output", "gaussian/log", "gaussian/md", "gaussian/fchk",
    "fhi_aims/output", "fhi_aims/md", "openmx/md", "pwmat/output", "orca/spout", "psi4/out", "sqm/out", "dftbplus",
    "amber/md",
)  # fmt: skip


CONVENTIONS = (  # that files of other formats do not state
    "energy_unit", "length_unit", "force_unit", "stress_unit", "virial_unit", "forces_are", "positive_stress",
    "positive_virial", "stress_order", "virial_order",
)  # fmt: skip


@dataclass(frozen=True)
class DataSettings:
    """A set of training and validation data, and the units, orders and signs they are in. Several sets: [[data]].

    train: files or folders; extended XYZ, ase.db, anything that ase.io reads, DeePMD systems (folders with type.raw).
        Paths are relative to the input file and may have * in them.
    format: what dpdata (`pip install "henrici[dpdata]"`) calls the files, e.g. "vasp/outcar" or "cp2k/output", to read
        them by it. It knows their units, orders and signs.
    validation: the same, or the fraction of `train` to hold out: whole trajectories, or whole stretches of a file.
    weight: of this set's frames in the loss.
    check: whether forces and virials must belong to the energies, as far as the data tell; false for labels that are
        known not to, such as stresses of a small basis.
    energy, forces, stress, virial: names of the labels in files that ase.io reads.
    trajectory: name of the number or word that tells which trajectory a frame is from.
    energy_unit: eV, meV, Ry, Hartree, kcal/mol or kJ/mol.
    length_unit: angstrom, bohr or nm.
    force_unit: by default energy_unit/length_unit; or e.g. "Hartree/bohr", where positions are in angstrom.
    stress_unit: GPa, MPa, kbar, bar, atm, Pa, or e.g. "Hartree/bohr^3"; by default energy_unit/length_unit^3.
    virial_unit: by default energy_unit; or e.g. "bar*angstrom^3".
    forces_are: "forces", or "gradients", which have the other sign.
    positive_stress: "tension" (ASE: stress = dE/d strain / V) or "compression" (a pressure tensor).
    positive_virial: "compression" (virial = -V stress, stress positive under tension: ASE, DeePMD-kit) or "tension".
    stress_order, virial_order: of the components, where there are six; by default ASE's, "xx yy zz yz xz xy". VASP
        prints "xx yy zz xy yz xz", LAMMPS "xx yy zz xy xz yz". Nine are taken row by row if no order is given.
    """

    train: tuple[str, ...]
    validation: tuple[str, ...] | float = 0.1
    format: str | None = None
    weight: float = 1.0
    check: bool = True
    energy: str = "energy"
    forces: str = "forces"
    stress: str = "stress"
    virial: str = "virial"
    trajectory: str = "trajectory"
    energy_unit: str = "eV"
    length_unit: str = "angstrom"
    force_unit: str | None = None
    stress_unit: str | None = None
    virial_unit: str | None = None
    forces_are: Literal["forces", "gradients"] = "forces"
    positive_stress: Literal["tension", "compression"] = "tension"
    positive_virial: Literal["tension", "compression"] = "compression"
    stress_order: str | None = None
    virial_order: str | None = None

    def __post_init__(self) -> None:
        if not self.train:
            raise UserError("expected at least one file in 'train', got none")
        if isinstance(self.validation, float) and not 0 < self.validation < 1:
            raise UserError(f"expected a fraction between 0 and 1 or files in 'validation', got {self.validation}")
        if not 0 < self.weight < float("inf"):
            raise UserError(f"expected a weight > 0, got {self.weight}")
        if self.format is not None and self.format not in FORMATS:
            raise UserError(f"expected one of the formats {', '.join(FORMATS)}, got '{self.format}'")
        stated = [name for name in CONVENTIONS if getattr(self, name) != getattr(DataSettings, name)]
        if self.format is not None and stated:
            raise UserError(f'format = "{self.format}" knows its units and signs: leave out {", ".join(stated)}')
        for name in ("eV", "angstrom", "force_factor", "stress_factor", "virial_factor"):
            getattr(self, name)
        for order in (self.stress_order, self.virial_order):
            if order is not None:
                units.places(order)

    def of(self, files: tuple[str, ...]) -> "DataSettings":
        """The same units, signs and names for other files, none of which is held out."""
        return dataclasses.replace(self, train=files, validation=0.5)

    @cached_property
    def eV(self) -> float:
        """of one energy unit"""
        return units.unit(self.energy_unit, units.ENERGY)

    @cached_property
    def angstrom(self) -> float:
        """of one length unit"""
        return units.unit(self.length_unit, units.LENGTH)

    @cached_property
    def force_factor(self) -> float:
        """eV/angstrom, of a force of 1 as it stands in the files; negative for gradients"""
        given = units.unit(self.force_unit, units.FORCE) if self.force_unit else self.eV / self.angstrom
        return given if self.forces_are == "forces" else -given

    @cached_property
    def stress_factor(self) -> float:
        """eV/angstrom^3, tension positive, of a stress of 1 as it stands in the files"""
        given = units.unit(self.stress_unit, units.STRESS) if self.stress_unit else self.eV / self.angstrom**3
        return given if self.positive_stress == "tension" else -given

    @cached_property
    def virial_factor(self) -> float:
        """eV, compression positive, of a virial of 1 as it stands in the files"""
        given = units.unit(self.virial_unit, units.ENERGY) if self.virial_unit else self.eV
        return given if self.positive_virial == "compression" else -given


def tensor(values: npt.ArrayLike, order: str | None) -> npt.NDArray[np.float64]:
    """[..., 3, 3] of 3x3, or of nine or six components in `order`. Raises UserError where their number is another."""
    given = np.asarray(values, dtype=np.float64)
    if given.shape == (3, 3):
        given = given.reshape(9)
    place = units.places(order or (units.VOIGT if given.size == 6 else units.ROWS))
    if given.ndim != 1 or given.size != place.max() + 1:
        raise UserError(f"a stress or virial of shape {np.shape(values)}, expected {place.max() + 1} components")
    return given[place]


def data_settings(input_file: Path) -> DataSettings:
    """The one table [data] of an input, by which other files are read too. Raises UserError when there are several."""
    sets = every_data_settings(input_file)
    if len(sets) != 1:
        raise UserError(f"{input_file}: expected one table [data], which says how to read the files; got {len(sets)}")
    return sets[0]


def every_data_settings(input_file: Path) -> tuple[DataSettings, ...]:
    """All tables [[data]] of an input, or its one [data]; whatever else is in it."""
    tables = read_toml(input_file).get("data", [])
    return convert(tuple[DataSettings, ...], tables, f"{input_file}.data")  # type: ignore[no-any-return]
