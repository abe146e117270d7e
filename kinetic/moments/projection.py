"""Moment systems by projection on functions of the peculiar velocity, in D velocity dimensions: what all of them share.

With xi = (v - u) / sqrt(theta), the velocity along the tube first, and omega the Maxwellian of xi, the functions e_0 ..
e_M are orthonormal, int omega e_j e_k dxi = delta_jk, those of a gas that does not move across the tube, and

    e_0 = 1,  e_1 = xi_x,  e_2 = (|xi|^2 - D) / sqrt(2 D),    b_k = 1 / rho int e_k f dv,    b_0 = 1,  b_1 = b_2 = 0

The variables are rho, rho u, 2 E and rho b_3 .. rho b_M. P, the projection of f on omega e_0 .. omega e_M, obeys P d_t
P f + P v P d_x P f = P C (Fan, Koellermeier, Li, Li, Torrilhon, J. Stat. Phys. 162, 457 (2016)): with X = int omega
xi_x e_j e_k, A = int omega (d e_j / d xi_x) e_k, B = int omega (xi . grad e_j) e_k, and slopes over the scale of what
they are slopes of (kinetic.moments.hermite),

    g = d_x b + d_rho b + d_u A b + d_theta B b / 2                    g_0 = d_rho, g_1 = d_u, g_2 = sqrt(D / 2) d_theta
    d_t (rho b) + d_x (rho u b + rho sqrt(theta) X b) = rho sqrt(theta) (sigma - h) + C
    sigma = (X g)_1 A b + (X g)_2 B b / sqrt(2 D) + d_u (1 - X A) b + d_theta (X - X B) b / 2

in the rows 3 .. M. h is what a closure adds for what the functions do not span: without it, X being symmetric, the
equations are hyperbolic, with the eigenvalues of X as characteristic speeds, and for all polynomials of a degree they
are those of HME. The first three rows are the conservation laws, with the fluxes

    int v_x^2 f dv = rho (u^2 + theta (1 + (X b)_1)),
    int v_x |v|^2 f dv = rho (u^3 + u theta (D + 2 + 2 (X b)_1) + sqrt(2 D) theta^(3/2) (X b)_2)

where X is without the column of e_0."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from kinetic.flow import Flow
from kinetic.gas import primitive
from kinetic.kernels.moments import Closing, Equations, Local, packed
from kinetic.moments.collisions import Modes
from kinetic.moments.flights import Flights
from kinetic.moments.hermite import Gas, Slopes
from kinetic.moments.linear import NEVER, projected_matrix
from kinetic.moments.stability import courant
from kinetic.numerics.imex import LIMIT


class Integrals(NamedTuple):
    """Over omega dxi, of the functions e_0 .. e_M."""

    along: Tensor  # [M + 1, M + 1] X: xi_x e_j e_k
    slope: Tensor  # [M + 1, M + 1] A: (d e_j / d xi_x) e_k
    stretch: Tensor  # [M + 1, M + 1] B: (xi . grad e_j) e_k


class Projection(ABC):
    """The variables (kinetic.moments.variables), but for what needs the functions themselves; `a` of a gas is b."""

    across: tuple[Tensor, Tensor]

    def __init__(self, dimension: int, along: Tensor, parity: Tensor):
        """dimension: D; along: X; parity: [M + 1] signs of e_0 .. e_M in a reflection."""
        self.dimension, self.order, self.parity = dimension, len(along) - 1, parity
        self._couple = along.clone()
        self._couple[:3, 0] = 0.0

    @abstractmethod
    def start(self, flow: Flow) -> Tensor: ...

    @abstractmethod
    def powers(self, m: Tensor) -> Tensor: ...

    @abstractmethod
    def expansion(self, gas: Gas, xi: Tensor, across: Tensor) -> Tensor: ...

    @abstractmethod
    def measured(self, v: Tensor, across: Tensor, f: Tensor) -> tuple[Tensor, Tensor]: ...

    def gas(self, m: Tensor) -> Gas:
        rho, u, total = primitive(m)
        zero = torch.zeros_like(rho)
        rest = m[..., 3:, :] / rho.unsqueeze(-2)
        b = torch.cat([torch.stack([zero + 1.0, zero, zero], -2), rest], -2)
        return Gas(rho, u, total / self.dimension, b)

    def equilibrium(self, rho: Tensor, u: Tensor, theta: Tensor) -> Tensor:
        zero = torch.zeros_like(rho)
        second = rho * (u.square() + self.dimension * theta)
        return torch.stack([rho, rho * u, second, *[zero] * (self.order - 2)], -2)

    def share(self, gas: Gas) -> Tensor | None:
        """A departure is at most as large as the Maxwellian, in the norm in which e_k are orthonormal."""
        departure = torch.linalg.vector_norm(gas.a[..., 3:, :].detach(), dim=-2)
        return None if bool((departure <= 1.0).all()) else 1.0 / departure.clamp(min=1.0)

    def departures(self, gas: Gas) -> tuple[Tensor, Tensor]:
        size = gas.rho.unsqueeze(-2).expand_as(gas.a[..., 3:, :])
        return size * gas.a[..., 3:, :], size

    def carried(self, gas: Gas, a_next: Tensor | None = None) -> tuple[Tensor, Tensor]:
        rho, u, theta, b = gas
        d, scale = self.dimension, theta.sqrt()
        flown = self._couple @ b
        stress, third = flown[..., 1, :], math.sqrt(2.0 * d) * flown[..., 2, :]
        squares = rho * (u.square() + theta * (1.0 + stress))
        cubes = rho * (u * (u.square() + theta * (d + 2.0 + 2.0 * stress)) + theta * scale * third)
        rest = rho.unsqueeze(-2) * (u.unsqueeze(-2) * b[..., 3:, :] + scale.unsqueeze(-2) * flown[..., 3:, :])
        m = torch.cat([self.equilibrium(rho, u, theta)[..., :3, :], rho.unsqueeze(-2) * b[..., 3:, :]], -2)
        return m, torch.cat([torch.stack([rho * u, squares, cubes], -2), rest], -2)


class Projected:
    """A closure of such equations; a subclass may add h."""

    closing = Closing()  # h, as compiled loops know it

    def __init__(self, variables: Projection, integrals: Integrals, collisions: Modes):
        self.variables, self.dimension, self.collisions = variables, variables.dimension, collisions
        x, a, b = integrals
        self.fastest = float(torch.linalg.eigvalsh(0.5 * (x + x.mT))[-1])
        one = torch.eye(len(x), dtype=x.dtype, device=x.device)
        self._of_b = torch.cat([q[3:] for q in (a, b, one - x @ a, 0.5 * (x - x @ b))])  # [4 (M - 2), M + 1]
        self.along, self._of_g = x, x[1:3]

    @cached_property
    def equations(self) -> Equations:
        of = self.collisions
        numbers = packed(self.along, self._of_b, of.rates, of.vectors.mT, of.vectors)
        constants = float(self.dimension), of.stress, of.density, of.temperature
        return Equations("projection", self.variables.order, numbers, constants, self.fastest, self.closing)

    @property
    def courant(self) -> float:
        return LIMIT

    @property
    def flagged(self) -> float:
        return 0.0

    def next_moment(self, gas: Gas, d: Slopes, eps: Tensor) -> Tensor | None:
        return None

    def production(self, gas: Gas, d: Slopes, flown: Slopes, eps: Tensor, flights: Flights) -> Tensor | None:
        """rho sqrt(theta) (sigma - h)"""
        if not len(self._of_b):
            return None
        slope, stretch, by_u, by_theta = parts = torch.chunk(self._of_b @ gas.a, 4, -2)
        every = self.gradients(gas, d, parts)
        first, second = torch.chunk(self._of_g @ every, 2, -2)
        u, theta = d.u.unsqueeze(-2), d.theta.unsqueeze(-2)
        sigma = first * slope + second / math.sqrt(2.0 * self.dimension) * stretch + u * by_u + theta * by_theta
        scale = gas.theta.sqrt()
        path = eps * scale / self.frequency(gas.rho, gas.theta)
        flying = every if flown is d else self.gradients(gas, flown, parts)
        h = self.beyond(Local(gas.a[..., 3:, :], every, path, torch.stack(gas[:3], -2), flying), flights)
        found: Tensor = (gas.rho * scale).unsqueeze(-2) * (sigma if h is None else sigma - h)
        return found

    def with_flights(self, damping: Tensor, shifting: Tensor) -> float:
        """kinetic.moments.stability.courant. damping, shifting: as in kinetic.moments.linear.projected_matrix."""
        x = self.along.cpu()
        waves = projected_matrix(x, 0.0 * x, damping.detach().cpu(), shifting.detach().cpu(), NEVER)[0]
        return courant(-1j * x, waves, self.fastest)

    def gradients(self, gas: Gas, d: Slopes, parts: Sequence[Tensor] | None = None) -> Tensor:
        """g_0 .. g_M [..., M + 1, nx]. parts: A b and B b in the rows 3 .. M, where they are known."""
        slope, stretch = (parts or torch.chunk(self._of_b @ gas.a, 4, -2))[:2]
        rho, u, theta = (q.unsqueeze(-2) for q in (d.rho, d.u, d.theta))
        g = d.a[..., 3:, :] + rho * gas.a[..., 3:, :] + u * slope + 0.5 * theta * stretch
        return torch.cat([rho, u, math.sqrt(0.5 * self.dimension) * theta, g], -2)

    def beyond(self, local: Local, flights: Flights) -> Tensor | None:
        """h [..., M - 2, nx]; None for 0."""
        return None

    def saw(self, outside: int, cells: int) -> None:
        pass

    def frequency(self, rho: Tensor, theta: Tensor) -> Tensor:
        return self.collisions.frequency(rho, theta)

    def relax(self, m: Tensor, eps: Tensor, dt: float) -> Tensor:
        rho, _, theta, _ = self.variables.gas(m)
        return self.collisions.relax(m, dt / eps * self.frequency(rho, theta))

    def diffusivity(self, gas: Gas, eps: Tensor) -> float:
        return 0.0
