"""What a committee's mean is worth on labelled structures, and what its members' disagreement says of that."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from ase_calculator import Potential
from trainer.active.stages import Point


@dataclass
class Errors:
    """Of n structures. deviation: eps of the worst atom, error: |F - F_label| of the worst atom, both eV/angstrom, or
    relative to |F| + level."""

    deviation: list[float] = field(default_factory=list)
    error: list[float] = field(default_factory=list)
    energy: list[float] = field(default_factory=list)  # E - E_label, eV an atom
    force: list[float] = field(default_factory=list)  # mean square of the error's components
    label: list[float] = field(default_factory=list)  # mean square of the label's
    atoms: list[int] = field(default_factory=list)
    point: list[Point | None] = field(default_factory=list)  # where it was found, if that is known

    def table(self) -> dict[str, Any]:
        """Root mean squares, over structures of energies, over atoms of forces."""
        return {
            "frames": len(self.error),
            "force_rmse": mean(self.force, self.atoms) ** 0.5,
            "energy_rmse": mean(np.square(self.energy), np.ones(len(self.energy))) ** 0.5,
            "force_rms": mean(self.label, self.atoms) ** 0.5,
            "typical_force": float(np.median(self.label)) ** 0.5 if self.label else 0.0,  # of a frame
            "deviation": self.deviation,
            "error": self.error,
            "points": [self.at(point) for point in dict.fromkeys(self.point) if point is not None],
        }

    def at(self, point: Point) -> dict[str, Any]:
        """Of the structures found there."""
        here = [k for k, p in enumerate(self.point) if p == point]
        atoms = [self.atoms[k] for k in here]
        rms = {
            name: mean([of[k] for k in here], atoms) ** 0.5
            for name, of in (("force_rmse", self.force), ("force_rms", self.label))
        }
        return point._asdict() | {"frames": len(here)} | rms


def mean(values: Any, weights: Any) -> float:
    """0 of none."""
    return float(np.average(values, weights=weights)) if len(values) else 0.0


def measure(models: Sequence[Path], labelled: Sequence[Atoms], relative: float | None) -> Errors:
    """labelled: info says where they were found, "temperature" and "pressure", if that is known. relative: the level,
    eV/angstrom, of relative deviations and errors. Raises UserError as Potential does."""
    errors, calculator = Errors(), Potential(list(models), out_of_domain="ignore")
    for reference in labelled:
        atoms = Atoms(
            reference.symbols, reference.positions, cell=reference.cell, pbc=reference.pbc, calculator=calculator
        )
        wrong = atoms.get_forces() - reference.get_forces()
        scale = 1.0 if relative is None else np.linalg.norm(atoms.get_forces(), axis=1) + relative
        errors.deviation.append(float(np.max(calculator.results["force_deviation"] / scale)))
        errors.error.append(float(np.max(np.linalg.norm(wrong, axis=1) / scale)))
        errors.energy.append((atoms.get_potential_energy() - reference.get_potential_energy()) / len(atoms))
        errors.force.append(float(np.mean(wrong**2)))
        errors.label.append(float(np.mean(reference.get_forces() ** 2)))
        errors.atoms.append(len(atoms))
        known = [reference.info.get(name) for name in Point._fields]
        errors.point.append(Point(*map(float, known)) if None not in known else None)
    return errors
