"""Closures as a task of the training loop: fitted to the exact g_(M+1), and through steps of the moment solver."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from kinetic.closure.data import Data
from kinetic.closure.hermite import LearnedClosure
from kinetic.closure.settings import ClosureSettings, ClosureTraining
from kinetic.flow import Flow
from kinetic.gas import primitive
from kinetic.moments.flights import Flights
from kinetic.moments.hermite import Gas, Hermite, Slopes, expansion_slopes
from kinetic.moments.learned import Learned
from kinetic.moments.system import MomentSystem
from kinetic.numerics.imex import march
from kinetic.numerics.weno import GHOSTS, derivative
from trainer.errors import UserError
from trainer.loop import processes
from trainer.sampling import Batches, generator

COURANT = 0.5
FIT, RUN, LOST = "slope_relative", "conserved_relative", "runs_lost"
TINY = 1e-16  # of the square of a relative error: keeps the derivative of its root finite at 0
MARGIN = 1.25  # of the largest |a_k| in the data, up to which a closure is used


class ClosureTask:
    """loss = <|m - m_exact| / |m_exact|> + fit <(g - g_exact)^2 / |g|^2> of windows of the data.

    The first one is the mean of norms, not of squares: flows at all Knudsen numbers have a say."""

    def __init__(self, settings: ClosureSettings, how: ClosureTraining, training: Data, validation: Data):
        """Raises UserError when the data are too short for `rollout`, and for a device that is not there."""
        if settings.rollout >= training.moments.shape[1]:
            raise UserError(f"rollout: expected fewer intervals than the data's {training.moments.shape[1] - 1}")
        device = processes.device(how.device)
        self._settings, self._train, self._held = settings, training.to(device), validation.to(device)
        self.module = LearnedClosure(settings.order, settings.width, generator(how.seed)).to(device)
        self._windows = training.moments.shape[1] - max(1, settings.rollout)
        flows = len(training.knudsen)
        self._batches = Batches(torch.ones(flows * self._windows).numpy().astype("int64"), how.batch or flows, how.seed)
        a = torch.cat([exact(part, settings.order).a for part in self._train.moments])
        b = a.abs() / self.module.factorial[3:]
        self.module.scale.copy_(b.square().mean((0, 1)).sqrt())
        self.module.limit.copy_(MARGIN * b.amax((0, 1)))

    def loss(self, step: int, decay: float) -> tuple[Tensor, dict[str, tuple[float, float]]]:
        chosen = self._batches[step]
        flows = [k // self._windows for k in chosen]
        at = [k % self._windows for k in chosen]
        window = torch.stack(
            [self._train.moments[f, t : t + self._settings.rollout + 1] for f, t in zip(flows, at, strict=True)]
        )
        knudsen = self._train.knudsen[flows]
        a, g, target, theta = exact(window[:, 0], self._settings.order)
        path = knudsen * theta.sqrt()
        s = Flights(begun(window[:, 0], knudsen)).last(g[..., 3:].mT).mT
        found, _ = self.module(a, g, s, path)
        scale = (g.square() / self.module.factorial.square()).sum(-1) * self.module.factorial[-1] ** 2
        # where nothing varies there is nothing to learn: a thousandth of the mean counts as nothing
        misfit = ((found - target).square() / (scale + 1e-3 * scale.mean())).mean()
        errors = {FIT: (float(misfit.detach()) * len(chosen), float(len(chosen)))}
        if not self._settings.rollout:
            return misfit, errors
        try:
            run = rollout(self.module, self._settings.order, window, knudsen, self._train.interval)
        except UserError:  # the untrained closure may lose a gas that is far from equilibrium; it is counted
            return misfit, errors | {RUN: (0.0, 0.0), LOST: (1.0, 1.0)}
        errors |= {RUN: (float(run.detach().square().sum()), float(len(chosen))), LOST: (0.0, 1.0)}
        return run.mean() + self._settings.fit * misfit, errors

    @torch.no_grad()
    def validate(self, module: nn.Module) -> dict[str, float]:
        """Over whole flows from the first time to the last: rms of joint relative errors, 1 for those lost."""
        found = []
        for k in range(0, len(self._held.knudsen), 8):
            part = self._held.take(list(range(k, min(k + 8, len(self._held.knudsen)))))
            try:
                found.append(rollout(module, self._settings.order, part.moments, part.knudsen, part.interval))
            except UserError:
                found.append(torch.ones_like(part.knudsen[:, 0]))
        return {RUN: float(torch.cat(found).square().mean().sqrt())}


def rollout(module: nn.Module, order: int, window: Tensor, knudsen: Tensor, interval: float) -> Tensor:
    """Joint relative errors of density, momentum and energy [B], weighed as in kinetic.solve.errors, from window[:, 0].

    window: [B, T, K, nx] moments, `interval` apart."""
    system = MomentSystem(begun(window[:, 0], knudsen), Learned(module, order))
    m, squares = window[:, 0, : order + 1], []
    for k in range(1, window.shape[1]):
        m = march(system, m, 0.0, interval, COURANT)
        right = window[:, k, :3]
        scale = torch.stack([right[:, 0].square(), right[:, 0] * right[:, 2], right[:, 2].square()], 1)
        squares.append((m[:, :3] - right).square().sum(-1) / scale.sum(-1))
    return (torch.stack(squares).mean((0, 2)) + TINY).sqrt()


def begun(m: Tensor, knudsen: Tensor) -> Flow:
    """What begins with the density, velocity and temperature of the moments [B, K, nx]."""
    rho, u, theta = (q[:, None] for q in primitive(m))
    return Flow(rho, u, theta, knudsen)


class Exact(NamedTuple):
    """What the data say at every place."""

    a: Tensor  # [B, nx, M - 2] a_3 .. a_M
    g: Tensor  # [B, nx, M + 1] g_0 .. g_M
    target: Tensor  # [B, nx] g_(M+1)
    theta: Tensor  # [B, nx]


def exact(moments: Tensor, order: int) -> Exact:
    """moments: [B, K > M + 1, nx], periodic."""
    hermite, dx = Hermite(order + 1, moments.device), 1.0 / moments.shape[-1]
    gas = hermite.gas(moments[:, : order + 2])
    fields = torch.cat([torch.stack(gas[:3], -2), gas.a], -2)
    d = derivative(torch.cat([fields[..., -GHOSTS:], fields, fields[..., :GHOSTS]], -1), dx)
    slopes = Slopes(d[..., 0, :] / gas.rho, d[..., 1, :] / gas.theta.sqrt(), d[..., 2, :] / gas.theta, d[..., 3:, :])
    g = expansion_slopes(Gas(*gas), slopes, order + 2).mT
    return Exact(gas.a[..., 3:-1, :].mT, g[..., :-1], g[..., -1], gas.theta)
