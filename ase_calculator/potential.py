"""A calculator that runs from a model file alone: no model code is imported, only the file's own."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from ase import Atoms
from ase.calculators.calculator import Calculator, PropertyNotImplementedError, all_changes
from ase.data import atomic_numbers, chemical_symbols
from ase.stress import full_3x3_to_voigt_6_stress

from trainer import export, mechanics
from trainer.contract import PotentialMetadata
from trainer.environment import Neighbors
from trainer.errors import UserError


class Potential(Calculator):  # type: ignore[misc]  # ASE is skipped by mypy
    """Energies (eV), forces (eV/angstrom) and stress (eV/angstrom^3, tension positive) of a henrici model.

    F_i += sum_j g_ij, F_j -= g_ij, stress = -W / V, W = -sum r_ij (x) g_ij, g_ij = dE / dr_ij.
    Crystals, slabs, wires and molecules; the stress needs a cell of non-zero volume."""

    implemented_properties: ClassVar[list[str]] = ["energy", "free_energy", "energies", "forces", "stress"]

    def __init__(self, model: str | Path, *, device: str = "cpu", skin: float = 0.5, **kwargs: Any):
        """model: file; device: as torch names it; skin: angstrom, neighbours are looked for again when an atom moved
        by half of it. Raises UserError (a ValueError) when the file is not a potential that this version reads."""
        super().__init__(**kwargs)
        self.model, self.metadata = export.load(Path(model), PotentialMetadata, device)
        if self.metadata.reach != 1:
            raise UserError(f"{model}: reach {self.metadata.reach}; this calculator drives models of reach 1")
        self.device = torch.device(device)
        self._neighbors = Neighbors(self.metadata.cutoff, skin)
        self._number = np.full(len(chemical_symbols), -1)  # of each atomic number in the model, -1 for unknown
        for k, symbol in enumerate(self.metadata.species):
            if symbol in atomic_numbers:  # other names ("TYPE_0") are none that ASE's atoms can have
                self._number[atomic_numbers[symbol]] = k

    def calculate(
        self, atoms: Atoms | None = None, properties: list[str] | None = None, system_changes: list[str] = all_changes
    ) -> None:
        """ASE's entry. Raises UserError for an element that the model does not know, or a result that is not finite."""
        super().calculate(atoms, properties, system_changes)
        atoms = self.atoms
        cell, pbc = np.array(atoms.cell, dtype=np.float64), np.array(atoms.pbc)
        environment = self._neighbors(self._species(atoms), atoms.positions, cell, pbc)
        species, row, neighbor, displacement = (t.to(self.device) for t in environment)
        # the profiling executor compiles anew whenever the number of neighbours changes, which in MD is all the time
        with torch.jit.optimized_execution(False):  # type: ignore[attr-defined]
            energies, pair_gradient = self.model(species, row, neighbor, displacement)
        center = mechanics.centers(row)
        forces = mechanics.forces(center, neighbor, pair_gradient, len(atoms))
        energy = float(energies.sum())
        if not (np.isfinite(energy) and bool(torch.isfinite(forces).all())):
            raise UserError(f"the model's energy is {energy} or a force is not finite: atoms too close, or lost?")
        self.results = {
            "energy": energy,
            "free_energy": energy,
            "energies": energies.numpy(force=True),
            "forces": forces.numpy(force=True),
        }
        if atoms.cell.rank == 3:
            owner = torch.zeros_like(center)
            virial = mechanics.virials(owner, displacement, pair_gradient, 1)[0].numpy(force=True)
            self.results["stress"] = full_3x3_to_voigt_6_stress(-virial / atoms.cell.volume)
        elif properties and "stress" in properties:
            raise PropertyNotImplementedError("the stress needs a cell with three vectors; these atoms have none")

    def _species(self, atoms: Atoms) -> np.ndarray:
        species: np.ndarray = self._number[atoms.numbers]
        if (species < 0).any():
            unknown, known = atoms.symbols[int(species.argmin())], ", ".join(self.metadata.species)
            raise UserError(f"the model does not know the element {unknown}; it knows {known}")
        return species
