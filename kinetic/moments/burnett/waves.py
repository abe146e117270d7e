"""What linear waves ask of a closure with Burnett's functions: the coefficients of flights (kinetic.moments.flights).

    h_j = sum_k [ (C C^T)_jk K g_k + sum_alpha (Q_alpha)_jk E_alpha g_k ],    j, k = 3 .. M

C is lower triangular and couples functions of one parity, Q is symmetric and couples those of both: so no small wave
grows, at any wavelength or Knudsen number (kinetic.closure.symmetric). They are those with the least error of density,
momentum and energy of waves, of every wavelength, beside the linear kinetic equation in which functions of a degree up
to RESOLVED relax as collisions have it, and all others at the mean rate of collisions (E. P. Gross, E. A. Jackson,
Phys. Fluids 2, 432 (1959))."""

import math
from functools import cache

import torch
from numpy.polynomial import hermite_e
from torch import Tensor

from kinetic.gas import Molecules
from kinetic.moments import linear
from kinetic.moments.burnett.functions import Burnett
from kinetic.moments.burnett.rates import rates
from kinetic.moments.flights import RATES

RESOLVED = 10  # of Maxwell molecules: waves are right to 0.004, rms of the worst wavelength; it falls as 1 / RESOLVED
VELOCITIES = 64  # along the tube: nodes of Gauss and Hermite


@cache
def coefficients(degree: int, dimension: int, molecules: Molecules) -> tuple[Tensor, Tensor]:
    """C [M - 2, M - 2] and Q [len(RATES), M - 2, M - 2]."""
    functions = Burnett(degree, dimension)
    x, collisions = functions.integrals().along, rates(functions, molecules).matrix
    parity = functions.parity[3:]
    alike = torch.outer(parity, parity) > 0
    lower, both = torch.tril(alike), ~alike
    c = (0.3 * lower.double()).requires_grad_()
    q = torch.zeros(len(RATES), *c.shape, dtype=torch.float64, requires_grad=True)

    def matrix(kappa: Tensor) -> Tensor:
        triangle = c * lower
        return linear.projected_matrix(x, collisions, triangle @ triangle.mT, (q + q.mT) * both, kappa)

    start = torch.eye(len(x), 3, dtype=torch.complex128)
    start[2, 2] = math.sqrt(2.0 * dimension)
    linear.fit([c, q], matrix, start, start.mT, waves(dimension, molecules))
    return (c * lower).detach(), ((q + q.mT) * both).detach()


@cache
def waves(dimension: int, molecules: Molecules) -> Tensor:
    """Density, momentum and <|xi|^2 - D> of waves in 1, xi_x and |xi|^2 - D: [TIMES, K, 3, 3].

    The distribution over the Maxwellian is given at nodes along the tube, and by orthonormal polynomials across."""
    functions = Burnett(RESOLVED, dimension)
    collisions = rates(functions, molecules)
    xi, weights = (torch.from_numpy(q) for q in hermite_e.hermegauss(VELOCITIES))
    squares, across = functions.across
    e = functions(*torch.meshgrid(xi, squares, indexing="ij"))  # [n, s, K]
    polynomials = torch.linalg.qr(across.sqrt()[:, None] * squares[:, None] ** torch.arange(RESOLVED // 2 + 1)).Q
    e = torch.einsum("nsk,s,sq->nqk", e, across.sqrt(), polynomials)
    e = (e * (weights / weights.sum()).sqrt()[:, None, None]).flatten(0, 1)  # orthonormal columns
    flown = torch.diag(-1j * xi.repeat_interleave(polynomials.shape[1]))
    kept = torch.eye(e.shape[1], dtype=torch.float64) * collisions.mean - collisions.matrix
    relaxed = e @ kept @ e.mT - collisions.mean * torch.eye(len(e), dtype=torch.float64)
    start = e[:, :3] * torch.tensor([1.0, 1.0, math.sqrt(2.0 * dimension)], dtype=torch.float64) + 0j
    return linear.evolve(flown + relaxed / linear.numbers()[:, None, None], start, start.mT)
