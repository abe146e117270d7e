"""Moment models with Burnett's functions: Euler's equations, hyperbolic moment equations (HME), linear waves."""

from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from kinetic.autoencoder.functions import omega
from kinetic.flow import Flow
from kinetic.gas import Molecules
from kinetic.kernels.moments import Closing, Local
from kinetic.moments.burnett.functions import Burnett
from kinetic.moments.burnett.rates import rates
from kinetic.moments.burnett.waves import coefficients
from kinetic.moments.collisions import alike
from kinetic.moments.flights import Flights
from kinetic.moments.hermite import Gas
from kinetic.moments.projection import Integrals, Projected, Projection
from kinetic.moments.symmetric import LearnedProjection
from trainer.errors import UserError


class Polynomials(Projection):
    """Moments with Burnett's functions."""

    def __init__(self, functions: Burnett, along: Tensor):
        """along: X of those functions that are used."""
        super().__init__(functions.dimension, along, functions.parity[: len(along)].to(along.device))
        self._functions = functions
        squares, weights = functions.across
        self.across = squares.to(along.device), weights.to(along.device)

    def start(self, flow: Flow) -> Tensor:
        """Each Maxwellian by sums over nodes, which are exact."""
        rho, u, theta = (q.unsqueeze(-1) for q in (flow.density, flow.velocity, flow.temperature))  # [B, S, nx, 1]
        f = self._functions
        xi, square, weights = (q.to(rho.device) for q in (f.nodes, f.squares, f.weights))
        v, molecules = u + theta.sqrt() * xi, (rho * weights).movedim(1, -2).flatten(-2)  # [B, nx, S nodes]
        v, square = (q.movedim(1, -2).flatten(-2) for q in (v, theta * square))
        return self.measured(v, square, molecules)[0].squeeze(-1).mT

    def powers(self, m: Tensor) -> Tensor:
        """rho, rho u, 2 E, 0, P_xx, 0, q: as kinetic.boltzmann.fluid has them. [..., M + 1, nx] -> [..., 7, nx]"""
        gas = self.gas(m)
        _, flux = self.carried(gas)
        p_xx = flux[..., 1, :] - gas.u * m[..., 1, :]
        q = 0.5 * (flux[..., 2, :] - gas.u * m[..., 2, :]) - gas.u * p_xx
        zero = torch.zeros_like(q)
        return torch.cat([m[..., :3, :], torch.stack([zero, p_xx, zero, q], -2)], -2)

    def expansion(self, gas: Gas, xi: Tensor, across: Tensor) -> Tensor:
        e = self._functions(xi, across.expand(xi.shape))[..., : self.order + 1]
        return omega(xi) * (e * gas.a.mT).sum(-1)

    def measured(self, v: Tensor, across: Tensor, f: Tensor) -> tuple[Tensor, Tensor]:
        m = torch.stack([(q * f).sum(-1, keepdim=True) for q in (torch.ones_like(v), v, v.square() + across)], -2)
        _, u, theta, _ = self.gas(m)
        e = self._functions((v - u) / theta.sqrt(), across / theta)[..., : self.order + 1]
        e = torch.cat([torch.stack([torch.ones_like(v), v, v.square() + across], -1), e[..., 3:]], -1)
        state, flux = ((e * q.unsqueeze(-1)).sum(-2).unsqueeze(-1) for q in (f, v * f))
        return state, flux


def in_the_plane(f: Tensor, v: Tensor, degree: int) -> Tensor:
    """The variables of a distribution in two dimensions. f: [B, N, N, nx] over velocities along the walls, then along
    the tube, both v [N] -> [B, K, nx]"""
    functions = Burnett(degree, 2)
    variables = Polynomials(functions, functions.integrals().along)
    v_y, v_x = (q.flatten() for q in torch.meshgrid(v, v, indexing="ij"))
    flows = []
    for one in f.flatten(1, 2).mT * (v[1] - v[0]) ** 2:  # [nx, N^2], one by one: each holds K times as much
        flows.append(variables.measured(v_x.expand(one.shape), v_y.square().expand(one.shape), one)[0].squeeze(-1).mT)
    return torch.stack(flows)


class HME(Projected):
    """h = 0: the characteristic speeds are u + sqrt(theta) times the roots of He_(M+1), He_(M-1), ..., whatever the
    state (Cai, Fan, Li, Commun. Pure Appl. Math. 67, 464 (2014))."""

    def __init__(self, degree: int, dimension: int, molecules: Molecules, device: str | torch.device = "cpu"):
        """degree: M >= 3, so that there is a heat flux. Raises UserError for another."""
        if not 3 <= degree <= 8:
            raise UserError(f"expected an order from 3 to 8, got {degree}")
        functions = Burnett(degree, dimension)
        integrals = Integrals(*(q.to(device) for q in functions.integrals()))
        collisions = rates(functions, molecules).modes(device)
        super().__init__(Polynomials(functions, integrals.along), integrals, collisions)


class Waves(HME):
    """h from the flights of g_3 .. g_M, with the coefficients that waves of small amplitude ask for
    (kinetic.moments.burnett.waves): near equilibrium it is right at every Knudsen number."""

    def __init__(self, degree: int, dimension: int, molecules: Molecules, device: str | torch.device = "cpu"):
        super().__init__(degree, dimension, molecules, device)
        c, q = (q.to(device) for q in coefficients(degree, dimension, molecules))
        self._arrived, self._excess = c @ c.mT, q
        every = torch.cat([self._arrived[None], self._excess]).movedim(1, 0)  # [M - 2, 1 + len(RATES), M - 2]
        self.closing = Closing("waves", every.flatten())

    @cached_property
    def courant(self) -> float:
        return self.with_flights(self._arrived, self._excess)

    def beyond(self, local: Local, flights: Flights) -> Tensor:
        arrived, excess = flights.every(local, self.variables.parity[3:])
        return self._arrived @ arrived + (self._excess @ excess).sum(-3)


class LearnedBurnett(LearnedProjection):
    """The closure of a file (kinetic.closure.burnett)."""

    def __init__(self, module: Any, degree: int, molecules: Molecules, device: str | torch.device = "cpu"):
        """degree: M. In two dimensions."""
        functions = Burnett(degree, 2)
        integrals = Integrals(*(q.to(device) for q in functions.integrals()))
        collisions = rates(functions, molecules).modes(device)
        super().__init__(Polynomials(functions, integrals.along), integrals, collisions, module)


class Euler(Projected):
    """The first three functions alone: gamma = 1 + 2 / D."""

    def __init__(self, dimension: int, device: str | torch.device = "cpu"):
        functions = Burnett(2, dimension)
        integrals = Integrals(*(q.to(device) for q in functions.integrals(3)))
        super().__init__(Polynomials(functions, integrals.along), integrals, alike(0, device))
