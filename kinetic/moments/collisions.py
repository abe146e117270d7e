"""Collisions in moments: a step of them is solved exactly, since density, velocity and temperature stay."""

from torch import Tensor, cat, lerp

from kinetic.gas import primitive
from kinetic.moments.variables import Variables


def bgk(variables: Variables, m: Tensor, eps: Tensor, dt: float) -> Tensor:
    """z = m + dt (m[M] - z) / eps, in one velocity dimension. m: [..., M + 1, nx], eps: [..., nx]"""
    equilibrium = variables.equilibrium(*primitive(m))
    higher = lerp(m[..., 3:, :], equilibrium[..., 3:, :], (dt / (eps + dt)).unsqueeze(-2))
    return cat([m[..., :3, :], higher], -2)
