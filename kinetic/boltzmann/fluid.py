"""What a distribution in several velocity dimensions says of the gas, from three integrals of it over all but v.

With g = int f, h = int (v_y^2 + ...) f and k = int v_y f, c = v - u, w the velocity along y, theta the temperature:

    2 E = int (v^2 g + h) dv = rho (u^2 + w^2 + D theta),  P_xx = int c^2 g dv,  P_xy = int c (k - w g) dv,
    q = 1/2 int c (c^2 g + h - 2 w k + w^2 g) dv
"""

from typing import NamedTuple

import torch
from torch import Tensor

from kinetic.boltzmann.velocities import Velocities
from kinetic.gas import primitive


class Fluid(NamedTuple):
    """Each [..., nx]."""

    rho: Tensor
    u: Tensor
    w: Tensor  # velocity along the walls
    theta: Tensor
    p_xx: Tensor
    p_xy: Tensor
    q: Tensor  # heat flux along x

    def moments(self, dimension: int) -> Tensor:
        """rho, rho u, 2 E, rho w, P_xx, P_xy, q: [..., 7, nx]."""
        energy = self.rho * (self.u.square() + self.w.square() + dimension * self.theta)
        momentum = self.rho * self.u, energy, self.rho * self.w
        return torch.stack([self.rho, *momentum, self.p_xx, self.p_xy, self.q], -2)


def fluid(velocities: Velocities, g: Tensor, h: Tensor, k: Tensor | None, dimension: int) -> Fluid:
    """g, h, k: [..., nv, nx]; without k nothing moves along the walls.

    Raises UserError unless density and temperature are positive."""
    of_g, of_h = velocities.moments(g, 3), velocities.moments(h, 1)
    of_k = torch.zeros_like(of_h) if k is None else velocities.moments(k, 1)
    mass, momentum, square, cube = of_g.unbind(-2)
    rho, u, theta = primitive(torch.stack([mass, momentum, square + of_h[..., 0, :], of_k[..., 0, :]], -2), dimension)
    w = of_k[..., 0, :] / rho
    p_xx = square - u * momentum
    p_xy = of_k[..., 1, :] - u * of_k[..., 0, :]
    cubic = cube - 3.0 * u * p_xx - u.square() * momentum  # int c^3 g dv
    q = 0.5 * (cubic + of_h[..., 1, :] - u * of_h[..., 0, :]) - w * p_xy
    return Fluid(rho, u, w, theta, p_xx, p_xy, q)
