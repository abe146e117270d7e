"""Distributions at the ends of the tube: ghost cells for the stencils, and the flux through a diffuse wall."""

from typing import NamedTuple

import torch
from torch import Tensor

from kinetic.boltzmann.velocities import Velocities
from kinetic.flow import Wall
from kinetic.gas import maxwellian_moments
from kinetic.numerics.weno import GHOSTS


class End(NamedTuple):
    """One wall. Arrays of the right wall are mirrored in x and v, so that one formula serves both ends."""

    kind: str
    incoming: Tensor  # [nv, 1] the Maxwellian that comes in, or that a diffuse wall emits at unit density


class Ends:
    """Both walls of a tube."""

    def __init__(self, velocities: Velocities, left: Wall, right: Wall):
        """Raises UserError when the velocities do not resolve a wall's Maxwellian."""
        self._v = velocities.v[:, None]
        self._ends = [End(wall.kind, incoming(velocities, wall)) for wall in (left, right)]
        self._ends[1] = self._ends[1]._replace(incoming=self._ends[1].incoming.flip(-2))

    def pad(self, f: Tensor) -> Tensor:
        """f: [..., nv, nx] -> [..., nv, nx + 6] with GHOSTS at both ends."""
        if self._ends[0].kind == "periodic":
            return torch.cat([f[..., -GHOSTS:], f, f[..., :GHOSTS]], -1)
        left = self._ghosts(f, self._ends[0])
        right = self._ghosts(f.flip(-1, -2), self._ends[1]).flip(-1, -2)
        return torch.cat([left, f, right], -1)

    def flux(self, flux: Tensor, f: Tensor) -> Tensor:
        """`flux` [..., nv, nx + 1] with that through diffuse walls, where what goes out comes in again."""
        left, right = self._ends
        if left.kind == "diffuse":
            flux[..., :1] = self._v * self._wall(f, left)
        if right.kind == "diffuse":
            flux[..., -1:] = self._v * self._wall(f.flip(-1, -2), right).flip(-2)
        return flux

    def _ghosts(self, f: Tensor, end: End) -> Tensor:
        """Three cells to the left of f."""
        if end.kind == "reflecting":
            return f[..., :GHOSTS].flip(-1, -2)
        if end.kind == "outflow":
            return f[..., :1].expand(*f.shape[:-1], GHOSTS)
        if end.kind == "inflow":
            return end.incoming.expand(*f.shape[:-1], GHOSTS)
        return 2.0 * self._wall(f, end) - f[..., :GHOSTS].flip(-1)  # so that a straight line goes through the wall

    def _wall(self, f: Tensor, end: End) -> Tensor:
        """f [..., nv, 1] at a diffuse wall on the left: rho_w M_w for v > 0, as much as what arrives with v < 0."""
        arriving = (1.5 * f[..., :1] - 0.5 * f[..., 1:2]).clamp(min=0.0) * (self._v < 0)
        leaving = end.incoming * (self._v > 0)
        density = -(self._v * arriving).sum(-2, keepdim=True) / (self._v * leaving).sum(-2, keepdim=True)
        return arriving + density * leaving


def incoming(velocities: Velocities, wall: Wall) -> Tensor:
    """[nv, 1] the Maxwellian of a wall, whose moments on the grid are exact."""
    if wall.kind not in ("inflow", "diffuse"):
        return torch.zeros_like(velocities.v[:, None])
    at_rest = wall.kind == "diffuse"
    values = (1.0 if at_rest else wall.density, 0.0 if at_rest else wall.velocity, wall.temperature)
    rho, u, theta = (torch.full((1,), x, dtype=torch.float64, device=velocities.v.device) for x in values)
    velocities.check(u, theta)
    return velocities.maxwellian(maxwellian_moments(rho, u, theta, 2))
