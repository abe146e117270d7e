"""Closures that need no data: Euler, Navier-Stokes-Fourier, Grad, hyperbolic moment equations (HME), linear waves."""

from functools import cached_property, lru_cache
from typing import ClassVar

import torch
from torch import Tensor

from kinetic.kernels.moments import Closing, Equations, Local, packed
from kinetic.moments.collisions import bgk
from kinetic.moments.flights import Flights
from kinetic.moments.hermite import Gas, Hermite, Slopes, expansion_slopes, roots
from kinetic.moments.linear import NEVER, linear_coefficients, wave_matrix
from kinetic.moments.realizability import LEAST
from kinetic.moments.stability import courant
from kinetic.numerics.imex import LIMIT
from trainer.errors import UserError


class Grad:
    """a_(M+1) = 0 (Grad, Commun. Pure Appl. Math. 2, 331 (1949)). M = 2 are the Euler equations with gamma = 3.

    Away from equilibrium some characteristic speeds become complex, and the equations ill-posed."""

    regularised: ClassVar[bool] = False  # whether g_(M+1) is what `beyond` says
    conduction: ClassVar[float] = 0.0  # a_(M+1) is -conduction eps d_x theta / sqrt(theta)

    def __init__(self, order: int, device: str | torch.device = "cpu"):
        """order: M >= 2. Raises UserError for another."""
        if not 2 <= order <= 16:
            raise UserError(f"expected an order from 2 to 16, got {order}")
        self.variables, self.fastest = Hermite(order, device), float(roots(order + 1)[-1])
        self.order = order
        self.equations = self._equations(Closing())

    @property
    def courant(self) -> float:
        return LIMIT

    @property
    def flagged(self) -> float:
        return 0.0

    def _equations(self, closing: Closing) -> Equations:
        constants = float(self.regularised), self.conduction, LEAST
        return Equations("hermite", self.order, packed(*self.variables.constants()), constants, self.fastest, closing)

    def next_moment(self, gas: Gas, d: Slopes, eps: Tensor) -> Tensor | None:
        return -self.conduction * eps * gas.theta.sqrt() * d.theta if self.conduction else None

    def production(self, gas: Gas, d: Slopes, flown: Slopes, eps: Tensor, flights: Flights) -> Tensor | None:
        return None

    def relax(self, m: Tensor, eps: Tensor, dt: float) -> Tensor:
        return bgk(self.variables, m, eps, dt)

    def frequency(self, rho: Tensor, theta: Tensor) -> Tensor:
        return torch.ones_like(rho)

    def beyond(self, local: Local, flights: Flights) -> Tensor | None:
        return None

    def saw(self, outside: int, cells: int) -> None:
        pass

    def diffusivity(self, gas: Gas, eps: Tensor) -> float:
        return self.conduction * float((eps * gas.theta).detach().max()) if self.conduction else 0.0


class HME(Grad):
    """g_(M+1) = 0: the characteristic speeds are u + sqrt(theta) times the roots of He_(M+1), whatever the state
    (Cai, Fan, Li, Commun. Math. Sci. 11, 547 (2013))."""

    regularised = True

    def __init__(self, order: int, device: str | torch.device = "cpu"):
        """order: M >= 3, so that energy is conserved. Raises UserError for another."""
        if order < 3:
            raise UserError(f"expected an order from 3 to 16, got {order}")
        super().__init__(order, device)

    def production(self, gas: Gas, d: Slopes, flown: Slopes, eps: Tensor, flights: Flights) -> Tensor | None:
        """What puts `beyond`, g_(M+1) [..., 1, nx], in the place of that of the flux of m_M: [..., 1, nx]."""
        k = self.order + 1
        of_flux = k * gas.a[..., k - 1, :] * d.u + 0.5 * k * (k - 1) * gas.a[..., k - 2, :] * d.theta
        scale = gas.rho * gas.theta ** (0.5 * k)
        g = expansion_slopes(gas, d, k)
        flying = g if flown is d else expansion_slopes(gas, flown, k)
        found = self.beyond(
            Local(gas.a[..., 3:, :], g, eps * gas.theta.sqrt(), torch.stack(gas[:3], -2), flying), flights
        )
        own = of_flux.unsqueeze(-2)
        return scale.unsqueeze(-2) * (own if found is None else own - found)


def with_flights(order: int, coefficients: Tensor, fastest: float) -> float:
    """kinetic.moments.stability.courant. coefficients: [F] of the flights"""
    return with_numbers(order, tuple(coefficients.tolist()), fastest)


@lru_cache(maxsize=100)
def with_numbers(order: int, coefficients: tuple[float, ...], fastest: float) -> float:
    """The same; found once, however often a closure is made."""
    numbers = torch.tensor(coefficients, dtype=torch.float64)
    still, waves = (wave_matrix(c, NEVER, order)[0] for c in (0.0 * numbers, numbers))
    return courant(still, waves, fastest)


class Waves(HME):
    """gamma_(M+1) = sum_j l_j s_j, from the flights s_j (kinetic.moments.flights) with the coefficients that waves of
    small amplitude ask for (kinetic.moments.linear): near equilibrium it is right at every Knudsen number."""

    def __init__(self, order: int, device: str | torch.device = "cpu"):
        """order: M from 3 to 7. Raises UserError for another."""
        if not 3 <= order <= 7:
            raise UserError(f"expected an order from 3 to 7, got {order}")
        super().__init__(order, device)
        coefficients = linear_coefficients(order)
        self._coefficients = coefficients.to(device)[None]
        self.equations = self._equations(Closing("waves", coefficients))

    @cached_property
    def courant(self) -> float:
        return with_flights(self.order, self._coefficients[0].cpu(), self.fastest)

    def beyond(self, local: Local, flights: Flights) -> Tensor | None:
        s, moved = flights.last(local)
        return self._coefficients @ s + moved.unsqueeze(-2)


class NavierStokes(Grad):
    """Fourier's law, int (v - u)^3 f dv = -3 eps rho theta d_x theta, so a_3 = -3 eps d_x theta / sqrt(theta).

    The first order of Chapman and Enskog for BGK; in one velocity dimension there is no viscous stress."""

    conduction = 3.0

    def __init__(self, device: str | torch.device = "cpu"):
        super().__init__(2, device)
