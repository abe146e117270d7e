"""The tables of a case that say how a closure is made: [data] and [closure]."""

from dataclasses import dataclass
from typing import Literal

from trainer.errors import UserError
from trainer.loop.settings import TrainingSettings


@dataclass(frozen=True)
class DataSettings:
    """Random flows, computed by a kinetic model, for `henrici kinetic generate`.

    model: bgk, for closures of Hermite and of learned moments; boltzmann, for those of a gas with two velocity
        dimensions.
    families: of random flows, in turn: wave, shock, mix.
    flows: how many.
    knudsen: smallest and largest eps; logarithms are uniform in between.
    transition: share of the flows in which eps varies in space, between two such numbers.
    cells: of the mesh.
    time, interval: how far, and between two results.
    distributions: every so many intervals, from the start, distribution functions of bgk are kept, too, for learned
        moments.
    batch: flows that are computed together; changes results by the error in time.
    validation: share of the flows that training does not see.
    seed: of the flows and their Knudsen numbers.
    """

    model: Literal["bgk", "boltzmann"] = "bgk"
    families: tuple[Literal["wave", "shock", "mix"], ...] = ("wave", "mix", "shock", "mix")
    flows: int = 128
    knudsen: tuple[float, ...] = (1e-3, 10.0)
    transition: float = 0.25
    cells: int = 100
    time: float = 1.0
    interval: float = 0.05
    distributions: int = 5
    batch: int = 16
    validation: float = 0.125
    seed: int = 1

    def __post_init__(self) -> None:
        if not self.families or min(self.flows, self.batch, self.distributions) < 1 or self.cells < 8 or self.seed < 0:
            raise UserError(
                "expected families, flows, batch and distributions >= 1, cells >= 8, seed >= 0, got "
                f"{list(self.families)}, {self.flows}, {self.batch}, {self.distributions}, {self.cells}, {self.seed}"
            )
        if len(self.knudsen) != 2 or not 0 < self.knudsen[0] <= self.knudsen[1]:
            raise UserError(f"knudsen: expected [smallest, largest], both > 0, got {list(self.knudsen)}")
        if not (0 < self.interval <= self.time and 0 <= self.transition <= 1 and 0 <= self.validation < 1):
            raise UserError(
                "expected 0 < interval <= time, 0 <= transition <= 1, 0 <= validation < 1, got "
                f"{self.interval}, {self.time}, {self.transition}, {self.validation}"
            )

    @property
    def times(self) -> list[float]:
        """0, interval, 2 interval, ... up to time."""
        return [self.interval * k for k in range(round(self.time / self.interval) + 1)]


@dataclass(frozen=True)
class ClosureSettings:
    """A learned closure, of fixed Hermite moments or of learned ones.

    Without `rollout` it is fitted to what the data say of its term alone; with it, the moment solver runs from the
    data's moments through so many intervals, and what it says of rho, m and E there is to agree with the data.

    moments: the model file of `henrici kinetic encode`, relative to the working folder; by default Hermite moments.
    order: M; there are M + 1 moments, or with data of boltzmann those up to the degree M: 6, 9, 12 for M = 3, 4, 5.
    width: of two hidden layers of the closure's network; 0 for none.
    rollout: intervals of the data to run through, end to end.
    fit: weight of the fit to its term beside it.
    stencil: of learned moments: cells to each side that a convolution on the mesh reaches, odd, in the place of
        flights; the closure is then one for meshes of as many cells as that of its training. By default flights, for
        any mesh.
    halvings: how often the mesh of the data is halved before it is trained on: each makes a step four times cheaper.
    """

    moments: str | None = None
    order: int = 5
    width: int = 0
    rollout: int = 0
    fit: float = 0.1
    stencil: int | None = None
    halvings: int = 0

    def __post_init__(self) -> None:
        if not 3 <= self.order <= 7 or min(self.width, self.rollout, self.fit, self.halvings) < 0:
            raise UserError(
                "expected an order from 3 to 7, width >= 0, rollout >= 0, fit >= 0, halvings >= 0, got "
                f"{self.order}, {self.width}, {self.rollout}, {self.fit}, {self.halvings}"
            )
        if self.stencil is not None and (self.moments is None or self.stencil < 1 or self.stencil % 2 == 0):
            raise UserError(f"stencil: expected an odd number of cells, and `moments` beside it, got {self.stencil}")

    def check_intervals(self, intervals: int) -> None:
        """Raises UserError for data with so many intervals, when these are too few for `rollout`."""
        if self.rollout > intervals:
            raise UserError(f"rollout: expected fewer intervals than the data's {intervals}")


@dataclass(frozen=True)
class ClosureTraining(TrainingSettings):
    __doc__ = TrainingSettings.__doc__  # the same keys; a batch is counted in windows of the data

    steps: int = 600
    learning_rate: float = 5e-3
    final_learning_rate: float = 1e-4
    batch: int | None = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.start is not None:
            raise UserError(f"start: a closure begins untrained, got '{self.start}'; leave it out")
