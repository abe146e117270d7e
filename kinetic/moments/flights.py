"""Slopes as molecules bring them: what is elsewhere, as far as one gets without a collision.

    (K q)(x) = 1 / pi int q(x') / (x - x') exp(-alpha |tau(x) - tau(x')|) dx',    tau = int nu dx / (eps sqrt(theta_0))

tau counts mean free paths, at rho_0 and theta_0, the mean density and temperature (of v_x) when the flow begins,
nu(rho_0, theta_0) being what the closure says of the frequency of collisions (1 for BGK). In a uniform gas K makes -i
2 / pi atan(k eps sqrt(theta_0) / (alpha nu)) exp(i k x) of exp(i k x): a derivative, over a short length, where
collisions are frequent, and Hilbert's transform where there are none. There molecules of different speeds mix in phase
at the rate |k|, which no differential equations of few moments do and Hilbert's transform of slopes does (for plasmas:
Hammett, Perkins, Phys. Rev. Lett. 64, 3019 (1990)). Beyond a reflecting wall is the image of the tube; beyond others
slopes are 0.

Slopes g are over scales of the gas where they are. What flies is W g, W = rho theta^(3/2), the scale of heat fluxes,
and what arrives is over W of the gas that it comes to: K g in short, here and elsewhere, is 1 / W K (W g). Without it,
and wherever something that jumps stands before the integral, 1 / (x - x') makes of a shock what grows as log(1 / dx):
two streams that met were the farther off, the finer the mesh. For the same reason nothing flies of the jump between a
wall and the gas beside it, which is in the flux through the wall.
"""

import math
from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor

from kinetic import kernels
from kinetic.flow import Flow
from kinetic.gas import primitive
from kinetic.kernels.moments import Local
from kinetic.moments.hermite import Gas

RATES = (0.5, 2.0)  # alpha of far and of near flights
DEFINITION = f"alpha = {RATES[0]:g} and {RATES[1]:g}, W = rho theta^(3/2)"
Part = tuple[Tensor, Tensor]  # the weights of Hilbert's transform [nx, nx], and tau [B, nx, nx] or [B, 1, 1]


def weight(gas: Gas) -> Tensor:
    """W [..., nx]"""
    return gas.rho * gas.theta * gas.theta.sqrt()


def uniform(rho: Tensor, theta: Tensor) -> Tensor:
    """nu = 1"""
    return torch.ones_like(rho)


class Flights:
    """K on the mesh of a flow. Without collisions it is exact for all waves of a periodic mesh. Compiled loops take a
    time that is proportional to nx (kinetic/kernels/loops/flights.h), matrices one to nx^2."""

    def __init__(self, flow: Flow, frequency: Callable[[Tensor, Tensor], Tensor] = uniform):
        """frequency: nu(rho_0, theta_0)."""
        self._frequency = frequency
        self._flow, self.dx, self.periodic = flow, flow.dx, flow.left.kind == "periodic"

    def every(self, local: Local, parity: Tensor) -> tuple[Tensor, Tensor]:
        """K g_k and -K K g_k for k = 3 .. M: both [B, len(RATES), M - 2, nx]. parity: [M - 2] signs of the moments in a
        reflection; those of their slopes are the opposite."""
        g = local.flown[..., 3:, :]
        if kernels.usable(g) and len(g) == len(self.free):
            kinds = self._flow.left.kind, self._flow.right.kind
            return kernels.fly(self.free, kinds, (-parity).tolist(), local.weight, g)
        weight, sign = local.weight[..., None, None, :], -parity.unsqueeze(-1)
        flying = weight * g.unsqueeze(-3)
        arrived, around = (straight_and_images(flying, *q, sign) / weight for q in (self._hilbert, self._means))
        return arrived, g.unsqueeze(-3) - around

    def last(self, local: Local) -> Tensor:
        """K g_k where M - k is even and -K K g_k where it is odd, for k = 3 .. M, of Hermite's moments: [B, 2 (M - 2),
        nx]. In a reflection all of them behave as g_(M+1) does."""
        n = local.b.shape[-2]
        odd = torch.arange(1, n + 1, device=local.b.device) % 2
        once, twice = self.every(local, 1.0 - 2.0 * odd)
        return torch.where((odd == n % 2).unsqueeze(-1), once, twice).flatten(1, 2)

    @cached_property
    def free(self) -> Tensor:
        """[B, len(RATES), nx] tau across each cell, times alpha."""
        rho, _, theta = (q.mean(-1, keepdim=True) for q in primitive(self._flow.moments(2)))
        free = self.dx * self._frequency(rho, theta) / (self._flow.knudsen * theta.sqrt())
        return torch.stack([rate * free for rate in RATES], 1)

    @cached_property
    def _hilbert(self) -> tuple[Tensor, Tensor | None]:
        """K: transposed, straight and, where walls reflect, by images of the tube. [B, len(RATES), nx, nx]"""
        direct, images = ring(self.free) if self.periodic else tube(self.free, self._flow)
        return seen(direct), seen(images) if images else None

    @cached_property
    def _means(self) -> tuple[Tensor, Tensor | None]:
        """1 - E, in the same way, with images of images."""
        free, walls = self.free, (self._flow.left.kind, self._flow.right.kind)
        middle, whole = free.cumsum(-1) - 0.5 * free, free.sum(-1)[..., None, None]
        here, there = middle.unsqueeze(-1), middle.unsqueeze(-2)
        root = 0.25 * free + 0.5 * (-0.5 * torch.expm1(-free)).log()  # ln sqrt(sinh(free / 2))
        own = torch.eye(free.shape[-1], dtype=torch.bool, device=free.device)

        def of(tau: Tensor) -> Tensor:
            """sqrt(sinh(free / 2) sinh(free' / 2)) exp(-tau), tau from the middle of one cell to that of the other."""
            return torch.exp(root.unsqueeze(-1) + root.unsqueeze(-2) - tau)

        away = here - there
        straight = torch.where(own, -torch.expm1(-0.5 * free).unsqueeze(-1), of(away.abs()))
        turn = whole if self.periodic else 2.0 * whole if walls == ("reflecting", "reflecting") else None
        again = torch.ones_like(whole) if turn is None else -torch.expm1(-turn)
        if turn is not None:
            straight = straight + (of(turn - away) + of(turn + away)) / again
        images = [tau for wall, tau in zip(walls, (here + there, 2.0 * whole - here - there), strict=True) if wall == "reflecting"]
        return straight.mT, (sum(map(of, images)) / again).mT if images else None


def straight_and_images(x: Tensor, straight: Tensor, images: Tensor | None, parity: Tensor) -> Tensor:
    """x: [B, 1, n, nx]; parity: [n, 1] signs of x in a reflection."""
    return x @ straight if images is None else x @ straight + parity * (x @ images)


def ring(free: Tensor) -> tuple[list[Part], list[Part]]:
    """What cells are to each other on a periodic mesh: straight, the other way, a turn further, and beyond it. free:
    [..., nx] alpha tau across each cell."""
    n = free.shape[-1]
    i = torch.arange(n, dtype=free.dtype, device=free.device)
    away = i[:, None] - i
    middle, whole = free.cumsum(-1) - 0.5 * free, free.sum(-1)[..., None, None]
    tau = (middle.unsqueeze(-1) - middle.unsqueeze(-2)).abs()
    copies = [on_a_line(away), on_a_line(away - n * away.sign()), on_a_line(away + n * away.sign())]
    angle = torch.where(away == 0, n / 2, away) * (math.pi / n)
    sign = torch.cos(math.pi * away)
    every = (angle.cos() - sign) / angle.sin() if n % 2 else (1.0 - sign) / angle.tan()
    rest = torch.where(away == 0, 0.0, every / n) - sum(copies)
    return list(zip((*copies, rest), (tau, whole - tau, whole + tau, 2.0 * whole), strict=True)), []


def tube(free: Tensor, flow: Flow) -> tuple[list[Part], list[Part]]:
    """What cells are to each other between two walls: straight, and by the images beyond reflecting ones."""
    n = free.shape[-1]
    i = torch.arange(n, dtype=free.dtype, device=free.device)
    away, both = i[:, None] - i, i[:, None] + i + 1
    middle, whole = free.cumsum(-1) - 0.5 * free, free.sum(-1)[..., None, None]
    here, there = middle.unsqueeze(-1), middle.unsqueeze(-2)
    images = []
    if flow.left.kind == "reflecting":
        images.append((on_a_line(both), here + there))
    if flow.right.kind == "reflecting":
        images.append((on_a_line(both - 2 * n), 2.0 * whole - here - there))
    return [(on_a_line(away), (here - there).abs())], images


def seen(parts: list[Part]) -> Tensor:
    """The transposed sum of the parts, dimmed: [..., nx, nx]."""
    return torch.stack([weight * torch.exp(-tau) for weight, tau in parts]).sum(0).mT


def on_a_line(away: Tensor) -> Tensor:
    """Hilbert's transform on a line of cells; away: how many of them there are between two [nx, nx]."""
    return torch.where(away % 2 == 0, 0.0, 2.0 / (math.pi * torch.where(away == 0, 1, away)))
