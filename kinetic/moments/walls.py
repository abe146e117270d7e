"""Moments beyond the ends of the tube, and their flux through walls from which molecules come."""

import math
from functools import cache
from typing import NamedTuple

import torch
from numpy.polynomial import legendre
from torch import Tensor

from kinetic.flow import Wall
from kinetic.kernels.moments import SOURCES, Known, Law
from kinetic.moments.variables import Variables

NODES, REACH = 48, 9.0  # of the integrals over half of the velocities; how far, in units of sqrt(theta)


@cache
def gauss() -> tuple[Tensor, Tensor]:
    """Nodes and weights of integrals from -1 to 1, found once."""
    nodes, weights = legendre.leggauss(NODES)
    return torch.from_numpy(nodes), torch.from_numpy(weights)


class Beam(NamedTuple):
    """Molecules: at velocities v along the tube and |v|^2 - v_x^2 = across there are f, weights included. [..., n]"""

    v: Tensor
    across: Tensor
    f: Tensor


class Ends:
    """Both walls of a tube."""

    def __init__(self, variables: Variables, ghosts: int, left: Wall, right: Wall, device: torch.device):
        """ghosts: cells beyond each end that `pad` adds."""
        self._variables, self._ghosts, self._walls = variables, ghosts, (left, right)
        parity = variables.parity[:, None]
        self._mirror = torch.ones_like(parity), parity  # of v, so that each wall is on the left
        nodes, weights = (q.to(device) for q in gauss())
        across, of_across = variables.across
        count = len(of_across)
        self._nodes, self._weights = nodes.repeat_interleave(count) + 1.0, torch.outer(weights, of_across).flatten()
        self._across = across.repeat(NODES)
        self._come = self._incoming(left, left.velocity), self._incoming(right, -right.velocity)

    @property
    def emit(self) -> bool:
        """Whether molecules come from one of them."""
        return any(wall.kind in SOURCES for wall in self._walls)

    def pad(self, m: Tensor, still: bool = False) -> Tensor:
        """m: [..., M + 1, nx] -> [..., M + 1, nx + 2 ghosts]. still: as in `known`."""
        left, right = self.known(m, still).ghosts
        if left is None or right is None:
            return torch.cat([m[..., -self._ghosts :], m, m[..., : self._ghosts]], -1)
        return torch.cat([left, m, right], -1)

    def flux(self, flux: Tensor, m: Tensor) -> Tensor:
        """`flux` [..., M + 1, nx + 1] with that through walls from which molecules come."""
        left, right = self.known(m).flux
        if left is None and right is None:
            return flux
        parts = [flux[..., :1] if left is None else left, flux[..., 1:-1], flux[..., -1:] if right is None else right]
        return torch.cat(parts, -1)

    def known(self, m: Tensor, still: bool = False) -> Known:
        """Cells beyond each end, none where the flow is periodic, and the flux through walls from which molecules come.
        still: the gas goes on beyond those as it is."""
        if self._walls[0].kind == "periodic":
            return Known()
        (left, left_flux), (right, right_flux) = self._end(m, 0, still), self._end(m.flip(-1), 1, still)
        return Known((left, right.flip(-1)), (left_flux, right_flux))

    def law(self, hermite: bool) -> Law:
        """For compiled loops, which know what comes from walls where variables are Hermite's."""
        kinds = self._walls[0].kind, self._walls[1].kind
        if not (hermite and self.emit):
            return Law(kinds, self._variables.parity)
        come = []
        for beam in self._come:
            m, flux = self._variables.measured(*beam)
            come += [m[:, 0], flux[-1:, 0]]
        densities = (0.0 if wall.kind == "diffuse" else wall.density for wall in self._walls)
        parameters = torch.cat([self._variables.parity, self._nodes, self._weights, *come])
        return Law(kinds, parameters, (NODES, REACH, *densities))

    def _end(self, m: Tensor, side: int, still: bool) -> tuple[Tensor, Tensor | None]:
        """Ghost cells to the left of m, and the flux; for the right wall m comes mirrored in x."""
        kind, shape = self._walls[side].kind, (*m.shape[:-1], self._ghosts)
        if kind == "reflecting":
            return m[..., : self._ghosts].flip(-1) * self._mirror[1], None
        if still or kind not in SOURCES:
            return m[..., :1].expand(shape), None
        state, flux = self._at_wall(m, side)
        return state.expand(shape), flux

    def _incoming(self, wall: Wall, velocity: float) -> Beam:
        """From a wall on the left: molecules of its temperature with v > 0, at unit density if there were the others,
        too. velocity: of the gas that they come from; a diffuse wall is at rest."""
        root = wall.temperature**0.5
        drift = velocity / root if wall.kind == "inflow" else 0.0
        half = 0.5 * (min(max(drift, -REACH), REACH) + REACH)
        xi = REACH - half * self._nodes
        f = torch.exp(-0.5 * xi.square()) / math.sqrt(2.0 * math.pi) * half * self._weights
        return Beam(root * (drift + xi), wall.temperature * self._across, f)

    def _at_wall(self, m: Tensor, side: int) -> tuple[Tensor, Tensor]:
        """m and F at the wall, both [..., M + 1, 1]: what arrives from the next cell, as its expansion has it where it
        is not negative, and what comes from there: of an inflow its density, of a diffuse wall as much as arrives.

        The law of the wall for f, in moments: after H. Grad, Commun. Pure Appl. Math. 2, 331 (1949)."""
        sign, come = self._mirror[side], self._come[side]
        gas = self._variables.gas(m[..., :1] * sign)
        scale = gas.theta.sqrt()
        half = 0.5 * ((-gas.u / scale).clamp(-REACH, REACH) + REACH)  # from the fastest to molecules at rest
        xi = half * self._nodes - REACH  # [..., NODES times those across the tube]
        arriving = gas.rho * self._variables.expansion(gas, xi, self._across).clamp(min=0.0) * half * self._weights
        v = gas.u + scale * xi
        wall = self._walls[side]
        lost = -(arriving * v).sum(-1, keepdim=True)
        density = lost / (come.f * come.v).sum() if wall.kind == "diffuse" else wall.density
        pairs = (v, come.v), (gas.theta * self._across, come.across), (arriving, density * come.f)
        state, flux = self._variables.measured(*(torch.cat([a, b.expand(v.shape)], -1) for a, b in pairs))
        return sign * state, (flux if side == 0 else -sign * flux)
