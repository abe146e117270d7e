"""The Boltzmann equation in two velocity dimensions, one of them along the tube: d_t f + v d_x f = Q(f, f) / eps(x).

1 / eps is the frequency of collisions of Maxwell molecules at unit density; their stress relaxes at half of that rate.

A step of the collisions solves z = f + dt Q(z, z) / eps, Q = gain - f times a frequency nu, as the fixed point of

    z = (f + dt gain(z) / eps) / (1 + dt nu(z) / eps),

so that z is a Maxwellian as eps -> 0, whatever dt. It contracts: gain(z) / nu(z) keeps at most 3/4 of what is not in
equilibrium, for Maxwell molecules (the rate of the fourth moments is 1/4). Anderson's mixing, cell by cell, makes it
faster (J. ACM 12, 547 (1965)). Q conserves to its own accuracy; the Maxwellian times a combination of the collision
invariants, added in every round, makes that rounding."""

import torch
from torch import Tensor

from kinetic.boltzmann.fast_spectral import FastSpectral
from kinetic.boltzmann.fluid import fluid
from kinetic.boltzmann.streaming import DiscreteVelocities
from kinetic.flow import Flow
from kinetic.gas import maxwellian_moments
from trainer.errors import UserError

CLOSE = 1e-5  # residual of the fixed point, over the density: below the error of Q on usual grids
ROUNDS = 60


class Boltzmann(DiscreteVelocities):
    """f: [B, N, N, nx], velocities along the walls, then along the tube."""

    dimension, slides = 2, True

    def __init__(self, flow: Flow, collision: FastSpectral):
        super().__init__(flow, collision.velocities)
        self.collision = collision
        v, v_y = self.velocities.v, self.velocities.v[:, None]
        one = torch.ones_like(v * v_y)
        self._basis = torch.stack([one, v * one, v**2 + v_y**2, v_y * one])  # [4, N, N]

    def maxwellian(self, rho: Tensor, u: Tensor, w: Tensor, theta: Tensor) -> Tensor:
        along = self.velocities.maxwellian(maxwellian_moments(rho, u, theta, 2))
        across = self.velocities.maxwellian(maxwellian_moments(torch.ones_like(rho), w, theta, 2))
        return across.unsqueeze(-2) * along.unsqueeze(-3)

    def marginal(self, f: Tensor) -> Tensor:
        return f.sum(-3, keepdim=True) * self.velocities.dv

    def moments(self, f: Tensor) -> Tensor:
        v, dv = self.velocities.v[:, None, None], self.velocities.dv
        g, k, h = ((f * weight).sum(-3) * dv for weight in (torch.ones_like(v), v, v.square()))
        return fluid(self.velocities, g, h, k, self.dimension).moments(self.dimension)

    def relax(self, f: Tensor, dt: float) -> Tensor:
        conserved = self._invariants(f)
        rho, u, w = conserved[..., 0, :], *(conserved[..., k, :] / conserved[..., 0, :] for k in (1, 3))
        m = self.maxwellian(rho, u, w, 0.5 * (conserved[..., 2, :] / rho - u.square() - w.square()))
        gram = torch.einsum("aij,bij,...ijx->...xab", self._basis, self._basis, m) * self.velocities.dv**2
        inverse = torch.linalg.inv(gram)

        def kept(z: Tensor) -> Tensor:
            """z with the invariants of f."""
            c = torch.einsum("...xab,...bx->...ax", inverse, conserved - self._invariants(z))
            return z + m * torch.einsum("...ax,aij->...ijx", c, self._basis)

        share = dt / self.eps
        rate = (
            share * 0.625 * rho[..., None, None, :]
        )  # midway between the slowest and the fastest of Maxwell molecules
        z = torch.lerp(f, m, rate / (1.0 + rate))
        last, before = None, z
        for _ in range(ROUNDS):
            gain, frequency = (q.movedim(-3, -1) for q in self.collision.parts(z.movedim(-1, -3)))
            image = kept((f + share * gain) / (1.0 + share * frequency))
            residual = image - z
            if bool((residual.abs().sum((-3, -2)) < CLOSE * f.sum((-3, -2))).all()):
                return kept(image)  # once more, which is rounding
            z = image if last is None else image - mixing(residual, residual - before) * (image - last)
            last, before = image, residual
        raise UserError("the step of the collisions has no solution: use more velocities, or a higher limit")

    def _invariants(self, f: Tensor) -> Tensor:
        """Density, momentum, twice the energy, momentum along the walls: [..., 4, nx]."""
        return torch.einsum("aij,...ijx->...ax", self._basis, f) * self.velocities.dv**2


def mixing(residual: Tensor, change: Tensor) -> Tensor:
    """The share of the change that makes the residual least, in each cell: [..., 1, 1, nx]."""
    share = (residual * change).sum((-3, -2), keepdim=True) / change.square().sum((-3, -2), keepdim=True)
    return share.nan_to_num(0.0, 0.0, 0.0)  # cells in which nothing changes any more
