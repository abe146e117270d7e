"""Flows that the tests of kinetic share, and the speeds of small waves."""

import math

import numpy as np
import torch
from torch import Tensor

from kinetic import Flow, Wall
from kinetic.moments.system import MomentSystem


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


def speeds(system: MomentSystem, m: Tensor) -> np.ndarray:
    """Eigenvalues of A in d_t m + A d_x m = 0, linearised about the state m [M + 1]: from waves of small amplitude."""
    cells, small = 40, 1e-6
    angle = 2 * math.pi * centers(cells)
    columns = []
    for k in range(len(m)):
        state = m[:, None] + small * torch.nn.functional.one_hot(torch.tensor(k), len(m))[:, None] * angle.sin()
        rate = system.transport(state[None])[0]
        columns.append(-(rate * angle.cos()).sum(1) / (small * math.pi * cells))
    return np.linalg.eigvals(torch.stack(columns, 1).numpy())
