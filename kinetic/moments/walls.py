"""Moments beyond the ends of the tube, and their flux through a diffuse wall."""

import torch
from numpy.polynomial import legendre
from torch import Tensor

from kinetic.flow import Wall
from kinetic.kernels import Pair
from kinetic.kernels.moments import Known
from kinetic.moments.variables import Variables

NODES, REACH = 48, 9.0  # of the integrals over half of the velocities; how far, in units of sqrt(theta)


class Ends:
    """Both walls of a tube."""

    def __init__(self, variables: Variables, ghosts: int, left: Wall, right: Wall, device: torch.device):
        """ghosts: cells beyond each end that `pad` adds."""
        self._variables, self._ghosts, self._walls = variables, ghosts, (left, right)
        parity = variables.parity[:, None]
        self._mirror = torch.ones_like(parity), parity  # of v, so that each wall is on the left
        self._incoming = [self._maxwellian(wall, device) for wall in self._walls]
        nodes, weights = (torch.from_numpy(q).to(device) for q in legendre.leggauss(NODES))
        self._across, of_across = variables.across
        count = len(of_across)
        self._nodes, self._weights = nodes.repeat_interleave(count), torch.outer(weights, of_across).flatten()
        self._across = self._across.repeat(NODES)

    def pad(self, m: Tensor) -> Tensor:
        """m: [..., M + 1, nx] -> [..., M + 1, nx + 2 ghosts]."""
        left, right = self.ghosts(m)
        if left is None or right is None:
            return torch.cat([m[..., -self._ghosts :], m, m[..., : self._ghosts]], -1)
        return torch.cat([left, m, right], -1)

    def flux(self, flux: Tensor, m: Tensor) -> Tensor:
        """`flux` [..., M + 1, nx + 1] with that through diffuse walls, where what goes out comes in again."""
        left, right = self.through(m)
        if left is None and right is None:
            return flux
        parts = [flux[..., :1] if left is None else left, flux[..., 1:-1], flux[..., -1:] if right is None else right]
        return torch.cat(parts, -1)

    def known(self, m: Tensor) -> Known:
        """For compiled loops."""
        return Known(self.ghosts(m), self.through(m))

    def ghosts(self, m: Tensor) -> Pair:
        """Cells beyond each end [..., M + 1, ghosts]; none where the flow is periodic."""
        if self._walls[0].kind == "periodic":
            return None, None
        return self._beyond(m, 0), self._beyond(m.flip(-1), 1).flip(-1)

    def through(self, m: Tensor) -> Pair:
        """The flux through diffuse walls [..., M + 1, 1]."""
        left, right = (wall.kind == "diffuse" for wall in self._walls)
        return self._diffuse(m, 0)[1] if left else None, self._diffuse(m.flip(-1), 1)[1] if right else None

    def _beyond(self, m: Tensor, side: int) -> Tensor:
        """Ghost cells to the left of m; for the right wall m comes mirrored in x."""
        kind, shape = self._walls[side].kind, (*m.shape[:-1], self._ghosts)
        if kind == "reflecting":
            return m[..., : self._ghosts].flip(-1) * self._mirror[1]
        if kind == "diffuse":
            return self._diffuse(m, side)[0].expand(shape)
        return (self._incoming[side] if kind == "inflow" else m[..., :1]).expand(shape)

    def _maxwellian(self, wall: Wall, device: torch.device) -> Tensor:
        values = (wall.density, wall.velocity, wall.temperature)
        rho, u, theta = (torch.full((1,), value, dtype=torch.float64, device=device) for value in values)
        return self._variables.equilibrium(rho, u, theta)

    def _diffuse(self, m: Tensor, side: int) -> tuple[Tensor, Tensor]:
        """m and F at the wall, both [..., M + 1, 1]: what arrives from the next cell, as its expansion has it where it
        is not negative, and a half Maxwellian of the wall's temperature of such a density that nothing is lost.

        The law of the wall for f, in moments: after H. Grad, Commun. Pure Appl. Math. 2, 331 (1949)."""
        sign = self._mirror[side]
        gas = self._variables.gas(m[..., :1] * sign)
        scale = gas.theta.sqrt()
        half = 0.5 * ((-gas.u / scale).clamp(-REACH, REACH) + REACH)  # from the fastest to molecules at rest
        xi = half * (self._nodes + 1.0) - REACH  # [..., NODES times those across the tube]
        f = self._variables.expansion(gas, xi, self._across).clamp(min=0.0)
        arriving = gas.rho * f * half * self._weights
        out = 0.5 * REACH * (self._nodes + 1.0)
        leaving = torch.exp(-0.5 * out.square()) * self._weights
        warmth = self._walls[side].temperature
        v, emitted = gas.u + scale * xi, warmth**0.5 * out
        leaving = leaving * (-(arriving * v).sum(-1, keepdim=True) / (leaving * emitted).sum())
        pairs = (v, emitted), (gas.theta * self._across, warmth * self._across), (arriving, leaving)
        state, flux = self._variables.measured(*(torch.cat([a, b.expand(v.shape)], -1) for a, b in pairs))
        return sign * state, (flux if side == 0 else -sign * flux)
