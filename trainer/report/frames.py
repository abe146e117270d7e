"""What is kept of single frames and of groups of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from trainer.data.frame import Array
from trainer.mechanics import centers
from trainer.potentials.examples import Example
from trainer.potentials.task import ENERGY, FORCE, VIRIAL


@dataclass
class Group:
    """Sums over the frames of one composition or file. Energies meV/atom, forces meV/angstrom."""

    frames: int = 0
    energies: int = 0
    energy: float = 0.0
    energy_squares: float = 0.0
    force_squares: float = 0.0
    forces: int = 0

    @property
    def energy_rmse(self) -> float:
        return (self.energy_squares / self.energies) ** 0.5 if self.energies else float("nan")

    @property
    def energy_bias(self) -> float:
        return self.energy / self.energies if self.energies else float("nan")

    @property
    def force_rmse(self) -> float:
        return (self.force_squares / self.forces) ** 0.5 if self.forces else float("nan")


@dataclass(frozen=True)
class FrameError:
    """One frame. nan where there is no label."""

    source: str
    formula: str
    energy: float  # meV/atom, predicted - label
    force: float  # meV/angstrom, root mean square of the components
    largest: float  # meV/angstrom, length of the largest error of an atom's force
    atom: int  # whose it is, counted from 0
    symbol: str
    virial: float  # meV/atom, root mean square of the components
    shortest: tuple[str, float] | None  # the closest two atoms: ("H-O", 0.91 angstrom)
    farthest: tuple[int, float] | None  # atom farthest from what training saw: (17, extrapolation)


def outlying(record: FrameError, errors: dict[str, float]) -> dict[str, float]:
    """A frame's errors of energy, its worst force and virial, each as a multiple of the root mean square over all."""
    values = {ENERGY: abs(record.energy), FORCE: record.largest, VIRIAL: record.virial}
    return {n: v / errors[n] for n, v in values.items() if errors.get(n, 0.0) > 0 and not math.isnan(v)}


def composition_name(symbols: Sequence[str]) -> str:
    """H2O for ("H", "O", "H"); elements in alphabetical order."""
    return "".join(f"{s}{n if n > 1 else ''}" for s in sorted(set(symbols)) for n in [symbols.count(s)])


def closest(labels: Example, k: int, species: Sequence[str]) -> tuple[str, float] | None:
    """The shortest distance in frame k, angstrom, with its pair of species; None where no atom has a neighbour."""
    environment = labels.environment
    center = centers(environment.row)
    inside = torch.nonzero(labels.frame[center] == k).flatten()
    if not len(inside):
        return None
    r = environment.displacement[inside].double().norm(dim=1)
    shortest = int(r.argmin())
    pair = inside[shortest]
    names = sorted(species[int(environment.species[atom])] for atom in (center[pair], environment.neighbor[pair]))
    return "-".join(names), float(r[shortest])


def outermost(x: Array) -> tuple[int, float] | None:
    """The atom of largest extrapolation x: [n], and its value; None where none is known."""
    return None if np.isnan(x).all() else (int(np.nanargmax(x)), float(np.nanmax(x)))
