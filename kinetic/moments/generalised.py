"""Moment systems of learned functions of the peculiar velocity (kinetic.autoencoder.functions), and of a closure that
was learned with them: the solver's side, which knows the file, or the module while it is trained. The equations are
those of kinetic.moments.projection in one velocity dimension."""

from typing import Any

import torch
from torch import Tensor

from kinetic.autoencoder.functions import omega
from kinetic.flow import Flow
from kinetic.gas import primitive
from kinetic.kernels.moments import ASKED, Closing, Local
from kinetic.moments.collisions import alike
from kinetic.moments.flights import Flights
from kinetic.moments.hermite import Gas, nothing_across
from kinetic.moments.projection import Integrals, Projection
from kinetic.moments.symmetric import LearnedProjection
from trainer.errors import UserError


class Functions(Projection):
    """Moments with learned functions."""

    def __init__(self, module: Any):
        """module: of kinetic.closure.generalised.network."""
        couple: Tensor = module.couple
        super().__init__(1, couple, (-1.0) ** torch.arange(len(couple), dtype=couple.dtype, device=couple.device))
        self._module, self.across = module, nothing_across(couple.device)

    def start(self, flow: Flow) -> Tensor:
        """Each Maxwellian by quadrature."""
        m = flow.moments(2)
        gas, nodes, weights = primitive(m), self._module.autoencoder.nodes, self._module.autoencoder.weights
        u, theta = (q[:, None, :, None] for q in gas[1:])  # [B, 1, nx, 1]
        v = flow.velocity[..., None] + flow.temperature[..., None].sqrt() * nodes  # [B, S, nx, nodes]
        e = self._module.autoencoder.functions((v - u) / theta.sqrt())[..., 3 : self.order + 1]
        b = torch.einsum("bsx,bsxvk,v->bkx", flow.density, e, weights)
        return torch.cat([m, b], 1)

    def powers(self, m: Tensor) -> Tensor:
        """m_0 .. m_3"""
        return torch.cat([m[..., :3, :], self.carried(self.gas(m))[1][..., 2:3, :]], -2)

    def expansion(self, gas: Gas, xi: Tensor, across: Tensor) -> Tensor:
        e = self._module.autoencoder.functions(xi)[..., : self.order + 1]
        return omega(xi) * torch.sum(e * gas.a.mT, -1)

    def measured(self, v: Tensor, across: Tensor, f: Tensor) -> tuple[Tensor, Tensor]:
        m = torch.stack([(v**k * f).sum(-1) for k in range(4)], -1)
        _, u, theta = primitive(m[..., :3, None])
        e = self._module.autoencoder.functions((v - u) / theta.sqrt())[..., 3 : self.order + 1]
        rest, flown = ((e * q.unsqueeze(-1)).sum(-2) for q in (f, v * f))
        state = torch.cat([m[..., :3], rest], -1), torch.cat([m[..., 1:], flown], -1)
        return state[0].unsqueeze(-1), state[1].unsqueeze(-1)


class Generalised(LearnedProjection):
    """The closure of a file."""

    def __init__(self, module: Any):
        integrals = Integrals(module.couple, module.slope, module.stretch)
        super().__init__(Functions(module), integrals, alike(module.order - 2, module.couple.device), module)


class Convolutional(Generalised):
    """The closure of a file that convolves along the mesh that it was trained on: see kinetic.closure.convolutional."""

    def __init__(self, module: Any, cells: int):
        """cells: of that mesh."""
        super().__init__(module.local)
        self._whole, self._cells, self.closing = module, cells, Closing(ASKED)

    def answer(self, local: Local, flights: Flights) -> tuple[Tensor, Tensor]:
        """Raises UserError for another mesh, and for walls."""
        b, g, path, *_ = local
        if b.shape[-1] != self._cells or not flights.periodic:
            raise UserError(
                f"a convolutional closure for {self._cells} cells and periodic flows, got {b.shape[-1]} cells"
                f"{'' if flights.periodic else ' and walls'}; train one on such data, or one without `stencil`"
            )
        found: tuple[Tensor, Tensor] = self._whole(b.mT, g.mT, path, flights.dx)
        return found
