"""The BGK model in one velocity dimension, by discrete velocities.

d_t f + v d_x f = (M[f] - f) / eps(x),  M[f] the Maxwellian with the density, velocity and temperature of f
(Bhatnagar, Gross, Krook, Phys. Rev. 94, 511 (1954)). Conservative to rounding: M is matched on the velocity grid."""

import torch
from torch import Tensor

from kinetic.boltzmann.velocities import Velocities
from kinetic.boltzmann.walls import Ends
from kinetic.flow import Flow
from kinetic.gas import maxwellian_moments
from kinetic.numerics import weno


class BGK:
    """A System of f: [B, nv, nx]. The transport is upwind, of fifth order; collisions are solved exactly, since
    moments of f that M is made of do not change in a collision."""

    def __init__(self, flow: Flow, velocities: Velocities):
        """Raises UserError when the velocities do not resolve the flow at its start."""
        velocities.check(flow.velocity, flow.temperature)
        self.velocities, self.dx, self.eps = velocities, flow.dx, flow.knudsen[:, None]
        self._ends = Ends(velocities, flow.left, flow.right)

    def start(self, flow: Flow) -> Tensor:
        """f at t = 0: [B, nv, nx], the sum of Maxwellians, each with its moments exact on the grid."""
        parts = (flow.density, flow.velocity, flow.temperature)
        members = zip(*(part.unbind(1) for part in parts), strict=True)
        return torch.stack(
            [self.velocities.maxwellian(maxwellian_moments(gas[0], gas[1], gas[2], 2)) for gas in members]
        ).sum(0)

    def transport(self, f: Tensor) -> Tensor:
        return -torch.diff(self.flux(f), dim=-1) / self.dx

    def flux(self, f: Tensor) -> Tensor:
        """v f at the faces: [..., nv, nx + 1]."""
        padded, half = self._ends.pad(f), self.velocities.count // 2
        v = self.velocities.v[:, None]
        backward = v[:half] * weno.from_right(padded[..., :half, :])
        forward = v[half:] * weno.from_left(padded[..., half:, :])
        return self._ends.flux(torch.cat([backward, forward], -2), f)

    def relax(self, f: Tensor, dt: float) -> Tensor:
        weight = dt / (self.eps + dt)  # as a step towards M, rounding of the weight cannot create or destroy gas
        return torch.lerp(f, self.velocities.maxwellian(self.velocities.moments(f, 2)), weight)

    def longest_step(self, f: Tensor, courant: float) -> float:
        return courant * self.dx / self.velocities.limit
