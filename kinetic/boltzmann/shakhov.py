"""Shakhov's model: BGK with the right heat flux.

d_t f + v d_x f = (S[f] - f) / eps,  S = M [1 + (1 - Pr) q . c / (5 rho theta^2) (|c|^2 / theta - 5)],

so that stress relaxes at the rate 1 / eps and heat flux at Pr / eps, as in the ellipsoidal model; S may be negative
far from equilibrium. (Shakhov, Fluid Dyn. 3, 95 (1968).) In the reduced distributions, M_1 the Maxwellian along x,

    g_S = M_1 [1 + a c (c^2 / theta - 3)],  h_S = 2 theta M_1 [1 + a c (c^2 / theta - 1)],

with a = (1 - Pr) q / (5 rho theta^2)."""

import torch
from torch import Tensor

from kinetic.boltzmann.reduced import Reduced
from kinetic.boltzmann.velocities import Velocities, newton
from kinetic.flow import Flow
from kinetic.gas import maxwellian_moments
from trainer.errors import UserError


class Shakhov(Reduced):
    """Collisions are solved exactly: the heat flux that S is made of relaxes by itself."""

    slides = False  # S would need the heat flux along the walls, which g, h and k do not tell

    def __init__(self, flow: Flow, velocities: Velocities, prandtl: float):
        """Raises UserError for a Prandtl number that is not positive."""
        if not prandtl > 0:
            raise UserError(f"prandtl: expected a number above 0, got {prandtl:g}")
        super().__init__(flow, velocities)
        self.prandtl = prandtl

    def maxwellian(self, rho: Tensor, u: Tensor, w: Tensor, theta: Tensor) -> Tensor:
        g = self.velocities.maxwellian(maxwellian_moments(rho, u, theta, 2))
        return self.stacked(g, 2.0 * theta.unsqueeze(-2) * g, g)

    def relax(self, f: Tensor, dt: float) -> Tensor:
        fluid = self.fluid(f)
        q = fluid.q * self._eps / (self._eps + self.prandtl * dt)
        a = (1.0 - self.prandtl) * q / (5.0 * fluid.rho * fluid.theta.square())
        a, u, theta = (x.unsqueeze(-2) for x in (a, fluid.u, fluid.theta))
        conserved = maxwellian_moments(fluid.rho, fluid.u, fluid.theta, 2)
        m = self.velocities.maxwellian(conserved)
        c = self.velocities.v[:, None] - u
        ac, square = a * c, c.square() / theta
        g, h = m * (1.0 + ac * (square - 3.0)), 2.0 * theta * m * (1.0 + ac * (square - 1.0))
        # the continuous integrals of the terms with a are 0, their sums over the grid are not quite
        found = self.velocities.moments(g, 2)
        energy = conserved[..., 2, :] + 2.0 * fluid.rho * fluid.theta - self.velocities.moments(h, 0)[..., 0, :]
        left = torch.stack([conserved[..., 0, :], conserved[..., 1, :], energy], -2) - found
        g = g + m * self.velocities.polynomial(newton(self.velocities.moments(m, 4), left))
        return torch.lerp(f, self.stacked(g, h, g), dt / (self.eps + dt))
