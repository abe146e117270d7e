"""Three velocity dimensions, of which one is along the tube: reduced distributions (Chu, Phys. Fluids 8, 12 (1965)).

    g = int f dv_y dv_z,  h = int (v_y^2 + v_z^2) f dv_y dv_z,  k = int v_y f dv_y dv_z

of f(x, v, v_y, v_z). k, the momentum along the walls, is needed only where one of them slides. The moments that
collisions ask for are sums over v of these, with c = v - u, w the velocity along y, theta the temperature:

    2 E = int (v^2 g + h) dv = rho (u^2 + w^2 + 3 theta),  P_xx = int c^2 g dv,  P_xy = int c (k - w g) dv,
    q = 1/2 int c (c^2 g + h - 2 w k + w^2 g) dv
"""

from typing import NamedTuple

import torch
from torch import Tensor

from kinetic.boltzmann.streaming import DiscreteVelocities
from kinetic.boltzmann.velocities import Velocities
from kinetic.flow import Flow
from kinetic.gas import primitive


class Fluid(NamedTuple):
    """What a distribution says of the gas, each [..., nx]."""

    rho: Tensor
    u: Tensor
    w: Tensor  # velocity along the walls
    theta: Tensor
    p_xx: Tensor
    p_xy: Tensor
    q: Tensor  # heat flux along x


class Reduced(DiscreteVelocities):
    """f: [B, 2, nv, nx], g and h, or [B, 3, nv, nx], and k too, where a wall slides."""

    dimension = 3

    def __init__(self, flow: Flow, velocities: Velocities):
        self._slides = flow.slides
        super().__init__(flow, velocities)
        self._eps = flow.knudsen  # [B, nx]

    def marginal(self, f: Tensor) -> Tensor:
        return f[..., :1, :, :]

    def fluid(self, f: Tensor) -> Fluid:
        """Raises UserError unless density and temperature are positive."""
        g = self.velocities.moments(f[..., 0, :, :], 3)
        h = self.velocities.moments(f[..., 1, :, :], 1)
        k = self.velocities.moments(f[..., 2, :, :], 1) if self._slides else torch.zeros_like(h)
        rho, u, theta = primitive(
            torch.stack([g[..., 0, :], g[..., 1, :], g[..., 2, :] + h[..., 0, :], k[..., 0, :]], -2), 3
        )
        w = k[..., 0, :] / rho
        p_xx = g[..., 2, :] - u * g[..., 1, :]
        p_xy = k[..., 1, :] - u * k[..., 0, :]
        cubic = g[..., 3, :] - 3.0 * u * p_xx - u.square() * g[..., 1, :]  # int c^3 g dv
        q = 0.5 * (cubic + h[..., 1, :] - u * h[..., 0, :]) - w * p_xy
        return Fluid(rho, u, w, theta, p_xx, p_xy, q)

    def moments(self, f: Tensor) -> Tensor:
        """rho, rho u, 2 E, rho w, P_xx, P_xy, q: [B, 7, nx]."""
        rho, u, w, theta, p_xx, p_xy, q = self.fluid(f)
        energy = rho * (u.square() + w.square() + 3.0 * theta)
        return torch.stack([rho, rho * u, energy, rho * w, p_xx, p_xy, q], -2)

    def stacked(self, g: Tensor, h: Tensor, k: Tensor) -> Tensor:
        """f of g, h and k, each [..., nv, nx]."""
        return torch.stack([g, h, k] if self._slides else [g, h], -3)
