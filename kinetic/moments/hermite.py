"""Moments of a distribution in the frame of the gas, by Hermite polynomials.

With xi = (v - u) / sqrt(theta) and He_k the polynomials with weight exp(-xi^2 / 2),

    a_k = 1 / rho int He_k(xi) f dv,    f = exp(-xi^2 / 2) / sqrt(2 pi theta) rho sum_k a_k He_k(xi) / k!

so a_0 = 1, a_1 = a_2 = 0, and a_3, a_4, ... vanish in equilibrium. Adding a velocity changes no a_k, nor do other units
of density or velocity; a reflection of x changes the sign of those with odd k. The coefficients of Cai, Fan, Li,
Commun. Math. Sci. 11, 547 (2013) are f_k = rho theta^(k / 2) a_k / k!.
"""

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.polynomial import hermite_e
from torch import Tensor

from kinetic.flow import Flow
from kinetic.gas import maxwellian_moments, primitive
from kinetic.moments.realizability import Realizability


class Gas(NamedTuple):
    """Moments in the frame of the gas."""

    rho: Tensor  # [..., nx]
    u: Tensor  # [..., nx]
    theta: Tensor  # [..., nx]
    a: Tensor  # [..., M + 1, nx]


class Slopes(NamedTuple):
    """Derivatives in x, each over the scale of what it is a derivative of: one over length."""

    rho: Tensor  # [..., nx] d_x rho / rho
    u: Tensor  # [..., nx] d_x u / sqrt(theta)
    theta: Tensor  # [..., nx] d_x theta / theta
    a: Tensor  # [..., M + 1, nx] d_x a_k


def roots(degree: int) -> Tensor:
    """The roots of He_degree, ascending: the characteristic speeds of a Hermite system in units of sqrt(theta)."""
    return torch.from_numpy(hermite_e.hermegauss(degree)[0])


class Hermite:
    """Between moments m_0 .. m_M and a_0 .. a_M: the variables of the classical moment systems."""

    def __init__(self, order: int, device: str | torch.device = "cpu"):
        """order: M >= 2."""
        self.order, n = order, order + 2
        to_powers = np.zeros((n, n))  # He_k = sum_j to_powers[k, j] xi^j
        for k in range(n):
            to_powers[k, : k + 1] = hermite_e.herme2poly([0.0] * k + [1.0])
        shift = np.zeros((n, n, n))  # (v - u)^k = sum_ij shift[k, i, j] (-u)^i v^j
        for k in range(n):
            for j in range(k + 1):
                shift[k, k - j, j] = math.comb(k, j)
        self._polynomials = torch.from_numpy(to_powers).to(device)
        self._powers = torch.linalg.inv(self._polynomials)
        self.across = nothing_across(device)
        self.parity = (-1.0) ** torch.arange(order + 1, dtype=torch.float64, device=device)
        norms = [math.sqrt(math.factorial(k)) for k in range(3, order + 1)]
        self._norms = torch.tensor(norms, dtype=torch.float64, device=device)[:, None]
        self._shift = torch.from_numpy(shift).to(device)
        self._realizability = Realizability(order, device)

    def constants(self) -> tuple[Tensor, ...]:
        """Coefficients of He_k [M + 1, M + 1], k = 0 .. M, those of He_k in xi^(M+1) [M + 1], and the matrices of
        kinetic.moments.realizability."""
        k = self.order + 1
        return self._polynomials[:k, :k], self._powers[k, :k], *self._realizability.forms

    def gas(self, m: Tensor) -> Gas:
        """m: [..., M + 1, nx]. Raises UserError unless density and temperature are positive."""
        rho, u, theta = primitive(m)
        k = self.order + 1
        central = self._moved(m, -u, k)
        scale = powers(theta.sqrt(), k)
        a = self._polynomials[:k, :k] @ (central / (rho.unsqueeze(-2) * scale))
        return Gas(rho, u, theta, a)

    def departures(self, gas: Gas) -> tuple[Tensor, Tensor]:
        """rho theta^(k/2) a_k, and rho theta^(k/2) sqrt(k!)"""
        scale = gas.rho.unsqueeze(-2) * powers(gas.theta.sqrt(), self.order + 1)[..., 3:, :]
        return scale * gas.a[..., 3 : self.order + 1, :], scale * self._norms

    def start(self, flow: Flow) -> Tensor:
        """m_0 .. m_M at t = 0: [B, M + 1, nx]."""
        return flow.moments(self.order)

    def powers(self, m: Tensor) -> Tensor:
        """The same."""
        return m

    def equilibrium(self, rho: Tensor, u: Tensor, theta: Tensor) -> Tensor:
        """m_0 .. m_M of a Maxwellian. [..., nx] -> [..., M + 1, nx]"""
        return maxwellian_moments(rho, u, theta, self.order)

    def share(self, gas: Gas) -> Tensor | None:
        return self._realizability.share(gas.a)

    def expansion(self, gas: Gas, xi: Tensor, across: Tensor) -> Tensor:
        """exp(-xi^2 / 2) / sqrt(2 pi) sum_k a_k He_k(xi) / k! of a gas [..., 1]. [..., n] -> [..., n]"""
        he = [torch.ones_like(xi), xi]
        for k in range(1, self.order):
            he.append(xi * he[k] - k * he[k - 1])
        parts = [gas.a[..., k, :] / math.factorial(k) * q for k, q in enumerate(he)]
        return torch.stack(parts).sum(0) * torch.exp(-0.5 * xi.square()) / math.sqrt(2.0 * math.pi)

    def measured(self, v: Tensor, across: Tensor, f: Tensor) -> tuple[Tensor, Tensor]:
        """m_0 .. m_M and m_1 .. m_(M+1)"""
        m = (powers(v, self.order + 2) * f.unsqueeze(-2)).sum(-1, keepdim=True)
        return m[..., :-1, :], m[..., 1:, :]

    def carried(self, gas: Gas, a_next: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """The moments and their fluxes, m_0 .. m_M and m_1 .. m_(M+1): both [..., M + 1, nx]."""
        m = self.moments(gas, a_next)
        return m[..., :-1, :], m[..., 1:, :]

    def moments(self, gas: Gas, a_next: Tensor | None = None) -> Tensor:
        """m_0 .. m_(M+1), the last one being that of a_(M+1) = a_next [..., nx] or 0: [..., M + 2, nx]."""
        k = self.order + 2
        last = torch.zeros_like(gas.rho) if a_next is None else a_next
        a = torch.cat([gas.a, last.unsqueeze(-2)], -2)
        central = (self._powers @ a) * gas.rho.unsqueeze(-2) * powers(gas.theta.sqrt(), k)
        return self._moved(central, gas.u, k)

    def _moved(self, m: Tensor, u: Tensor, k: int) -> Tensor:
        """Moments of the same gas seen from a frame with the velocity -u. m: [..., k, nx]."""
        products = powers(u, k).unsqueeze(-2) * m.unsqueeze(-3)
        return self._shift[:k, :k, :k].reshape(k, k * k) @ products.flatten(-3, -2)


def nothing_across(device: str | torch.device) -> tuple[Tensor, Tensor]:
    """`across` of kinetic.moments.variables in one velocity dimension."""
    return torch.zeros(1, dtype=torch.float64, device=device), torch.ones(1, dtype=torch.float64, device=device)


def powers(x: Tensor, count: int) -> Tensor:
    """x^0 .. x^(count - 1): [..., nx] -> [..., count, nx]."""
    rows = [torch.ones_like(x), x]
    for k in range(2, count):
        rows.append(rows[k // 2] * rows[k - k // 2])
    return torch.stack(rows[:count], -2)


def expansion_slopes(gas: Gas, d: Slopes, count: int) -> Tensor:
    """g_k = k! / (rho theta^(k/2)) (d_x f_k + f_(k-1) d_x u + f_(k-2) d_x theta / 2), k = 0 .. count - 1 <= M + 1.

    What d_x f is made of: sqrt(theta) (g_(k+1) + k g_(k-1)) is the transport of a_k. For k = M + 1, with a_(M+1) = 0.
    -> [..., count, nx]"""
    k = torch.arange(count, dtype=gas.rho.dtype, device=gas.rho.device)[:, None]
    zero = torch.zeros_like(gas.a[..., :1, :])
    a = torch.cat([zero, zero, gas.a, zero], -2)  # a_(-2), a_(-1), ..., a_(M+1)
    da = torch.cat([d.a, zero], -2)
    rho, u, theta = (x.unsqueeze(-2) for x in (d.rho, d.u, d.theta))
    return (
        a[..., 2 : count + 2, :] * (rho + 0.5 * k * theta)
        + da[..., :count, :]
        + k * a[..., 1 : count + 1, :] * u
        + 0.5 * k * (k - 1) * a[..., :count, :] * theta
    )
