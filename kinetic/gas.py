"""A gas in one velocity dimension: moments m_k = int v^k f dv, density, velocity, temperature.

m_0 = rho, m_1 = rho u, m_2 = rho (u^2 + theta) = 2 E; gamma = 3. Everything is dimensionless, and theta = k_B T / m."""

import torch
from torch import Tensor

from trainer.errors import UserError


def primitive(m: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """rho, u, theta [..., nx] of moments [..., 3 or more, nx]. Raises UserError unless rho > 0 and theta > 0."""
    rho, momentum, second = m[..., 0, :], m[..., 1, :], m[..., 2, :]
    u = momentum / rho
    theta = second / rho - u.square()
    if not bool((rho > 0).all()):  # false for nan, too
        raise UserError("the density is not positive everywhere; use more cells, a smaller courant or another model")
    if not bool((theta > 0).all()):
        raise UserError(
            "the temperature is not positive everywhere; use more cells, a smaller courant or another model"
        )
    return rho, u, theta


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
