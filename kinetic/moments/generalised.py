"""Moment systems of learned functions of the peculiar velocity, and of a closure that was learned with them: the
solver's side, which knows the file, or the module while it is trained.

The variables are m_0, m_1, m_2 and rho b_3 .. rho b_M (kinetic.autoencoder.functions). With the matrices X, D = int
omega e_j' e_k and E = int omega xi e_j' e_k, and slopes over the scale of what they are slopes of
(kinetic.moments.hermite),

    g = d_x b + d_rho b + d_u D b + d_theta E b / 2
    d_t (rho b) + d_x (rho u b + rho sqrt(theta) X b) = rho sqrt(theta) (sigma - h) - rho b / eps
    sigma = d_rho D b + d_u (1 + E - X D) b + d_theta (X - X E + 2 D) b / 2 + sqrt(3 / 2) g_3 E b

in the rows 3 .. M, which is what is left of P d_t f^ + P v P d_x f^ (kinetic.closure.generalised.network) where the
first three rows, the conservation laws, say how u and theta change."""

import math
from typing import Any

import torch
from torch import Tensor

from kinetic.autoencoder.functions import omega
from kinetic.flow import Flow
from kinetic.gas import primitive
from kinetic.kernels import closures
from kinetic.kernels.moments import ASKED, Closing, Equations, orthonormal
from kinetic.moments.flights import Flights
from kinetic.moments.hermite import Gas, Slopes
from trainer.errors import UserError


class Functions:
    """Moments with learned functions; `a` of a gas are b_0 .. b_M here."""

    def __init__(self, module: Any):
        """module: of kinetic.closure.generalised.network."""
        self.order: int = module.order
        self._module, self._couple = module, module.couple

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
        return torch.cat([m[..., :3, :], self.third_moment(self.gas(m)).unsqueeze(-2)], -2)

    def gas(self, m: Tensor) -> Gas:
        rho, u, theta = primitive(m)
        zero = torch.zeros_like(rho)
        rest = m[..., 3:, :] / rho.unsqueeze(-2)
        return Gas(rho, u, theta, torch.cat([torch.stack([zero + 1.0, zero, zero], -2), rest], -2))

    def equilibrium(self, rho: Tensor, u: Tensor, theta: Tensor) -> Tensor:
        zero = torch.zeros_like(rho)
        return torch.stack([rho, rho * u, rho * (u.square() + theta), *[zero] * (self.order - 2)], -2)

    def share(self, gas: Gas) -> Tensor | None:
        """A departure is at most as large as the Maxwellian, in the norm in which e_k are orthonormal."""
        departure = torch.linalg.vector_norm(gas.a[..., 3:, :].detach(), dim=-2)
        return None if bool((departure <= 1.0).all()) else 1.0 / departure.clamp(min=1.0)

    def expansion(self, gas: Gas, xi: Tensor) -> Tensor:
        e = self._module.autoencoder.functions(xi)[..., : self.order + 1]
        return omega(xi) * torch.sum(e * gas.a.mT, -1)

    def measured(self, v: Tensor, f: Tensor) -> tuple[Tensor, Tensor]:
        m = torch.stack([(v**k * f).sum(-1) for k in range(4)], -1)
        _, u, theta = primitive(m[..., :3, None])
        e = self._module.autoencoder.functions((v - u) / theta.sqrt())[..., 3 : self.order + 1]
        rest, flown = ((e * q.unsqueeze(-1)).sum(-2) for q in (f, v * f))
        state = torch.cat([m[..., :3], rest], -1), torch.cat([m[..., 1:], flown], -1)
        return state[0].unsqueeze(-1), state[1].unsqueeze(-1)

    def carried(self, gas: Gas, a_next: Tensor | None) -> tuple[Tensor, Tensor]:
        rho, u, theta, b = gas
        m = self.equilibrium(rho, u, theta)
        m = torch.cat([m[..., :3, :], rho.unsqueeze(-2) * b[..., 3:, :]], -2)
        third = self.third_moment(gas).unsqueeze(-2)
        flown = u.unsqueeze(-2) * b[..., 3:, :] + theta.sqrt().unsqueeze(-2) * (self._couple[3:] @ b)
        return m, torch.cat([m[..., 1:3, :], third, rho.unsqueeze(-2) * flown], -2)

    def third_moment(self, gas: Gas) -> Tensor:
        """m_3 [..., nx]: He_3 is sqrt(6) e_3."""
        rho, u, theta, b = gas
        return rho * (u * (u.square() + 3.0 * theta) + math.sqrt(6.0) * theta * theta.sqrt() * b[..., 3, :])


class Generalised:
    """The closure of a file. Cells beyond the domain, where linear waves are what is left of it, are counted."""

    def __init__(self, module: Any):
        self.module, self.variables, self.fastest = module, Functions(module), float(module.fastest)
        x, d, e = module.couple, module.slope, module.stretch
        one = torch.eye(len(x), dtype=x.dtype, device=x.device)
        rows = (d, e, one + e - x @ d, 0.5 * (x - x @ e) + d)
        self._of_b = torch.cat([q[3:] for q in rows])  # [4 (M - 2), M + 1]
        self.equations: Equations = orthonormal(x, d, e, self.fastest, closures.generalised(module))
        self._outside, self._seen = 0, 0

    @property
    def flagged(self) -> float:
        """Share of the cells, over all steps so far, that were beyond the domain."""
        return self._outside / max(1, self._seen)

    def next_moment(self, gas: Gas, d: Slopes, eps: Tensor) -> Tensor | None:
        return None

    def production(self, gas: Gas, d: Slopes, eps: Tensor, flights: Flights) -> Tensor:
        slope, stretch, by_u, by_theta = torch.chunk(self._of_b @ gas.a, 4, -2)
        rho, u, theta = (q.unsqueeze(-2) for q in (d.rho, d.u, d.theta))
        b = gas.a[..., 3:, :]
        g = d.a[..., 3:, :] + rho * b + u * slope + 0.5 * theta * stretch
        sigma = rho * slope + u * by_u + theta * by_theta + math.sqrt(1.5) * g[..., :1, :] * stretch
        every = torch.cat([rho, u, theta / math.sqrt(2.0), g], -2)  # g_0 .. g_M
        scale = gas.theta.sqrt()
        found: Tensor = (gas.rho * scale).unsqueeze(-2) * (sigma - self.beyond(b, every, eps * scale, flights))
        return found

    def beyond(self, b: Tensor, g: Tensor, path: Tensor, flights: Flights) -> Tensor:
        h, inside = self.answer(b, g, path, flights)
        self.saw(int((~inside).sum()), inside.numel())
        return h.mT

    def saw(self, outside: int, cells: int) -> None:
        self._outside += outside
        self._seen += cells

    def answer(self, b: Tensor, g: Tensor, path: Tensor, flights: Flights) -> tuple[Tensor, Tensor]:
        """h [..., nx, M - 2] and where b was within what was trained [..., nx].

        b: [..., M - 2, nx]; g: [..., M + 1, nx]; path: [..., nx]"""
        once, twice = (q.movedim(-1, 1) for q in flights.every(g[..., 3:, :]))
        found: tuple[Tensor, Tensor] = self.module(b.mT, g.mT, once, twice, path)
        return found

    def diffusivity(self, gas: Gas, eps: Tensor) -> float:
        return 0.0


class Convolutional(Generalised):
    """The closure of a file that convolves along the mesh that it was trained on: see kinetic.closure.convolutional."""

    def __init__(self, module: Any, cells: int):
        """cells: of that mesh."""
        super().__init__(module.local)
        self._whole, self._cells = module, cells
        self.equations = self.equations._replace(closing=Closing(ASKED))

    def answer(self, b: Tensor, g: Tensor, path: Tensor, flights: Flights) -> tuple[Tensor, Tensor]:
        """Raises UserError for another mesh, and for walls."""
        if b.shape[-1] != self._cells or not flights.periodic:
            raise UserError(
                f"a convolutional closure for {self._cells} cells and periodic flows, got {b.shape[-1]} cells"
                f"{'' if flights.periodic else ' and walls'}; train one on such data, or one without `stencil`"
            )
        found: tuple[Tensor, Tensor] = self._whole(b.mT, g.mT, path, flights.dx)
        return found
