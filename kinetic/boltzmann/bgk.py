"""The BGK model in one velocity dimension, by discrete velocities.

d_t f + v d_x f = (M[f] - f) / eps(x),  M[f] the Maxwellian with the density, velocity and temperature of f
(Bhatnagar, Gross, Krook, Phys. Rev. 94, 511 (1954)). Conservative to rounding: M is matched on the velocity grid."""

import torch
from torch import Tensor

from kinetic import kernels
from kinetic.boltzmann.streaming import DiscreteVelocities
from kinetic.gas import maxwellian_moments
from kinetic.numerics.imex import Marched, Way

ORDER = 8  # the highest moment that solutions keep


class BGK(DiscreteVelocities):
    """f: [B, nv, nx]. Collisions are solved exactly, since moments of f that M is made of do not change in one."""

    dimension, slides = 1, False

    def maxwellian(self, rho: Tensor, u: Tensor, w: Tensor, theta: Tensor) -> Tensor:
        return self.velocities.maxwellian(maxwellian_moments(rho, u, theta, 2))

    def marginal(self, f: Tensor) -> Tensor:
        return f

    def moments(self, f: Tensor) -> Tensor:
        """m_0 .. m_ORDER: [B, ORDER + 1, nx]."""
        return self.velocities.moments(f, ORDER)

    def several_steps(self, f: Tensor, way: Way) -> Marched | None:
        if not kernels.usable(f):
            return None
        longest = self.longest_step(f, way.courant)
        grid = self.velocities.v, self.velocities.dv, self._rate
        return kernels.march_bgk(*grid, self._ends.both, f, self.eps, way, longest)

    def relax(self, f: Tensor, dt: float) -> Tensor:
        weight = dt / (self.eps + dt)  # as a step towards M, rounding of the weight cannot create or destroy gas
        if kernels.usable(f):
            found = kernels.collide(self.velocities.v, self.velocities.dv, f, weight.expand(len(f), 1, -1))
            if found is not None:
                return found  # else torch says what is wrong
        return torch.lerp(f, self.velocities.maxwellian(self.velocities.moments(f, 2)), weight)
