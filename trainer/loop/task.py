"""What the loop asks of a problem."""

from typing import Protocol

from torch import Tensor, nn


class Task(Protocol):
    """A problem to be trained: potentials, moment closures, PDE solutions and regressors are all one of these."""

    @property
    def module(self) -> nn.Module:
        """Holds the parameters."""
        ...

    def loss(self, step: int, decay: float) -> tuple[Tensor, dict[str, float]]:
        """The loss of the batch of `step` (the same batch whenever it is asked for), and mean squares to be logged.

        decay: learning rate over its first value, for prefactors that follow it. The names of the second carry units;
        the loop averages them between two reports and logs their square roots."""
        ...

    def validate(self, module: nn.Module) -> dict[str, float]:
        """Errors of `module` (the averaged parameters) on held-out data, the first one being the most telling."""
        ...
