"""Flows that the tests of kinetic share."""

import math

import torch
from torch import Tensor

from kinetic import Flow, Wall


def centers(cells: int) -> Tensor:
    """[cells] of a tube of length 1."""
    return (torch.arange(cells, dtype=torch.float64) + 0.5) / cells


def flow(rho: Tensor, u: Tensor, theta: Tensor, eps: float, left: str = "periodic", right: str = "periodic") -> Flow:
    """One flow that begins in equilibrium. rho, u, theta: [nx]."""
    knudsen = torch.full_like(rho, eps)[None]
    return Flow(*(q[None, None].clone() for q in (rho, u, theta)), knudsen, 1.0, Wall(left), Wall(right))


def wave(cells: int, eps: float) -> Flow:
    """The smooth wave of the table of classical closures."""
    angle = 2 * math.pi * centers(cells)
    return flow(1 + 0.3 * angle.sin(), 0.2 * (angle + 1).sin(), 1 + 0.2 * (angle + 2).sin(), eps)


def uniform(cells: int, rho: float, u: float, theta: float, eps: float) -> Flow:
    return flow(*(torch.full((cells,), q, dtype=torch.float64) for q in (rho, u, theta)), eps)


def sod(cells: int, eps: float) -> Flow:
    """A shock tube: at rest, density 1 and 0.125, temperature 1 and 0.8."""
    left = (centers(cells) < 0.5).double()
    rho, theta = (q + (1 - q) * left for q in (0.125, 0.8))
    return flow(rho, torch.zeros_like(rho), theta, eps, "outflow", "outflow")
