"""Fluxes at the faces of the cells, from moments and fluxes in them.

F is split as (F +- s m) / 2 with s the fastest signal in each flow; each part comes from where it is upwind, by WENO-Z,
within what is a gas (kinetic.numerics.positivity). All moments of a cell are reconstructed alike, by how smooth the gas
is there: those of a fast gas are large numbers that nearly cancel, and no longer do if each of them is limited by
itself."""

import torch
from torch import Tensor

from kinetic.moments.hermite import Gas
from kinetic.moments.variables import Variables
from kinetic.numerics.positivity import limited
from kinetic.numerics.weno import GHOSTS, combined, shares, smoothness


def fluxes(variables: Variables, m: Tensor, flux: Tensor, gas: Gas, speed: Tensor) -> Tensor:
    """m, flux: [..., M + 1, nx + 6]; gas, and speed, that of its signals: [..., nx + 6] -> [..., M + 1, nx + 1]"""
    s, beta = speed.amax(-1)[..., None, None], roughness(variables, gas)
    split = torch.stack([flux + s * m, (flux - s * m).flip(-1)])
    upwind, share = split[..., GHOSTS - 1 : -GHOSTS], shares(torch.stack([beta, beta.flip(-2, -1)]))
    sign = torch.tensor([1.0, -1.0], dtype=m.dtype, device=m.device)[:, None, None, None]
    forward, backward = (sign * limited(sign * combined(split, share), sign * upwind)).unbind()
    return 0.5 * (forward + backward.flip(-1))


def roughness(variables: Variables, gas: Gas) -> Tensor:
    """`smoothness` of density, velocity, pressure and higher moments, seen by the gas and over their size in the cell:
    [..., 3, nx + 2]."""
    moments, sizes = variables.departures(gas)
    p = gas.rho * gas.theta
    fields = torch.cat([torch.stack([gas.rho, gas.u, p], -2), moments], -2)
    scales = torch.cat([torch.stack([gas.rho, gas.theta.sqrt(), p], -2), sizes], -2)[..., None, 2:-2]
    return (smoothness(fields) / scales.square()).sum(-3)
