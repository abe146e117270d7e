"""The tables of a potential's input besides [data] and [training]."""

from dataclasses import dataclass, field
from typing import Literal

from trainer.data.settings import DataSettings
from trainer.errors import UserError
from trainer.loop.settings import TrainingSettings


@dataclass(frozen=True)
class DeepPotSESettings:
    """DeepPot-SE, a learned invariant encoder with a fitting network for each species.

    cutoff: angstrom.  smooth: where the weight 1/r starts to be switched off, angstrom.
    embedding: widths of the networks of the radial functions; the last is the number of channels.
    axis: channels in the second factor of the descriptor.
    fitting: widths of the networks of the atomic energies.
    knots: spacing of the splines, angstrom.
    """

    cutoff: float = 6.0
    smooth: float = 0.5
    embedding: tuple[int, ...] = (25, 50, 100)
    axis: int = 16
    fitting: tuple[int, ...] = (240, 240, 240)
    knots: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.smooth < self.cutoff or not 0 < self.knots < self.cutoff:
            raise UserError(
                f"expected 0 <= smooth < cutoff and 0 < knots < cutoff, got {self.smooth}, {self.knots}, {self.cutoff}"
            )
        if not self.embedding or not self.fitting or min(*self.embedding, *self.fitting, self.axis) < 1:
            raise UserError(f"expected widths >= 1, got {self.embedding}, {self.fitting}, axis {self.axis}")
        if self.axis > self.embedding[-1]:
            raise UserError(f"expected axis <= {self.embedding[-1]}, the last of embedding, got {self.axis}")


TermSettings = DeepPotSESettings


@dataclass(frozen=True)
class LossSettings:
    """Weights of the errors: [first, last], going geometrically from one to the other as the learning rate falls.

    L = w_e <N (dE / N)^2> + w_f <|dF|^2 / 3N> + w_v <N |dW / N|^2 / 9>, in units of the data's root mean square force
    and 1 angstrom. N: atoms of the frame. <x> = sum_k c_k x_k / sum_k c_k over the frames k that have the label, c_k
    the weight of their set in [[data]]: large and small frames count alike.
    """

    energy: tuple[float, ...] = (1e-2, 0.1)
    forces: tuple[float, ...] = (1.0, 1.0)
    virial: tuple[float, ...] = (1e-2, 0.1)

    def __post_init__(self) -> None:
        for weight in (self.energy, self.forces, self.virial):
            if len(weight) != 2 or min(weight) < 0 or (min(weight) == 0 < max(weight)):
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
    species: elements of the model in its order; by default those of the training data, in alphabetical order.
    reference: energy of an isolated atom of each species, eV; by default fitted by least squares.
    parameters: names of numbers that the energy depends on besides the positions (an electron temperature, a spin):
        one of every frame, or one of every atom.
    cache: GB of neighbour lists to keep in memory; others are made again when they are needed.
    dtype: precision inside the model; energies are summed in float64 in both.

    The potential is the sum of the terms whose tables are present; [deep_pot_se] if there is neither that table nor
    another encoder's.
    """

    data: tuple[DataSettings, ...]
    species: tuple[str, ...] | None = None
    reference: dict[str, float] | None = None
    parameters: tuple[str, ...] = ()
    deep_pot_se: DeepPotSESettings | None = None
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

    @property
    def terms(self) -> tuple[TermSettings, ...]:
        """The tables of what the potential is the sum of, in this order."""
        return (self.deep_pot_se or DeepPotSESettings(),)

    @property
    def cutoff(self) -> float:
        """angstrom, of the potential: the largest of its terms'"""
        return max(term.cutoff for term in self.terms)
