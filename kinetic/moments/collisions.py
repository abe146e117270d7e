"""Collisions in moments: a step of them is solved exactly, since density, velocity and temperature stay."""

from dataclasses import dataclass

import torch
from torch import Tensor, cat, lerp

from kinetic.gas import primitive
from kinetic.moments.variables import Variables


def bgk(variables: Variables, m: Tensor, eps: Tensor, dt: float) -> Tensor:
    """z = m + dt (m[M] - z) / eps, in one velocity dimension. m: [..., M + 1, nx], eps: [..., nx]"""
    equilibrium = variables.equilibrium(*primitive(m))
    higher = lerp(m[..., 3:, :], equilibrium[..., 3:, :], (dt / (eps + dt)).unsqueeze(-2))
    return cat([m[..., :3, :], higher], -2)


@dataclass(frozen=True)
class Modes:
    """d_t b = -nu / eps V diag(rates) V^T b of moments that are 0 in equilibrium, nu = stress rho^density
    theta^temperature. By default that is BGK."""

    rates: Tensor  # [M - 2]
    vectors: Tensor  # [M - 2, M - 2] V
    stress: float = 1.0  # nu at unit density and temperature
    density: float = 0.0
    temperature: float = 0.0

    def frequency(self, rho: Tensor, theta: Tensor) -> Tensor:
        """nu"""
        return self.stress * rho**self.density * theta**self.temperature

    def relax(self, m: Tensor, often: Tensor) -> Tensor:
        """m: [..., M + 1, nx]; often: dt nu / eps [..., nx]."""
        rest = (self.vectors.mT @ m[..., 3:, :]) / (1.0 + often.unsqueeze(-2) * self.rates[:, None])
        return cat([m[..., :3, :], self.vectors @ rest], -2)


def alike(count: int, device: str | torch.device = "cpu") -> Modes:
    """All moments relax as BGK has it."""
    one = torch.ones(count, dtype=torch.float64, device=device)
    return Modes(one, torch.diag(one))
