"""A closure of learned moments, fitted to what the data's distributions say of h."""

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from kinetic.autoencoder.functions import Autoencoder
from kinetic.closure.convolutional.network import ConvolutionalClosure
from kinetic.closure.data import Data
from kinetic.closure.generalised.network import GeneralisedClosure, fit
from kinetic.closure.settings import ClosureSettings, ClosureTraining
from kinetic.closure.task import MARGIN, ClosureTask, begun, relative
from kinetic.gas import primitive
from kinetic.kernels.moments import Local
from kinetic.moments.flights import Flights
from kinetic.moments.generalised import Convolutional, Generalised
from kinetic.numerics.weno import GHOSTS, derivative
from trainer.sampling import generator


class Exact(NamedTuple):
    """What distributions say at every place."""

    m: Tensor  # [..., M + 1, nx] the variables of the moment system
    g: Tensor  # [..., M + 1, nx] g_0 .. g_M
    target: Tensor  # [..., M - 2, nx] h_3 .. h_M


class GeneralisedTask(ClosureTask):
    """Windows begin at the times at which the data have distributions."""

    module: GeneralisedClosure | ConvolutionalClosure

    def __init__(
        self,
        settings: ClosureSettings,
        how: ClosureTraining,
        training: Data,
        validation: Data,
        autoencoder: Autoencoder,
    ):
        """autoencoder: is not trained any more. Raises UserError as ClosureTask."""
        super().__init__(settings, how, training, validation, training.every)
        random, reach = generator(how.seed), settings.stencil
        if reach is None:
            self.module = local = GeneralisedClosure(autoencoder, settings.width, random)
        else:
            self.module = ConvolutionalClosure(autoencoder, settings.width, reach, random)
            local = self.module.local
        fit(local)
        self.module.to(self.training.knudsen.device)
        self._exact = {id(data): encoded(local, data) for data in (self.training, self.validation)}
        m = self._exact[id(self.training)].m
        b = m[..., 3:, :] / m[..., :1, :]
        local.scale.copy_(b.square().mean((0, 1, 3)).sqrt())
        local.limit.copy_(MARGIN * b.abs().amax((0, 1, 3)))

    def closure(self, module: Any) -> Generalised:
        if self.settings.stencil is None:
            return Generalised(module)
        return Convolutional(module, self.training.knudsen.shape[-1])

    def start(self, data: Data, flows: list[int], at: list[int]) -> Tensor:
        return self._exact[id(data)].m[flows, [t // data.every for t in at]]

    def misfit(self, flows: list[int], at: list[int]) -> Tensor:
        data, times = self.training, [t // self.training.every for t in at]
        m, g, target = (q[flows, times] for q in self._exact[id(data)])
        knudsen = data.knudsen[flows]
        closure = self.closure(self.module)
        gas = closure.variables.gas(m)
        local = Local(gas.a[:, 3:], g, knudsen * gas.theta.sqrt(), torch.stack(gas[:3], -2), g)
        found, _ = closure.answer(local, Flights(begun(m, knudsen)))
        return relative(found - target.mT, g.mT)


@torch.no_grad()
def encoded(module: GeneralisedClosure, data: Data) -> Exact:
    """Of all distributions of the data: [F, S, ...]."""
    found = [exact(module, f.double(), data.velocities) for f in data.distributions]
    return Exact(*(torch.stack(q) for q in zip(*found, strict=True)))


def exact(module: GeneralisedClosure, f: Tensor, v: Tensor) -> Exact:
    """f: [S, nv, nx], periodic, on the velocities v [nv]; derivatives in x as the solver takes them.

    In the frame of the gas, with brackets for 1 / rho int ... f dv,

    h_j = 1 / rho int e_j xi d_x f dv - (X g)_j - (d_rho + d_theta) (<e_j'> - (D b)_j)
          - (d_u + sqrt(3 / 2) g_3) (<xi e_j'> - (E b)_j)"""
    n, dv, dx = module.order + 1, v[1] - v[0], 1.0 / f.shape[-1]
    m = torch.stack([f.mT @ v**k * dv for k in range(3)], 1)
    rho, u, theta = primitive(m)
    xi = (v - u.unsqueeze(-1)) / theta.sqrt().unsqueeze(-1)  # [S, nx, nv]
    e, slope = (of(xi)[..., :n] for of in (module.autoencoder.functions, module.autoencoder.slopes))

    def mean(weights: Tensor, of: Tensor) -> Tensor:
        return torch.einsum("sxvk,svx->skx", weights, of) * dv / rho.unsqueeze(1)

    b = mean(e, f)
    fields = torch.cat([torch.stack([rho, u, theta], 1), b[:, 3:], f], 1)
    d = derivative(torch.cat([fields[..., -GHOSTS:], fields, fields[..., :GHOSTS]], -1), dx)
    d_rho, d_u, d_theta = d[:, :1] / rho.unsqueeze(1), (d[:, 1] / theta.sqrt())[:, None], (d[:, 2] / theta)[:, None]
    by_slope, by_stretch = module.slope[3:] @ b, module.stretch[3:] @ b
    g = d[:, 3:n] + d_rho * b[:, 3:] + d_u * by_slope + 0.5 * d_theta * by_stretch
    g = torch.cat([d_rho, d_u, d_theta / math.sqrt(2.0), g], 1)
    flown, off = mean(e[..., 3:] * xi.unsqueeze(-1), d[:, n:]), mean(slope[..., 3:], f) - by_slope
    stretched = mean(slope[..., 3:] * xi.unsqueeze(-1), f) - by_stretch
    target = flown - module.couple[3:] @ g - (d_rho + d_theta) * off - (d_u + math.sqrt(1.5) * g[:, 3:4]) * stretched
    return Exact(torch.cat([m, rho.unsqueeze(1) * b[:, 3:]], 1), g, target)
