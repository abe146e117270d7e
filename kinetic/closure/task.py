"""Closures as a task of the training loop: fitted to what the data say of their own term, and through steps of the
moment solver, end to end."""

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from kinetic.closure.data import Data
from kinetic.closure.settings import ClosureSettings, ClosureTraining
from kinetic.flow import Flow
from kinetic.gas import primitive, scales
from kinetic.models import Discretisation
from kinetic.moments.system import Closure, MomentSystem
from kinetic.numerics.imex import march
from trainer.errors import UserError
from trainer.loop import processes
from trainer.sampling import Batches

COURANT = Discretisation.courant
FIT, RUN, LOST = "slope_relative", "conserved_relative", "runs_lost"
TINY = 1e-16  # of the square of a relative error: keeps the derivative of its root finite at 0
MARGIN = 1.25  # of the largest moments in the data, up to which a closure is used
STILL = 1e-3  # of the mean square of the slopes: where nothing varies there is nothing to learn


class ClosureTask(ABC):
    """loss = <|m - m_exact| / |m_exact|> + fit <(h - h_exact)^2 / |g|^2> of windows of the data.

    The first one is the mean of norms, not of squares: flows at all Knudsen numbers have a say. A subclass says which
    moments there are, and what h is."""

    module: nn.Module
    dimension = 1  # of the velocities

    def __init__(
        self, settings: ClosureSettings, how: ClosureTraining, training: Data, validation: Data, every: int = 1
    ):
        """every: intervals of the data between two times at which a window can begin. Raises UserError when the data
        are too short for `rollout`, and for a device that is not there."""
        intervals = training.moments.shape[1] - 1
        settings.check_intervals(intervals)
        device = processes.device(how.device)
        self.settings, self.training, self.validation = settings, training.to(device), validation.to(device)
        self._starts = range(0, intervals - max(1, settings.rollout) + 1, every)
        flows = len(training.knudsen)
        count = torch.ones(flows * len(self._starts)).numpy().astype("int64")
        self._batches = Batches(count, how.batch or flows, how.seed)

    @abstractmethod
    def closure(self, module: Any) -> Closure:
        """For the solver."""

    @abstractmethod
    def start(self, data: Data, flows: list[int], at: list[int]) -> Tensor:
        """The state of the moment system at the times number `at`: [B, M + 1, nx]."""

    @abstractmethod
    def misfit(self, flows: list[int], at: list[int]) -> Tensor:
        """(h - h_exact)^2 / |g|^2 in the mean, of the training data."""

    def loss(self, step: int, decay: float) -> tuple[Tensor, dict[str, tuple[float, float]]]:
        windows = [divmod(k, len(self._starts)) for k in self._batches[step]]
        flows, at = [f for f, _ in windows], [self._starts[k] for _, k in windows]
        count = float(len(flows))
        misfit = self.misfit(flows, at)
        errors = {FIT: (float(misfit.detach()) * count, count)}
        if not self.settings.rollout:
            return misfit, errors
        try:
            run = self.run(self.module, self.training, flows, at, self.settings.rollout)
        except UserError:  # the untrained closure may lose a gas that is far from equilibrium; it is counted
            return misfit, errors | {RUN: (0.0, 0.0), LOST: (1.0, 1.0)}
        errors |= {RUN: (float(run.detach().square().sum()), count), LOST: (0.0, 1.0)}
        return run.mean() + self.settings.fit * misfit, errors

    @torch.no_grad()
    def validate(self, module: nn.Module) -> dict[str, float]:
        """Over whole flows from the first time to the last: rms of joint relative errors, 1 for those lost."""
        found, data = [], self.validation
        for k in range(0, len(data.knudsen), 8):
            flows = list(range(k, min(k + 8, len(data.knudsen))))
            try:
                found.append(self.run(module, data, flows, [0] * len(flows), data.moments.shape[1] - 1))
            except UserError:
                found.append(torch.ones_like(data.knudsen[flows, 0]))
        return {RUN: float(torch.cat(found).square().mean().sqrt())}

    def run(self, module: nn.Module, data: Data, flows: list[int], at: list[int], intervals: int) -> Tensor:
        """Joint relative errors of density, momentum and energy [B], weighed as in kinetic.solve.errors."""
        exact = [data.moments[flows, [t + k for t in at], :3] for k in range(intervals + 1)]
        system = MomentSystem(begun(exact[0], data.knudsen[flows], self.dimension), self.closure(module))
        m, squares = self.start(data, flows, at), []
        for right in exact[1:]:
            m = march(system, m, 0.0, data.interval, COURANT)
            squares.append((m[:, :3] - right).square().sum(-1) / scales(right).sum(-1))
        return (torch.stack(squares).mean((0, 2)) + TINY).sqrt()


def begun(m: Tensor, knudsen: Tensor, dimension: int = 1) -> Flow:
    """What begins with the density, velocity and temperature of the moments [B, K, nx]."""
    rho, u, total = (q[:, None] for q in primitive(m))
    return Flow(rho, u, total / dimension, knudsen)


def relative(off: Tensor, g: Tensor) -> Tensor:
    """<|off|^2 / |g|^2>: [..., n], [..., m] -> []"""
    scale = g.square().sum(-1)
    return (off.square().sum(-1) / (scale + STILL * scale.mean())).mean()
