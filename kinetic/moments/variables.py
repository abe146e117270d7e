"""What a moment system computes, as its solver sees it: powers of v (kinetic.moments.hermite), learned functions of the
peculiar velocity (kinetic.moments.generalised), or polynomials of it in two and three dimensions
(kinetic.moments.burnett)."""

from typing import Protocol

from torch import Tensor

from kinetic.flow import Flow
from kinetic.moments.hermite import Gas


class Variables(Protocol):
    """The moments that are computed: rho, rho u, 2 E, and others."""

    @property
    def order(self) -> int:
        """M: there are M + 1 moments"""
        ...

    @property
    def parity(self) -> Tensor:
        """[M + 1] signs of the functions that they are moments of when v - u changes its sign."""
        ...

    def departures(self, gas: Gas) -> tuple[Tensor, Tensor]:
        """Moments from the third on, seen by the gas, and how large they are where b_k = 1: both [..., M - 2, nx]."""
        ...

    def start(self, flow: Flow) -> Tensor:
        """m at t = 0: [B, M + 1, nx]."""
        ...

    def powers(self, m: Tensor) -> Tensor:
        """What is known of the moments of 1, v, v^2, ...: at least four of them, or M + 1. [..., M + 1, nx] -> [..., K,
        nx]"""
        ...

    def gas(self, m: Tensor) -> Gas:
        """In the frame of the gas. m: [..., M + 1, nx]. Raises UserError unless density and temperature are > 0."""
        ...

    def equilibrium(self, rho: Tensor, u: Tensor, theta: Tensor) -> Tensor:
        """m of a Maxwellian. [..., nx] -> [..., M + 1, nx]"""
        ...

    def share(self, gas: Gas) -> Tensor | None:
        """Of their departure from equilibrium, what a distribution can have: t <= 1 [..., nx]; None for all of it
        everywhere."""
        ...

    @property
    def across(self) -> tuple[Tensor, Tensor]:
        """Nodes, |xi|^2 - xi_x^2, and weights of integrals over the velocities across the tube; one node for D = 1."""
        ...

    def expansion(self, gas: Gas, xi: Tensor, across: Tensor) -> Tensor:
        """f sqrt(theta) / rho of the gas [..., 1] at xi_x = (v_x - u) / sqrt(theta) [..., n], over its Maxwellian in
        |xi|^2 - xi_x^2 = across [n]. -> [..., n]"""
        ...

    def measured(self, v: Tensor, across: Tensor, f: Tensor) -> tuple[Tensor, Tensor]:
        """m and F of a distribution: at velocities v along the tube and |v|^2 - v_x^2 = across there are f, weights
        included, all [..., n]. Both [..., M + 1, 1]"""
        ...

    def carried(self, gas: Gas, a_next: Tensor | None) -> tuple[Tensor, Tensor]:
        """m and F: both [..., M + 1, nx]."""
        ...
