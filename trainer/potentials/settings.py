"""The input of a potential: all tables together, and that of the loss."""

import math
from dataclasses import dataclass, field
from typing import Any, Literal

from trainer.data.settings import DataSettings
from trainer.errors import UserError
from trainer.loop.settings import TrainingSettings
from trainer.potentials.term_settings import (
    BehlerParrinelloSettings,
    DeepPotSESettings,
    PowerSpectrumSettings,
    TermSettings,
    ZBLSettings,
)
from trainer.settings import resolved


@dataclass(frozen=True)
class LossSettings:
    """Weights of the errors: [first, last], going geometrically from one to the other as the learning rate falls.

    L = w_e <N (dE / N)^2> + w_f <|dF|^2 / 3N> + w_v <N |dW / N|^2 / 9>, in units of the data's root mean square force
    and 1 angstrom. N: atoms of the frame. <x> = sum_k c_k x_k / sum_k c_k over the frames k that have the label, c_k
    the weight of their set in [[data]]: large and small frames count alike. A step's loss is its batch's part of these
    sums, so that its mean over an epoch is L whatever the batches hold.

    energy, forces, virial: w at the first and the last step.
    """

    energy: tuple[float, ...] = (1e-2, 0.1)
    forces: tuple[float, ...] = (1.0, 1.0)
    virial: tuple[float, ...] = (1e-2, 0.1)

    def __post_init__(self) -> None:
        for weight in (self.energy, self.forces, self.virial):
            if len(weight) != 2 or not (all(0 < w < math.inf for w in weight) or not any(weight)):
                raise UserError(f"expected two weights, [first, last], both > 0 or both 0, got {list(weight)}")

    @staticmethod
    def at(weight: tuple[float, ...], decay: float) -> float:
        """The weight when the learning rate is `decay` times its first: last (first / last)^decay."""
        first, last = weight
        return last * (first / last) ** decay if last else 0.0


@dataclass(frozen=True)
class PotentialSettings:
    """The input of `henrici train` for a potential; every table but [data] may be left out.

    data: one set of data, or several as [[data]].
    power_spectrum, deep_pot_se, behler_parrinello, zbl: the terms.
    loss: weights of the errors.
    training: how to train.
    species: elements of the model in its order; by default those of the training data, in alphabetical order, after
        those of the model file that the training starts from.
    reference: energy of an isolated atom of each species, eV; by default fitted by least squares, to what the model
        leaves over if the training starts from a file.
    parameters: names of numbers that the energy depends on besides the positions (an electron temperature, a spin):
        one of every frame, or one of every atom.
    cache: GB of neighbour lists to keep in memory; others are made again when they are needed.
    dtype: precision inside the model; energies are summed in float64 in both.

    The potential is the sum of the terms whose tables are present; [power_spectrum] if there is no encoder's table: if
    there is none or only [zbl].
    """

    data: tuple[DataSettings, ...]
    species: tuple[str, ...] | None = None
    reference: dict[str, float] | None = None
    parameters: tuple[str, ...] = ()
    power_spectrum: PowerSpectrumSettings | None = None
    deep_pot_se: DeepPotSESettings | None = None
    behler_parrinello: BehlerParrinelloSettings | None = None
    zbl: ZBLSettings | None = None
    loss: LossSettings = field(default_factory=LossSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    dtype: Literal["float32", "float64"] = "float32"
    cache: float = 1.0

    def __post_init__(self) -> None:
        if not self.data:
            raise UserError("expected a table [data], or several [[data]]")
        if not self.cache >= 0:
            raise UserError(f"expected cache >= 0, got {self.cache}")
        if len(set(self.parameters)) < len(self.parameters):
            raise UserError(f"parameters: a name twice in {list(self.parameters)}")
        if self.species is not None and len(set(self.species)) < max(1, len(self.species)):
            raise UserError(f"species: expected elements, each once, got {list(self.species)}")

    @property
    def tables(self) -> dict[str, TermSettings]:
        """What the potential is the sum of, in this order, by the names of the tables."""
        encoders = {
            "power_spectrum": self.power_spectrum,
            "deep_pot_se": self.deep_pot_se,
            "behler_parrinello": self.behler_parrinello,
        }
        if not any(encoders.values()):
            encoders["power_spectrum"] = PowerSpectrumSettings()
        return {name: table for name, table in (encoders | {"zbl": self.zbl}).items() if table is not None}

    @property
    def terms(self) -> tuple[TermSettings, ...]:
        """The same without the names."""
        return tuple(self.tables.values())

    def resolved(self) -> dict[str, Any]:
        """The input with every default written out."""
        return resolved(self) | {name: resolved(table) for name, table in self.tables.items()}

    @property
    def cutoff(self) -> float:
        """angstrom, of the potential: the largest of its terms'"""
        return max(term.cutoff for term in self.terms)
