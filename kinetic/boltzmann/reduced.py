"""Three velocity dimensions, of which one is along the tube: reduced distributions (Chu, Phys. Fluids 8, 12 (1965)).

    g = int f dv_y dv_z,  h = int (v_y^2 + v_z^2) f dv_y dv_z,  k = int v_y f dv_y dv_z

of f(x, v, v_y, v_z). k, the momentum along the walls, is needed only where one of them slides."""

import torch
from torch import Tensor

from kinetic.boltzmann.fluid import Fluid, fluid
from kinetic.boltzmann.streaming import DiscreteVelocities
from kinetic.boltzmann.velocities import Velocities
from kinetic.flow import Flow


class Reduced(DiscreteVelocities):
    """f: [B, 2, nv, nx], g and h, or [B, 3, nv, nx], and k too, where a wall slides."""

    dimension = 3

    def __init__(self, flow: Flow, velocities: Velocities):
        self._slides = flow.slides
        super().__init__(flow, velocities)

    def marginal(self, f: Tensor) -> Tensor:
        return f[..., :1, :, :]

    def fluid(self, f: Tensor) -> Fluid:
        """Raises UserError unless density and temperature are positive."""
        g, h, *k = f.unbind(-3)
        return fluid(self.velocities, g, h, k[0] if k else None, self.dimension)

    def moments(self, f: Tensor) -> Tensor:
        return self.fluid(f).moments(self.dimension)

    def stacked(self, g: Tensor, h: Tensor, k: Tensor) -> Tensor:
        """f of g, h and k, each [..., nv, nx]."""
        return torch.stack([g, h, k] if self._slides else [g, h], -3)
