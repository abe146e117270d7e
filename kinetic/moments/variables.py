"""What a moment system computes, as its solver sees it: powers of v (kinetic.moments.hermite), or learned functions of
the peculiar velocity (kinetic.moments.generalised)."""

from typing import Protocol

from torch import Tensor

from kinetic.flow import Flow
from kinetic.moments.hermite import Gas


class Variables(Protocol):
    """The moments that are computed: m_0, m_1, m_2, and others, which are odd and even functions of v - u in turn."""

    @property
    def order(self) -> int:
        """M: there are M + 1 moments"""
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

    def expansion(self, gas: Gas, xi: Tensor) -> Tensor:
        """f sqrt(theta) / rho of the gas [..., 1] at xi = (v - u) / sqrt(theta). [..., n] -> [..., n]"""
        ...

    def measured(self, v: Tensor, f: Tensor) -> tuple[Tensor, Tensor]:
        """m and F of a distribution: at velocities v [..., n] there are f [..., n], weights included. Both [..., M + 1,
        1]"""
        ...

    def carried(self, gas: Gas, a_next: Tensor | None) -> tuple[Tensor, Tensor]:
        """m and F: both [..., M + 1, nx]."""
        ...
