"""Closures that need no data: Euler, Navier-Stokes-Fourier, Grad, hyperbolic moment equations (HME), linear waves."""

import torch
from torch import Tensor

from kinetic.moments.collisions import bgk
from kinetic.moments.flights import Flights
from kinetic.moments.hermite import Gas, Hermite, Slopes, expansion_slopes, roots
from kinetic.moments.linear import linear_coefficients
from trainer.errors import UserError


class Grad:
    """a_(M+1) = 0 (Grad, Commun. Pure Appl. Math. 2, 331 (1949)). M = 2 are the Euler equations with gamma = 3.

    Away from equilibrium some characteristic speeds become complex, and the equations ill-posed."""

    def __init__(self, order: int, device: str | torch.device = "cpu"):
        """order: M >= 2. Raises UserError for another."""
        if not 2 <= order <= 16:
            raise UserError(f"expected an order from 2 to 16, got {order}")
        self.variables, self.fastest = Hermite(order, device), float(roots(order + 1)[-1])
        self.order = order

    @property
    def flagged(self) -> float:
        return 0.0

    def next_moment(self, gas: Gas, d: Slopes, eps: Tensor) -> Tensor | None:
        return None

    def production(self, gas: Gas, d: Slopes, eps: Tensor, flights: Flights) -> Tensor | None:
        return None

    def relax(self, m: Tensor, eps: Tensor, dt: float) -> Tensor:
        return bgk(self.variables, m, eps, dt)

    def frequency(self, rho: Tensor, theta: Tensor) -> Tensor:
        return torch.ones_like(rho)

    def diffusivity(self, gas: Gas, eps: Tensor) -> float:
        return 0.0


class HME(Grad):
    """g_(M+1) = 0: the characteristic speeds are u + sqrt(theta) times the roots of He_(M+1), whatever the state
    (Cai, Fan, Li, Commun. Math. Sci. 11, 547 (2013))."""

    def __init__(self, order: int, device: str | torch.device = "cpu"):
        """order: M >= 3, so that energy is conserved. Raises UserError for another."""
        if order < 3:
            raise UserError(f"expected an order from 3 to 16, got {order}")
        super().__init__(order, device)

    def slope(self, gas: Gas, d: Slopes, eps: Tensor, flights: Flights) -> Tensor:
        """g_(M+1) [..., nx] of `expansion_slopes`."""
        return torch.zeros_like(gas.rho)

    def production(self, gas: Gas, d: Slopes, eps: Tensor, flights: Flights) -> Tensor | None:
        """What puts this g_(M+1) in the place of that of the flux of m_M: [..., 1, nx]."""
        k = self.order + 1
        of_flux = k * gas.a[..., k - 1, :] * d.u + 0.5 * k * (k - 1) * gas.a[..., k - 2, :] * d.theta
        slope = self.slope(gas, d, eps, flights)
        return (gas.rho * gas.theta ** (0.5 * k) * (of_flux - slope)).unsqueeze(-2)


class Waves(HME):
    """g_(M+1) = sum_j l_j s_j, from the flights s_j (kinetic.moments.flights) with the coefficients that waves of small
    amplitude ask for (kinetic.moments.linear): near equilibrium it is right at every Knudsen number."""

    def __init__(self, order: int, device: str | torch.device = "cpu"):
        """order: M from 3 to 7. Raises UserError for another."""
        if not 3 <= order <= 7:
            raise UserError(f"expected an order from 3 to 7, got {order}")
        super().__init__(order, device)
        self._coefficients = linear_coefficients(order)

    def slope(self, gas: Gas, d: Slopes, eps: Tensor, flights: Flights) -> Tensor:
        s = flights.last(expansion_slopes(gas, d, self.order + 1)[..., 3:, :])
        return (self._coefficients.to(s.device)[:, None] * s).sum(-2)


class NavierStokes(Grad):
    """Fourier's law, int (v - u)^3 f dv = -3 eps rho theta d_x theta, so a_3 = -3 eps d_x theta / sqrt(theta).

    The first order of Chapman and Enskog for BGK; in one velocity dimension there is no viscous stress."""

    def __init__(self, device: str | torch.device = "cpu"):
        super().__init__(2, device)

    def next_moment(self, gas: Gas, d: Slopes, eps: Tensor) -> Tensor | None:
        return -3.0 * eps * gas.theta.sqrt() * d.theta

    def diffusivity(self, gas: Gas, eps: Tensor) -> float:
        return float((3.0 * eps * gas.theta).max())
