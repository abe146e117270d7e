"""How networks are trained and evaluated: tables of the input of `henrici bsde solve`."""

from dataclasses import dataclass
from typing import Literal

import torch

from trainer.errors import UserError
from trainer.loop.settings import TrainingSettings as LoopSettings


@dataclass(frozen=True)
class NetworkSettings:
    """The network of u.

    width: neurons in each of the two hidden layers.
    """

    width: int = 48

    def __post_init__(self) -> None:
        if self.width < 1:
            raise UserError(f"expected width >= 1, got {self.width}")


@dataclass(frozen=True)
class DeepSettings:
    """How the network is trained, by the loop and the optimiser of all of henrici's models.

    seeds: how many independent trainings; their spread is the statistical error.
    steps: of each training; where every time step has a network of its own, of each of them.
    paths: of a step.
    time_steps: N, of a path.
    learning_rate: about how much an element of a weight changes in a step; at first.
    final_learning_rate: the same at the last step.
    average: decay of the exponential moving average of the parameters, which is what is evaluated and exported.
    spread: half width of the box around `start` where paths begin; 0 for the one point. The file is then a solution on
        all of it.
    seed: of the first training; the others follow.
    dtype: precision of paths and networks; expectations are summed in float64.
    device: as torch names it.
    """

    seeds: int = 5
    steps: int = 300
    paths: int = 64
    time_steps: int = 20
    learning_rate: float = 8e-3
    final_learning_rate: float = 4e-5
    average: float = 0.98
    spread: float = 0.0
    seed: int = 1
    dtype: Literal["float32", "float64"] = "float32"
    device: str = "cpu"

    def __post_init__(self) -> None:
        if min(self.seeds, self.paths, self.time_steps) < 1 or self.spread < 0:
            raise UserError(
                "expected seeds, paths, time_steps >= 1 and spread >= 0, "
                f"got {self.seeds}, {self.paths}, {self.time_steps}, {self.spread}"
            )
        self.loop(self.seed)  # raises for the rest

    @property
    def torch_dtype(self) -> torch.dtype:
        return torch.float32 if self.dtype == "float32" else torch.float64

    def loop(self, seed: int, reports: int = 20) -> LoopSettings:
        """For one training, with so many lines of log."""
        return LoopSettings(
            steps=self.steps,
            learning_rate=self.learning_rate,
            final_learning_rate=self.final_learning_rate,
            batch=self.paths,
            average=self.average,
            report=max(1, self.steps // reports),
            seed=seed,
        )


@dataclass(frozen=True)
class ValueSettings:
    """How u at the start is found, given the network: by one step of Newton's method along simulated paths.

    paths: of each seed, antithetic pairs.
    time_steps: of a path, an even number: half as many are taken too, and the two extrapolated.
    """

    paths: int = 4096
    time_steps: int = 40

    def __post_init__(self) -> None:
        if self.paths < 4 or self.paths % 2 or self.time_steps < 2 or self.time_steps % 2:
            raise UserError(
                f"expected even numbers, paths >= 4 and time_steps >= 2, got {self.paths} and {self.time_steps}"
            )
