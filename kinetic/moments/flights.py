"""Slopes as molecules bring them: what is elsewhere, as far as one gets without a collision.

    (K q)(x) = 1 / pi int q(x') / (x - x') exp(-alpha |tau - tau'|) dx'
    (E q)(x) = q(x) - alpha / 2 int sqrt(n(x) n(x')) q(x') exp(-alpha |tau - tau'|) dx'

n = nu / (eps sqrt(theta_0)) is 1 over the mean free path and tau = int n dx counts mean free paths, at rho_0 and
theta_0, the mean density and temperature (of v_x) when the flow begins, nu(rho_0, theta_0) being what the closure says
of the frequency of collisions (1 for BGK). K is what arrives, E how far q exceeds its mean around. In a uniform gas
they make -i A and E of exp(i k x), with kappa = k eps sqrt(theta) / nu,

    A = 2 / pi atan(kappa / alpha),    E = kappa^2 / (kappa^2 + alpha^2)

derivatives, over a short length, where collisions are frequent, and Hilbert's transform and 1 where there are none.
There molecules of different speeds mix in phase at the rate |k|, which no differential equations of few moments do and
Hilbert's transform of slopes does (for plasmas: Hammett, Perkins, Phys. Rev. Lett. 64, 3019 (1990)). Beyond a
reflecting wall is the image of the tube; beyond others slopes are 0.

Closures are told K g with alpha = 1/2 and E g with alpha = 1/2 and 2 of slopes g: of odd and of even order in k.

Slopes g are over scales of the gas where they are. What flies is W g, W = rho theta^(3/2), the scale of heat fluxes,
and what arrives is over W of the gas that it comes to: K g in short, here and elsewhere, is 1 / W K (W g), and E g is
1 / W E (W g). Without it, and wherever something that jumps stands before the integral, 1 / (x - x') makes of a shock
what grows as log(1 / dx): two streams that met were the farther off, the finer the mesh. For the same reason nothing
flies of the jump between a wall and the gas beside it, which is in the flux through the wall.
"""

from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor

from kinetic import kernels
from kinetic.flow import Flow
from kinetic.gas import primitive
from kinetic.kernels.closures import last
from kinetic.kernels.moments import Local
from kinetic.moments.hermite import Gas
from kinetic.moments.integrals import Matrices, hilbert, means

RATES = (0.5, 2.0)  # alpha of E; the first one is that of K, too
DEFINITION = f"K of alpha = {RATES[0]:g}, E of {RATES[0]:g} and {RATES[1]:g}, W = rho theta^(3/2)"


def weight(gas: Gas) -> Tensor:
    """W [..., nx]"""
    return gas.rho * gas.theta * gas.theta.sqrt()


def uniform(rho: Tensor, theta: Tensor) -> Tensor:
    """nu = 1"""
    return torch.ones_like(rho)


class Flights:
    """K and E on the mesh of a flow: by matrices, or by compiled loops in a time that is proportional to nx. These have
    K to 2e-6 where there are more than 128 cells."""

    def __init__(self, flow: Flow, frequency: Callable[[Tensor, Tensor], Tensor] = uniform):
        """frequency: nu(rho_0, theta_0)."""
        self._frequency = frequency
        self._flow, self.dx, self.periodic = flow, flow.dx, flow.left.kind == "periodic"

    def every(self, local: Local, parity: Tensor) -> tuple[Tensor, Tensor]:
        """K g_k [B, M - 2, nx] and E g_k [B, len(RATES), M - 2, nx], k = 3 .. M. parity: [M - 2] of the moments in a
        reflection; that of their slopes is the opposite."""
        g = local.flown[..., 3:, :]
        if kernels.usable(g) and len(g) == len(self.free):
            kinds = self._flow.left.kind, self._flow.right.kind
            return kernels.fly(self.free, kinds, (-parity).tolist(), local.weight, g)
        weight, sign = local.weight[..., None, None, :], -parity.unsqueeze(-1)
        arrived, around = (q.of(weight * g.unsqueeze(-3), sign) / weight for q in self._matrices)
        return arrived.squeeze(-3), g.unsqueeze(-3) - around

    def last(self, local: Local) -> Tensor:
        """What closures of Hermite's moments are told (kinetic.kernels.closures.last): [B, F, nx]. In a reflection all
        of it behaves as g_(M+1) does."""
        n = local.b.shape[-2]
        odd = torch.arange(1, n + 1, device=local.b.device) % 2
        return last(*self.every(local, 1.0 - 2.0 * odd))

    @cached_property
    def free(self) -> Tensor:
        """[B, len(RATES), nx] tau across each cell, times alpha."""
        rho, _, theta = (q.mean(-1, keepdim=True) for q in primitive(self._flow.moments(2)))
        free = self.dx * self._frequency(rho, theta) / (self._flow.knudsen * theta.sqrt())
        return torch.stack([rate * free for rate in RATES], 1)

    @cached_property
    def _matrices(self) -> tuple[Matrices, Matrices]:
        """K and 1 - E"""
        return hilbert(self.free[:, :1], self._flow), means(self.free, self._flow)
