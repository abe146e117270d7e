"""A closure of fixed Hermite moments, fitted to the exact g_(M+1)."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from kinetic.closure.data import Data
from kinetic.closure.hermite.network import LearnedClosure
from kinetic.closure.settings import ClosureSettings, ClosureTraining
from kinetic.closure.task import MARGIN, ClosureTask, begun, relative
from kinetic.kernels.moments import Local
from kinetic.moments.flights import Flights
from kinetic.moments.hermite import Hermite, Slopes, expansion_slopes
from kinetic.moments.learned import Learned
from kinetic.moments.system import Closure
from kinetic.numerics.weno import GHOSTS, derivative
from trainer.sampling import generator


class HermiteTask(ClosureTask):
    """The moments m_0 .. m_M; h is g_(M+1)."""

    module: LearnedClosure

    def __init__(self, settings: ClosureSettings, how: ClosureTraining, training: Data, validation: Data):
        """Raises UserError as ClosureTask."""
        super().__init__(settings, how, training, validation)
        self.module = LearnedClosure(settings.order, settings.width, generator(how.seed)).to(
            self.training.knudsen.device
        )
        hermite = Hermite(settings.order, self.training.moments.device)
        a = torch.cat([hermite.gas(m[:, : settings.order + 1]).a[:, 3:] for m in self.training.moments])
        b = a.abs() / self.module.factorial[3:, None]
        self.module.scale.copy_(b.square().mean((0, 2)).sqrt())
        self.module.limit.copy_(MARGIN * b.amax((0, 2)))

    def closure(self, module: Any) -> Closure:
        return Learned(module, self.settings.order, self.training.knudsen.device)

    def start(self, data: Data, flows: list[int], at: list[int]) -> Tensor:
        return data.moments[flows, at, : self.settings.order + 1]

    def misfit(self, flows: list[int], at: list[int]) -> Tensor:
        m, knudsen = self.training.moments[flows, at], self.training.knudsen[flows]
        local, target = exact(m, knudsen, self.settings.order)
        g = local.g.mT
        s, moved = Flights(begun(m, knudsen)).last(local)
        found = self.module(local.b.mT, g, s.mT)[0] + moved
        factorial = self.module.factorial
        return relative((found - target).unsqueeze(-1) / factorial[-1], g / factorial)


class Exact(NamedTuple):
    """What the data say at every place."""

    local: Local
    target: Tensor  # [B, nx] g_(M+1)


def exact(moments: Tensor, knudsen: Tensor, order: int) -> Exact:
    """moments: [B, K > M + 1, nx], periodic; knudsen: [B, nx]"""
    hermite, dx = Hermite(order + 1, moments.device), 1.0 / moments.shape[-1]
    gas = hermite.gas(moments[:, : order + 2])
    fields = torch.cat([torch.stack(gas[:3], -2), gas.a], -2)
    d = derivative(torch.cat([fields[..., -GHOSTS:], fields, fields[..., :GHOSTS]], -1), dx)
    slopes = Slopes(d[..., 0, :] / gas.rho, d[..., 1, :] / gas.theta.sqrt(), d[..., 2, :] / gas.theta, d[..., 3:, :])
    g = expansion_slopes(gas, slopes, order + 2)
    local = Local(gas.a[:, 3:-1], g[:, :-1], knudsen * gas.theta.sqrt(), torch.stack(gas[:3], -2), g[:, :-1])
    return Exact(local, g[:, -1])
