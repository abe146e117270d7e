"""The ellipsoidal-statistical BGK model: the right viscosity and the right heat conductivity.

d_t f + v d_x f = Pr / eps (G[f] - f),  G the Gaussian with the density and velocity of f and the covariance

    Lambda = 1 / Pr theta I + (1 - 1 / Pr) P / rho,

so that stress relaxes at the rate 1 / eps and heat flux at Pr / eps: viscosity eps rho theta, heat conductivity
5/2 eps rho theta / Pr. Entropy grows for Pr >= 2/3; Pr = 1 is BGK. (Holway, Phys. Fluids 9, 1658 (1966); Andries, Le
Tallec, Perlat, Perthame, Eur. J. Mech. B 19, 813 (2000).)"""

import torch
from torch import Tensor

from kinetic.boltzmann.reduced import Reduced
from kinetic.boltzmann.velocities import Velocities
from kinetic.flow import Flow
from kinetic.gas import maxwellian_moments
from trainer.errors import UserError


class EllipsoidalBGK(Reduced):
    """Collisions are solved exactly: what G is made of relaxes by itself."""

    slides = True

    def __init__(self, flow: Flow, velocities: Velocities, prandtl: float):
        """Raises UserError for a Prandtl number below 2/3, where G would not exist for every gas."""
        if not prandtl > 2 / 3 - 1e-12:
            raise UserError(f"prandtl: es-bgk takes numbers from 2/3 on, got {prandtl:g}; shakhov takes all above 0")
        super().__init__(flow, velocities)
        self.prandtl = prandtl

    def gaussian(self, rho: Tensor, u: Tensor, w: Tensor, theta: Tensor, xx: Tensor, xy: Tensor) -> Tensor:
        """G [..., 2 or 3, nv, nx] with Lambda_xx, Lambda_xy and the trace 3 theta.

        At v, the mean of v_y is w + b c and the variances of v_y and v_z are 3 theta - Lambda_xx (1 + b^2) in sum, b =
        Lambda_xy / Lambda_xx. The sums over v are exact, since those of g are."""
        g = self.velocities.maxwellian(maxwellian_moments(rho, u, xx, 2))
        b = xy / xx
        mean = w.unsqueeze(-2) + b.unsqueeze(-2) * (self.velocities.v[:, None] - u.unsqueeze(-2))
        variances = 3.0 * theta - xx * (1.0 + b.square())
        return self.stacked(g, (mean.square() + variances.unsqueeze(-2)) * g, mean * g)

    def maxwellian(self, rho: Tensor, u: Tensor, w: Tensor, theta: Tensor) -> Tensor:
        return self.gaussian(rho, u, w, theta, theta, torch.zeros_like(theta))

    def relax(self, f: Tensor, dt: float) -> Tensor:
        fluid = self.fluid(f)
        share = (1.0 - 1.0 / self.prandtl) * self._eps / (self._eps + dt)  # of the stress, which has relaxed by then
        xx = fluid.theta + share * (fluid.p_xx / fluid.rho - fluid.theta)
        g = self.gaussian(fluid.rho, fluid.u, fluid.w, fluid.theta, xx, share * fluid.p_xy / fluid.rho)
        rate = self.prandtl * dt
        return torch.lerp(f, g, rate / (self.eps + rate))
