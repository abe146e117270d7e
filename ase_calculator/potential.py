"""A calculator that runs from model files alone: no model code is imported, only the files' own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from ase import Atoms
from ase.calculators.calculator import (
    Calculator,
    PropertyNotImplementedError,
    all_changes,
    all_properties,
    external_calculators,
    register_calculator_class,
)
from ase.data import atomic_numbers, chemical_symbols
from ase.stress import full_3x3_to_voigt_6_stress

from ase_calculator.committee import DEVIATIONS, Committee, Evaluation, atomic_stresses, deviations
from ase_calculator.domain import Action, DomainCheck
from ase_calculator.inputs import parameters_of
from trainer.environment import Environment, Neighbors
from trainer.errors import UserError, first_line


class Potential(Calculator):  # type: ignore[misc]  # ASE is skipped by mypy
    """Energies (eV), forces (eV/angstrom) and stress (eV/angstrom^3, tension positive) of henrici models.

    F_i += sum_j g_ij, F_j -= g_ij, stress = -W / V, W = -sum r_ij (x) g_ij, g_ij = dE / dr_ij.
    Crystals, slabs, wires and molecules; the stress needs a cell of non-zero volume. Several files are a committee: the
    mean of their answers, and in `results` how far they are apart (see committee.deviations)."""

    name = "henrici"
    implemented_properties = ["energy", "free_energy", "energies", "forces", "stress", "stresses"]  # noqa: RUF012
    ignored_changes: ClassVar[set[str]] = {"initial_charges", "initial_magmoms"}

    def __init__(
        self,
        model: str | Path | Sequence[str | Path],
        *,
        device: str = "cpu",
        dtype: Literal["float32", "float64"] | None = None,
        skin: float = 0.5,
        parameters: Mapping[str, Any] | None = None,
        out_of_domain: Action = "warn",
    ):
        """model: one file, or several; device: as torch names it; dtype: to compute in, by default each file's own.
        skin: angstrom, neighbours are looked for again when an atom moved by half of it.
        parameters: numbers, or arrays [N], that the models' energies depend on besides, in the place of what the atoms'
        own arrays and info say. out_of_domain: what to do where the models were not trained, see domain.DomainCheck.

        Raises UserError (a ValueError) when a file is not a potential that this version reads, the files know different
        species, or cannot do what is asked."""
        super().__init__()
        files = [model] if isinstance(model, str | Path) else list(model)
        paths = [str(Path(file).resolve()) for file in files]
        self._given = dict(parameters or {})
        options = {"device": device, "dtype": dtype, "skin": skin, "out_of_domain": out_of_domain}
        self._arguments: dict[str, Any] = {"model": paths, "parameters": self._given, **options}
        self.parameters.update(self._arguments)
        self.committee = Committee([Path(file) for file in files], usable(device), dtype)
        unknown = set(self._given).difference(self.committee.parameters)
        if unknown:
            takes = ", ".join(self.committee.parameters) or "none"
            raise UserError(f"the model takes no parameter {', '.join(sorted(unknown))}; those it takes: {takes}")
        self._check_domain = DomainCheck(self.committee, out_of_domain)
        if self.committee.knows_its_domain:
            self.implemented_properties = [*self.implemented_properties, "extrapolation"]
        if len(self.committee) > 1:
            self.implemented_properties = [*self.implemented_properties, *DEVIATIONS]
        self._neighbors = Neighbors(self.committee.cutoff, skin)
        self._number = np.full(len(chemical_symbols), -1)  # of each atomic number in the models, -1 for unknown
        for k, symbol in enumerate(self.committee.species):
            if symbol in atomic_numbers:  # other names ("TYPE_0") are none that ASE's atoms can have
                self._number[atomic_numbers[symbol]] = k
        self._evaluation: Evaluation | None = None  # of self.atoms

    @torch.inference_mode(False)  # models differentiate, whatever the program around them has switched off
    @torch.enable_grad()
    def calculate(
        self, atoms: Atoms | None = None, properties: list[str] | None = None, system_changes: list[str] = all_changes
    ) -> None:
        """ASE's entry. Raises UserError for an element that the model does not know, or a result that is not finite."""
        super().calculate(atoms, properties, system_changes)
        if self._evaluation is None or system_changes:
            self._evaluation = None  # whatever fails below, fails again when asked again
            evaluation = self._evaluate(self.atoms)
            self._check_domain(self.atoms, evaluation)
            self.results = self._always(evaluation)
            self._evaluation = evaluation
        if properties and {"stress", "stresses"}.intersection(properties) and self.atoms.cell.rank < 3:
            raise PropertyNotImplementedError("the stress needs a cell with three vectors; these atoms have none")
        if properties and "stresses" in properties:
            stresses = atomic_stresses(self._evaluation, self.atoms.cell.volume)
            self.results["stresses"] = full_3x3_to_voigt_6_stress(stresses)
        if properties and "extrapolation" in properties:
            x = self.committee.extrapolation(self._evaluation.environment)
            assert x is not None  # or ASE would not have asked
            self.results["extrapolation"] = x.numpy(force=True)

    def _evaluate(self, atoms: Atoms) -> Evaluation:
        cell, pbc = np.array(atoms.cell, dtype=np.float64), np.array(atoms.pbc)
        environment = self._neighbors(self._species(atoms), atoms.positions, cell, pbc)
        device = self.committee.device
        on_device = Environment(*(t.to(device) for t in environment))
        parameters = torch.from_numpy(parameters_of(atoms, self.committee.parameters, self._given)).to(device)
        return self.committee.evaluate(on_device, parameters)

    def _always(self, evaluation: Evaluation) -> dict[str, Any]:
        """The results that cost next to nothing once the models have answered."""
        energies = evaluation.energies.mean(0).numpy(force=True)
        forces = evaluation.forces.mean(0).numpy(force=True)
        broken = ~(np.isfinite(energies) & np.isfinite(forces).all(1))
        if broken.any():
            raise UserError(
                f"the energy or force of atom {int(broken.argmax())} is not finite: atoms too close, or lost?"
            )
        energy = float(energies.sum())
        results = {"energy": energy, "free_energy": energy, "energies": energies, "forces": forces}
        if self.atoms.cell.rank == 3:
            virial = evaluation.virials.mean(0).numpy(force=True)
            results["stress"] = full_3x3_to_voigt_6_stress(-virial / self.atoms.cell.volume)
        return results | (deviations(evaluation) if len(self.committee) > 1 else {})

    def _species(self, atoms: Atoms) -> np.ndarray:
        species: np.ndarray = self._number[atoms.numbers]
        if (species < 0).any():
            unknown, known = atoms.symbols[int(species.argmin())], ", ".join(self.committee.species)
            raise UserError(f"the model does not know the element {unknown}; it knows {known}")
        return species

    def check_state(self, atoms: Atoms, tol: float = 1e-15) -> list[str]:
        """What has changed since the last calculation: ASE does not look at parameters in arrays and info."""
        changes: list[str] = super().check_state(atoms, tol)
        if not changes and self.committee.parameters:
            now, then = (parameters_of(a, self.committee.parameters, self._given) for a in (atoms, self.atoms))
            changes += [] if np.array_equal(now, then) else ["parameters"]
        return changes

    def store(self, atoms: Atoms) -> None:
        """Put what ASE does not write by itself, deviations and extrapolation, into the atoms' arrays and info.

        Extended XYZ keeps both, ASE's trajectories info.

        `dynamics.attach(calculator.store, interval=10, atoms=atoms)`"""
        for name in set(self.implemented_properties).difference(all_properties):
            value = self.get_property(name, atoms)
            of_atoms = np.ndim(value) == 1
            (atoms.arrays if of_atoms else atoms.info)[name] = value

    def set(self, **kwargs: Any) -> dict[str, Any]:
        """ASE's way to change a calculator. Raises UserError: a model cannot change under the atoms that it moves."""
        if kwargs:
            raise UserError(
                f"expected a new Potential(...), got set({', '.join(kwargs)}): a calculator keeps its models"
            )
        return {}

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and other processes read the files again, by their absolute paths."""
        return rebuilt, (type(self), self._arguments)


def rebuilt(kind: type[Potential], arguments: dict[str, Any]) -> Potential:
    return kind(**arguments)


def usable(device: str) -> torch.device:
    """Raises UserError for a device that torch does not know or this machine does not have."""
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"device {device!r} cannot be used: {first_line(error)}") from None
    return torch.device(device)


if Potential.name not in external_calculators:
    register_calculator_class(Potential.name, Potential)  # what ase.calculators.calculator.get_calculator_class asks
