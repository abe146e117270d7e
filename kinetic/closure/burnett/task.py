"""A closure of moments with Burnett's functions, fitted to what moments of the next degree say of h."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from kinetic.closure.burnett.network import begin, untrained
from kinetic.closure.data import DEGREE, Data
from kinetic.closure.settings import ClosureSettings, ClosureTraining
from kinetic.closure.symmetric import SymmetricClosure
from kinetic.closure.task import MARGIN, ClosureTask, begun, relative
from kinetic.gas import Molecules
from kinetic.kernels.moments import Local
from kinetic.moments.burnett.closures import HME, LearnedBurnett
from kinetic.moments.flights import Flights
from kinetic.moments.system import MomentSystem
from kinetic.numerics.weno import GHOSTS
from trainer.errors import UserError
from trainer.sampling import generator


def check(settings: ClosureSettings) -> None:
    """Raises UserError for settings of other closures."""
    if settings.moments is not None or settings.order >= DEGREE:
        raise UserError(f"with data of boltzmann, [closure] takes no `moments`, and an order below {DEGREE}")


class BurnettTask(ClosureTask):
    """The moments rho, rho u, 2 E, rho b_3, ... up to the degree `order` of the settings."""

    module: SymmetricClosure
    dimension = 2

    def __init__(self, settings: ClosureSettings, how: ClosureTraining, training: Data, validation: Data):
        """Raises UserError as ClosureTask."""
        super().__init__(settings, how, training, validation)
        self._molecules = training.molecules or Molecules()
        module = untrained(settings.order, settings.width, generator(how.seed))
        begin(module, settings.order, self._molecules)
        self.module, self.count = module.to(self.training.knudsen.device), module.order + 1
        m = self.training.moments[:, :, : self.count]
        b = m[:, :, 3:] / m[:, :, :1]
        self.module.scale.copy_(b.square().mean((0, 1, 3)).sqrt())
        self.module.limit.copy_(MARGIN * b.abs().amax((0, 1, 3)))

    def closure(self, module: Any) -> LearnedBurnett:
        return LearnedBurnett(module, self.settings.order, self._molecules, self.training.knudsen.device)

    def start(self, data: Data, flows: list[int], at: list[int]) -> Tensor:
        return data.moments[flows, at, : self.count]

    def misfit(self, flows: list[int], at: list[int]) -> Tensor:
        m, knudsen = self.training.moments[flows, at], self.training.knudsen[flows]
        local, target = exact(m, knudsen, self.settings.order, self._molecules)
        closure = self.closure(self.module)
        found, _ = closure.answer(local, Flights(begun(m, knudsen, 2), closure.frequency))
        return relative(found - target.mT, local.g.mT)


class Exact(NamedTuple):
    """What moments of one more degree say at every place."""

    local: Local
    target: Tensor  # [B, M - 2, nx] h


@torch.no_grad()
def exact(moments: Tensor, knudsen: Tensor, degree: int, molecules: Molecules) -> Exact:
    """h_j = sum_k X_jk g_k over the functions e_k of the degree above.

    moments: [B, K, nx] up to that degree, periodic."""
    above = HME(degree + 1, 2, molecules, moments.device)
    count, every = (degree + 2) ** 2 // 4, len(above.along)
    system = MomentSystem(begun(moments, knudsen, 2), above)
    gas, d = system.slopes(moments[:, :every])
    inner = slice(GHOSTS, -GHOSTS)
    gas, d = type(gas)(*(q[..., inner] for q in gas)), type(d)(*(q[..., inner] for q in d))
    g = above.gradients(gas, d)
    path = knudsen * gas.theta.sqrt() / above.frequency(gas.rho, gas.theta)
    local = Local(gas.a[:, 3:count], g[:, :count], path, torch.stack(gas[:3], -2), g[:, :count])
    return Exact(local, above.along[3:count, count:] @ g[:, count:])
