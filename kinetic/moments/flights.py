"""Slopes as molecules bring them: what is elsewhere, as far as one gets without a collision.

    (K q)(x) = 1 / pi int q(x') / (x - x') exp(-alpha |tau - tau'|) dx'
    (E q)(x) = q(x) - alpha / 2 int sqrt(n(x) n(x')) q(x') exp(-alpha |tau - tau'|) dx'

n = nu / (eps sqrt(theta_0)) is 1 over the mean free path and tau = int n dx counts mean free paths, at rho_0 and
theta_0, the mean density and temperature (of v_x) when the flow begins, nu(rho_0, theta_0) being what the closure says
of the frequency of collisions (1 for BGK). K is what arrives, E how far q exceeds its mean around. In a uniform gas
they make -i A and E of exp(i k x), with kappa = k eps sqrt(theta) / nu,

    A = 2 / pi atan(kappa / alpha),    E = kappa^2 / (kappa^2 + alpha^2)

derivatives, over a short length, where collisions are frequent, and Hilbert's transform and 1 where there are none.
There molecules of different speeds mix in phase at the rate |k|, which no differential equations of few moments do and
Hilbert's transform of slopes does (for plasmas: Hammett, Perkins, Phys. Rev. Lett. 64, 3019 (1990)). Beyond a
reflecting wall is the image of the tube; beyond others slopes are 0.

Closures of g_(M+1) are told K g_k with alpha = 1/2 where M - k is even, and E g_k with alpha = 1/2 and 2 where it is
odd: of odd and of even order in the wavenumber, as g_(M+1) asks. k begins at 2: g_2 is a slope of the conserved energy,
but where collisions are rare what is not local in it counts, as in the closure of Hammett and Perkins of four moments,
which are 3 times farther off without it. Slopes of density and velocity add nothing.

Where the gas is not the same everywhere, whose slopes are these? Molecules that do not collide keep their velocities,
and slopes of their distribution, in one frame, obey linear equations, however large they are. Hermite's slopes fly as
the gas around sees them (kinetic.moments.frames), the one with means of density, momentum and energy,

    rho', rho' u', rho' (theta' + c u'^2) = (1 - E) (rho, rho u, rho (theta + c u^2)),    alpha = 1/2,
    gamma_k = int He_k((v - u') / sqrt(theta')) d_x f dv,    gamma_(M+1) = sum_j l_j s_j,    s_j of W gamma / W,

W = theta'^(3/2), from which g_(M+1) follows where it is asked for. Where collisions are frequent u', theta' are u and
theta; where there are none, they are those of the whole flow. c = 1/3 of the energy of streams counts as heat: with
all of it streams that part were 4 times farther off, with none of it those that meet were. In the frames of the
gas where each slope is, flows with jumps of temperature by two were 3 times farther off, and shock tubes 9 times.

Slopes of projections, which no other frame has, fly as the gas sees them where they are. What flies is W g, W = rho
theta^(3/2), the scale of heat fluxes, and what arrives is over W of the gas that it comes to: K g in short is 1 / W K
(W g), and E g is 1 / W E (W g). Without it, and wherever something that jumps stands before the integral, 1 / (x - x')
makes of a shock what grows as log(1 / dx): two streams that met were the farther off, the finer the mesh. For the same
reason nothing flies of the jump between a wall and the gas beside it, which is in the flux through the wall.
"""

import math
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from kinetic import kernels
from kinetic.flow import Flow
from kinetic.gas import primitive
from kinetic.kernels.moments import Local
from kinetic.moments.frames import Frame, expansion, moved, seen
from kinetic.moments.hermite import powers
from kinetic.moments.integrals import Matrices, hilbert, means

RATES = (0.5, 2.0)  # alpha of E; the first one is that of K, too
STREAMS = 1.0 / 3.0  # c, of their energy
DEFINITION = (
    f"K of alpha = {RATES[0]:g}, E of {RATES[0]:g} and {RATES[1]:g}, Hermite slopes from the second on in the frame of "
    f"the gas around with {STREAMS:.3g} of the energy of streams"
)
EVEN_ODD_EVEN = torch.tensor([1.0, -1.0, 1.0], dtype=torch.float64)  # density, momentum, energy in a reflection


def uniform(rho: Tensor, theta: Tensor) -> Tensor:
    """nu = 1"""
    return torch.ones_like(rho)


class Told(NamedTuple):
    """What arrives from elsewhere."""

    s: Tensor  # [B, F, nx] K of gamma_k where M - k is even, then E where it is odd, for all RATES
    moved: Tensor  # [B, nx] g_(M+1) where gamma_(M+1) is 0


class Flights:
    """K and E on the mesh of a flow: by matrices, or by compiled loops in a time that is proportional to nx. These have
    K to 2e-6 where there are more than 128 cells."""

    def __init__(self, flow: Flow, frequency: Callable[[Tensor, Tensor], Tensor] = uniform):
        """frequency: nu(rho_0, theta_0)."""
        self._frequency = frequency
        self._flow, self.dx, self.periodic = flow, flow.dx, flow.left.kind == "periodic"

    def every(self, local: Local, parity: Tensor) -> tuple[Tensor, Tensor]:
        """K g_k [B, M - 2, nx] and E g_k [B, len(RATES), M - 2, nx], k = 3 .. M, of projections. parity: [M - 2] of the
        moments in a reflection; that of their slopes is the opposite."""
        rho, _, theta = local.gas.unbind(-2)
        return self._weighted(rho * theta * theta.sqrt(), local.flown[..., 3:, :], -parity)

    def last(self, local: Local) -> "Told":
        """What closures of Hermite's moments are told. In a reflection all of it behaves as g_(M+1) does."""
        rho, u, theta = local.gas.unbind(-2)
        around, last = self.around(local.gas), local.g.shape[-2]
        p = moved(Frame(u, theta), around, last + 1)
        e = expansion(rho, theta, local.flown)
        sizes = powers(around.theta.sqrt(), last + 1)
        gamma = torch.stack([math.factorial(k) * seen(e, p, k) / sizes[..., k, :] for k in range(2, last)], -2)
        odd = torch.arange(2, last, device=rho.device) % 2
        arrived, excess = self._weighted(sizes[..., 3, :], gamma, 2.0 * odd - 1.0)
        s = torch.cat([arrived[..., (last - 1) % 2 :: 2, :], excess[..., last % 2 :: 2, :].flatten(-3, -2)], -2)
        scale = rho * theta.sqrt() ** last
        return Told(s * (sizes[..., last, :] / scale).unsqueeze(-2), -math.factorial(last) * seen(e, p, last) / scale)

    def around(self, gas: Tensor) -> Frame:
        """Of the gas around. gas: [B, 3, nx] rho, u, theta"""
        rho, u, theta = gas.unbind(-2)
        q = torch.stack([rho, rho * u, rho * (theta + STREAMS * u.square())], -2)
        mass, momentum, energy = (q - self._fly(q, EVEN_ODD_EVEN.to(q.device))[1][..., 0, :, :]).unbind(-2)
        velocity = momentum / mass
        return Frame(velocity, energy / mass - STREAMS * velocity.square())

    def _weighted(self, weight: Tensor, g: Tensor, parity: Tensor) -> tuple[Tensor, Tensor]:
        """1 / W K (W g) and 1 / W E (W g)"""
        of = weight.unsqueeze(-2)
        arrived, excess = self._fly(of * g, parity)
        return arrived / of, excess / of.unsqueeze(-3)

    def _fly(self, q: Tensor, parity: Tensor) -> tuple[Tensor, Tensor]:
        """K q [B, n, nx] and E q [B, len(RATES), n, nx]. q: [B, n, nx]; parity: [n] in a reflection."""
        if kernels.usable(q) and len(q) == len(self.free):
            return kernels.fly(self.free, (self._flow.left.kind, self._flow.right.kind), parity.tolist(), q)
        arrived, around = (matrices.of(q.unsqueeze(-3), parity.unsqueeze(-1)) for matrices in self._matrices)
        return arrived.squeeze(-3), q.unsqueeze(-3) - around

    @cached_property
    def free(self) -> Tensor:
        """[B, len(RATES), nx] tau across each cell, times alpha."""
        rho, _, theta = (q.mean(-1, keepdim=True) for q in primitive(self._flow.moments(2)))
        free = self.dx * self._frequency(rho, theta) / (self._flow.knudsen * theta.sqrt())
        return torch.stack([rate * free for rate in RATES], 1)

    @cached_property
    def _matrices(self) -> tuple[Matrices, Matrices]:
        """K and 1 - E"""
        return hilbert(self.free[:, :1], self._flow), means(self.free, self._flow)
