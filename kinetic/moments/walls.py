"""Moments beyond the ends of the tube, and their flux through a diffuse wall."""

import math

import numpy as np
import torch
from numpy.polynomial import legendre
from torch import Tensor

from kinetic.flow import Wall
from kinetic.moments.hermite import Hermite, powers
from kinetic.moments.variables import Variables
from trainer.errors import UserError

NODES, REACH = 48, 9.0  # of the integrals over half of the velocities; how far, in units of sqrt(theta)


class Ends:
    """Both walls of a tube."""

    def __init__(self, variables: Variables, ghosts: int, left: Wall, right: Wall, device: torch.device):
        """ghosts: cells beyond each end that `pad` adds. Raises UserError for a diffuse wall where the moments are not
        those of powers of v."""
        if "diffuse" in (left.kind, right.kind) and not isinstance(variables, Hermite):
            raise UserError(
                "walls: learned moments take periodic, reflecting, inflow and outflow, got diffuse; hme-M and waves-M "
                "take it"
            )
        self._variables, self._ghosts, self._walls = variables, ghosts, (left, right)
        count = variables.order + 2
        parity = (-1.0) ** torch.arange(count, dtype=torch.float64, device=device)[:, None]
        self._mirror = torch.ones_like(parity), parity  # of v, so that each wall is on the left
        self._incoming = [self._maxwellian(wall, device) for wall in self._walls]
        self._emitted = [emitted(wall.temperature, count, device) for wall in self._walls]
        nodes, weights = (torch.from_numpy(q).to(device) for q in legendre.leggauss(NODES))
        self._nodes, self._weights = nodes, weights

    def pad(self, m: Tensor) -> Tensor:
        """m: [..., M + 1, nx] -> [..., M + 1, nx + 2 ghosts]."""
        if self._walls[0].kind == "periodic":
            return torch.cat([m[..., -self._ghosts :], m, m[..., : self._ghosts]], -1)
        return torch.cat([self._beyond(m, 0), m, self._beyond(m.flip(-1), 1).flip(-1)], -1)

    def flux(self, flux: Tensor, m: Tensor) -> Tensor:
        """`flux` [..., M + 1, nx + 1] with that through diffuse walls, where what goes out comes in again."""
        left, right = (wall.kind == "diffuse" for wall in self._walls)
        parts = [self._diffuse(m, 0)[..., 1:, :]] if left else [flux[..., :1]]
        parts.append(flux[..., 1:-1])
        parts.append(self._diffuse(m.flip(-1), 1)[..., 1:, :] if right else flux[..., -1:])
        return torch.cat(parts, -1) if left or right else flux

    def _beyond(self, m: Tensor, side: int) -> Tensor:
        """Ghost cells to the left of m; for the right wall m comes mirrored in x."""
        kind, shape = self._walls[side].kind, (*m.shape[:-1], self._ghosts)
        if kind == "reflecting":
            return m[..., : self._ghosts].flip(-1) * self._mirror[1][:-1]
        if kind == "diffuse":
            return self._diffuse(m, side)[..., :-1, :].expand(shape)
        return (self._incoming[side] if kind == "inflow" else m[..., :1]).expand(shape)

    def _maxwellian(self, wall: Wall, device: torch.device) -> Tensor:
        values = (wall.density, wall.velocity, wall.temperature)
        rho, u, theta = (torch.full((1,), value, dtype=torch.float64, device=device) for value in values)
        return self._variables.equilibrium(rho, u, theta)

    def _diffuse(self, m: Tensor, side: int) -> Tensor:
        """m_0 .. m_(M+1) at the wall [..., M + 2, 1]: what arrives from the next cell, by its Hermite expansion, and a
        half Maxwellian of the wall's temperature of such a density that nothing is lost.

        The law of the wall for f, in moments: after H. Grad, Commun. Pure Appl. Math. 2, 331 (1949)."""
        sign = self._mirror[side]
        arriving = self._arriving(m[..., :1] * sign[:-1])
        leaving = self._emitted[side]
        return sign * (arriving - leaving * (arriving[..., 1:2, :] / leaving[1:2]))

    def _arriving(self, m: Tensor) -> Tensor:
        """int_(v < 0) v^k f dv, k = 0 .. M + 1. m: [..., M + 1, 1] -> [..., M + 2, 1]"""
        gas = self._variables.gas(m)
        scale = gas.theta.sqrt()
        end = (-gas.u / scale).clamp(-REACH, REACH)  # xi of molecules at rest
        half = 0.5 * (end + REACH)
        xi = half * (self._nodes + 1.0) - REACH  # [..., NODES]
        count = self._variables.order + 1
        series = (gas.a / factorials(count, m.device) * polynomials(xi, count)).sum(-2)
        f = gas.rho * series * torch.exp(-0.5 * xi.square()) / math.sqrt(2.0 * math.pi) * (half * self._weights)
        return (powers(gas.u + scale * xi, count + 1) * f.unsqueeze(-2)).sum(-1, keepdim=True)


def emitted(theta: float, count: int, device: torch.device) -> Tensor:
    """int_(v > 0) v^k exp(-v^2 / 2 theta) / sqrt(2 pi theta) dv, k = 0 .. count - 1: [count, 1]"""
    k = range(count)
    values = [(2.0 * theta) ** (0.5 * j) * math.gamma(0.5 * (j + 1)) / (2.0 * math.sqrt(math.pi)) for j in k]
    return torch.tensor(values, dtype=torch.float64, device=device)[:, None]


def factorials(count: int, device: torch.device) -> Tensor:
    """[count, 1] k!"""
    return torch.from_numpy(np.cumprod([1.0, *range(1, count)])).to(device)[:, None]


def polynomials(xi: Tensor, count: int) -> Tensor:
    """He_0 .. He_(count - 1): [..., n] -> [..., count, n]"""
    found = [torch.ones_like(xi), xi]
    for k in range(1, count - 1):
        found.append(xi * found[k] - k * found[k - 1])
    return torch.stack(found[:count], -2)
