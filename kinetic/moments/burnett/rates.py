"""What collisions do to moments with Burnett's functions near equilibrium: d_t b_j = -1 / eps sum_k R_jk b_k.

R is symmetric, and R_jk = 0 for functions of different l. Its first three rows are 0: nothing is lost."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.polynomial import hermite_e
from scipy.special import roots_genlaguerre
from torch import Tensor

from kinetic.gas import Molecules
from kinetic.moments.burnett.functions import Array, Burnett
from kinetic.moments.collisions import Modes


@dataclass(frozen=True)
class Rates:
    """R = nu matrix, nu = stress rho^density theta^temperature the rate at which stress relaxes."""

    matrix: Tensor  # [K, K] 1 for stress
    mean: float  # of the rate of a molecule, over nu: that of functions of high degree
    stress: float
    density: float
    temperature: float

    def modes(self, device: str | torch.device) -> Modes:
        """Of b_3 .. b_M."""
        values, vectors = torch.linalg.eigh(self.matrix[3:, 3:].to(device))
        return Modes(values, vectors, self.stress, self.density, self.temperature)


def rates(functions: Burnett, molecules: Molecules) -> Rates:
    """Of `boltzmann` in two velocity dimensions, of `es-bgk` in three."""
    if functions.dimension == 2:
        return boltzmann(functions, molecules.exponent)
    return ellipsoidal(functions, molecules.prandtl)


def ellipsoidal(functions: Burnett, prandtl: float) -> Rates:
    """Stress relaxes at the rate 1, all others at Pr: exact for stress, heat flux and what else is of degree 3; of a
    higher degree, the Gaussian is taken to first order in the stress, where its moments are 0."""
    found = np.full(len(functions.n), prandtl)
    found[:3], found[3] = 0.0, 1.0
    return Rates(torch.from_numpy(np.diag(found)), prandtl, 1.0, 0.0, 0.0)


def boltzmann(functions: Burnett, exponent: float) -> Rates:
    """Q linearised about the Maxwellian, in two dimensions, B = |g|^alpha / 2 pi (kinetic.boltzmann.fast_spectral):

    R_jk = 1 / 2 int int omega omega* |g|^alpha [<F_j F_k> - <F_j> <F_k>],  F = e(V + g / 2) + e(V - g / 2)

    with the mean velocity V and the relative velocity g of two molecules, which a collision turns to any direction with
    the same probability, <> the mean over directions. For polynomials the sum over nodes is exact. For Maxwell
    molecules, alpha = 0, e_nl are eigenfunctions (A. V. Bobylev, Sov. Sci. Rev. C 7, 111 (1988)): R_jj = 1 - 2
    <cos^(2 n + l)(x) cos(l x)>, 1/2 for stress and 1/4 for the heat flux, exact also far from equilibrium. For others
    both are 2^alpha Gamma(3 + alpha / 2) / 2 times that."""
    degree = int(functions.degree.max())
    v, w = hermite_e.hermegauss(degree + 1)
    y, of_y = roots_genlaguerre(degree + 1, 0.5 * exponent)  # |g| = 2 sqrt(y)
    v, w, of_y = np.sqrt(0.5) * v, w / w.sum(), 2.0**exponent * of_y
    phi = np.pi / (degree + 1) * np.arange(2 * degree + 2)
    v_x, v_y, speed, turn = np.meshgrid(v, v, np.sqrt(y), phi, indexing="ij")
    along, across = speed * np.cos(turn), speed * np.sin(turn)  # g / 2
    pair = values(functions, v_x + along, v_y + across) + values(functions, v_x - along, v_y - across)
    off = pair - pair.mean(3, keepdims=True)
    found = 0.5 / len(phi) * np.einsum("i,j,y,ijypa,ijypb->ab", w, w, of_y, off, off, optimize=True)
    found[:3], found[:, :3] = 0.0, 0.0  # to rounding they are
    stress = float(found[3, 3])
    return Rates(torch.from_numpy(found / stress), float(of_y.sum()) / stress, stress, 1.0, 0.5 * exponent)


def values(functions: Burnett, xi: Array, across: Array) -> Array:
    """e [..., K] at velocities in the plane [...]."""
    found: Array = functions(torch.from_numpy(xi), torch.from_numpy(across**2)).numpy()
    return found
