"""How to train: the table [training] of every input."""

import math
from dataclasses import dataclass

from trainer.errors import UserError


@dataclass(frozen=True)
class TrainingSettings:
    """SOAP, which is Adam in the eigenbasis of the gradients' covariance, with a learning rate that falls along half a
    cosine, clipped gradients and averaged parameters. The page on optimisers says why.

    steps: how many; the schedules scale with it.
    learning_rate: about how much an element of a weight changes in a step; at first.
    final_learning_rate: the same at the last step.
    warm_up: steps in which the learning rate rises to its first value; at most a tenth of all.
    batch_atoms: a step takes frames of about so many atoms together, of all sizes as they come.
    batch: or so many frames, whatever their sizes.
    clip: largest norm of the gradient; a step beyond it is shortened.
    average: decay of the exponential moving average of the parameters, which is what is validated and exported; less in
        the first steps.
    report: steps between two lines of log, validation and checkpoint; by default a fortieth of `steps`.
    patience: stop after so many reports without a lower validation error, and export the parameters of the lowest one.
        It is the loss on the validation data, with its last weights. By default all steps are made and the last counts.
    start: of potentials: a model file to start from, relative to the input, with the same terms: parameters and
        statistics are taken over, by element; elements that are new in the data begin untrained. The schedule is that
        of a new run.
    freeze: parts of the model to leave as they are, by words of the parameters' paths: "radial" for the networks of the
        radial functions, "fitting" for those of the energies; where there are several terms, "terms.0" is the first.
    seed: of initial parameters, batches and splits.
    device: as torch names it.
    """

    steps: int = 20000
    learning_rate: float = 8e-3
    final_learning_rate: float = 4e-5
    warm_up: int = 50
    batch_atoms: int = 64
    batch: int | None = None
    clip: float = 10.0
    average: float = 0.99
    report: int | None = None
    patience: int | None = None
    start: str | None = None
    freeze: tuple[str, ...] = ()
    seed: int = 1
    device: str = "cpu"

    def __post_init__(self) -> None:
        counts = {name: getattr(self, name) for name in ("steps", "batch", "batch_atoms", "report", "patience")}
        if any(value is not None and value < 1 for value in counts.values()):
            raise UserError(f"expected {', '.join(counts)} >= 1, got {', '.join(map(str, counts.values()))}")
        if not 0 < self.final_learning_rate <= self.learning_rate:
            raise UserError(
                "expected 0 < final_learning_rate <= learning_rate, "
                f"got {self.final_learning_rate}, {self.learning_rate}"
            )
        if not 0 <= self.average < 1 or not self.clip > 0 or min(self.seed, self.warm_up) < 0:
            raise UserError(
                "expected 0 <= average < 1, clip > 0, seed >= 0, warm_up >= 0, "
                f"got {self.average}, {self.clip}, {self.seed}, {self.warm_up}"
            )

    @property
    def report_every(self) -> int:
        """steps between two reports"""
        return self.report or max(1, self.steps // 40)

    def rate(self, step: int) -> float:
        """Learning rate at `step`."""
        rise = min(self.warm_up, self.steps // 10)
        return self.learning_rate * self.decay(step) * min(1.0, (step + 1) / (rise + 1))

    def decay(self, step: int) -> float:
        """`rate` without warm-up, over the first: f + (1 - f) (1 + cos(pi step / steps)) / 2, f = final / first."""
        f = self.final_learning_rate / self.learning_rate
        return f + (1.0 - f) * 0.5 * (1.0 + math.cos(math.pi * step / self.steps))
