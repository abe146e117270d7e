"""Moments beyond the ends of the tube."""

import torch
from torch import Tensor

from kinetic.flow import Wall
from kinetic.gas import maxwellian_moments
from trainer.errors import UserError


class Ends:
    """Both walls of a tube. Raises UserError for walls that take more than moments to describe."""

    def __init__(self, order: int, ghosts: int, left: Wall, right: Wall, device: torch.device):
        self._ghosts, self._walls = ghosts, (left, right)
        self._parity = (-1.0) ** torch.arange(order + 1, dtype=torch.float64, device=device)[:, None]
        self._incoming = []
        for wall in self._walls:
            if wall.kind == "diffuse":
                raise UserError("walls: a moment model takes periodic, reflecting, inflow or outflow, got diffuse")
            values = (wall.density, wall.velocity, wall.temperature)
            rho, u, theta = (torch.full((1,), value, dtype=torch.float64, device=device) for value in values)
            self._incoming.append(maxwellian_moments(rho, u, theta, order))

    def pad(self, m: Tensor) -> Tensor:
        """m: [..., M + 1, nx] -> [..., M + 1, nx + 2 ghosts]."""
        if self._walls[0].kind == "periodic":
            return torch.cat([m[..., -self._ghosts :], m, m[..., : self._ghosts]], -1)
        return torch.cat([self._beyond(m, 0), m, self._beyond(m.flip(-1), 1).flip(-1)], -1)

    def _beyond(self, m: Tensor, side: int) -> Tensor:
        """Ghost cells to the left of m; for the right wall m comes mirrored in x."""
        kind, shape = self._walls[side].kind, (*m.shape[:-1], self._ghosts)
        if kind == "reflecting":
            return m[..., : self._ghosts].flip(-1) * self._parity
        return (self._incoming[side] if kind == "inflow" else m[..., :1]).expand(shape)
