"""A gas: what its molecules are, its moments, density, velocity and temperature.

In one velocity dimension moments are m_k = int v^k f dv: m_0 = rho, m_1 = rho u, m_2 = rho (u^2 + theta) = 2 E. In D
of them 2 E = rho (u^2 + w^2 + D theta), w the velocity along the walls; gamma = (D + 2) / D. Everything is
dimensionless, and theta = k_B T / m."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from trainer.errors import UserError

UNITS = {"velocity": "sqrt(k_B T / m)", "everything else": "dimensionless"}  # of model files
LOST = "the {} everywhere; use more cells, a smaller courant or another model"


class LostGas(UserError):
    """A density or a temperature that is not positive any more."""


@dataclass(frozen=True)
class Molecules:
    """What the gas consists of, for the models that ask.

    prandtl: Prandtl number, of shakhov and es-bgk: 2/3 for a monatomic gas.
    exponent: alpha of boltzmann, whose molecules collide in proportion to (relative speed)^alpha: 0 for Maxwell
        molecules, 1 for hard disks.
    """

    prandtl: float = 2 / 3
    exponent: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.exponent <= 2.0:
            raise UserError(f"exponent: expected a number from 0 to 2, got {self.exponent:g}")
        if not 0.0 < self.prandtl < math.inf:
            raise UserError(f"prandtl: expected a number above 0, got {self.prandtl:g}")


def primitive(m: Tensor, dimension: int = 1) -> tuple[Tensor, Tensor, Tensor]:
    """rho, u, theta [..., nx] of moments [..., 3 or more, nx]: rho, rho u, 2 E and, in several dimensions, rho w.

    Raises LostGas unless rho > 0 and theta > 0."""
    rho, momentum, second = m[..., 0, :], m[..., 1, :], m[..., 2, :]
    u = momentum / rho
    theta = second / rho - u.square()
    if dimension > 1:
        theta = (theta - (m[..., 3, :] / rho).square()) / dimension
    if not bool((rho > 0).all()):  # false for nan, too
        raise LostGas(LOST.format("density is not positive"))
    if not bool((theta > 0).all()):
        raise LostGas(LOST.format("temperature is not positive"))
    return rho, u, theta


def scales(m: Tensor) -> Tensor:
    """m_0^2, m_0 m_2, m_2^2: what squares of errors in density, momentum and energy are relative to, since a momentum
    may be 0. [..., 3 or more, nx] -> [..., 3, nx]"""
    rho, second = m[..., 0, :], m[..., 2, :]
    return torch.stack([rho.square(), rho * second, second.square()], -2)


def maxwellian_moments(rho: Tensor, u: Tensor, theta: Tensor, order: int) -> Tensor:
    """m_(k+1) = u m_k + k theta m_(k-1), of rho exp(-(v - u)^2 / 2 theta) / sqrt(2 pi theta).

    rho, u, theta: [..., nx] -> [..., order + 1, nx]."""
    m = [rho, rho * u]
    for k in range(1, order):
        m.append(u * m[k] + k * theta * m[k - 1])
    return torch.stack(m[: order + 1], -2)


def maxwellian(rho: Tensor, u: Tensor, theta: Tensor, v: Tensor) -> Tensor:
    """rho exp(-(v - u)^2 / 2 theta) / sqrt(2 pi theta). rho, u, theta: [..., nx], v: [nv] -> [..., nv, nx]."""
    rho, u, theta = rho.unsqueeze(-2), u.unsqueeze(-2), theta.unsqueeze(-2)
    return rho / (2 * torch.pi * theta).sqrt() * torch.exp(-0.5 * (v[:, None] - u).square() / theta)
