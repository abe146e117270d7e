"""What the loop asks of a problem."""

from typing import Protocol

from torch import Tensor, nn


class Task(Protocol):
    """A problem to be trained: potentials, moment closures, PDE solutions and regressors are all one of these.

    In several processes (trainer.loop.processes) each answers for its share of the batch, and shares add up: a mean
    over the batch is divided by the size of the whole."""

    @property
    def module(self) -> nn.Module:
        """Holds the parameters."""
        ...

    def loss(self, step: int, decay: float) -> tuple[Tensor, dict[str, tuple[float, float]]]:
        """The loss of the batch of `step`, the same batch whenever it is asked for, and errors to be logged.

        decay: learning rate over its first value, for prefactors that follow it. Errors: by name, with its unit, the
        sum of squares and how many were summed, the same names at every step; the loop logs root mean squares."""
        ...

    def validate(self, module: nn.Module) -> dict[str, float]:
        """Errors of `module` (the averaged parameters) on held-out data, the first one being the one to judge by.

        All processes come here together and get the same answer."""
        ...
