"""Slopes as molecules bring them: what is elsewhere, as far as one gets without a collision.

    (K q)(x) = 1 / pi int q(x') / (x - x') exp(-alpha |tau(x) - tau(x')|) dx',    tau = int dx / (eps sqrt(theta_0))

tau counts mean free paths, at theta_0, the mean temperature when the flow begins. In a uniform gas K makes -i 2 / pi
atan(k eps sqrt(theta_0) / alpha) exp(i k x) of exp(i k x): a derivative, over a short length, where collisions are
frequent, and Hilbert's transform where there are none. There molecules of different speeds mix in phase at the rate
|k|, which no differential equations of few moments do and Hilbert's transform of slopes does (for plasmas: Hammett,
Perkins, Phys. Rev. Lett. 64, 3019 (1990)). Beyond a reflecting wall is the image of the tube; beyond others slopes
are 0.
"""

import math
from functools import cached_property

import torch
from torch import Tensor

from kinetic.flow import Flow
from kinetic.gas import primitive

RATES = (0.5, 2.0)  # alpha of far and of near flights
Part = tuple[Tensor, Tensor]  # the weights of Hilbert's transform [nx, nx], and tau [B, nx, nx] or [B, 1, 1]


class Flights:
    """K on the mesh of a flow, computed when it is first asked for. Without collisions it is exact for all waves of a
    periodic mesh."""

    def __init__(self, flow: Flow, order: int):
        """order: M"""
        self._flow, self._order = flow, order

    def __call__(self, g: Tensor) -> Tensor:
        """g: [B, M - 2, nx] g_3 .. g_M -> [B, 2 (M - 2), nx]: for the first of the RATES, then for the second, K g_k
        where M - k is even and -K K g_k where it is odd. In a reflection all of them behave as g_(M+1) does."""
        once, twice = self._matrices
        first = (self._order - 3) % 2  # K is applied once to g_M, g_(M-2), ...
        found = torch.cat([g[:, first::2] @ once, g[:, 1 - first :: 2] @ twice], 1)
        count = found.shape[1]
        half = (count + 1 - first) // 2
        places = [half * (k % 2 != first) + k // 2 for k in range(count)]
        return torch.cat(found[:, places].chunk(len(RATES), -1), 1)

    @cached_property
    def _matrices(self) -> tuple[Tensor, Tensor]:
        """Transposes of K and of -K K, side by side for the RATES: [B, nx, 2 nx]."""
        flow = self._flow
        theta = primitive(flow.moments(2))[2].mean(-1, keepdim=True)
        free = flow.dx / (flow.knudsen * theta.sqrt())
        direct, images = ring(free) if flow.left.kind == "periodic" else tube(free, flow)
        parity = (-1.0) ** (self._order + 1)  # of g_M, g_(M-2), ... in a reflection; that of the others is the opposite
        once, twice = [], []
        for rate in RATES:
            straight, back = seen(direct, rate, free), seen(images, rate, free)
            k = straight + parity * back
            once.append(k.mT)
            twice.append(-(k @ (straight - parity * back)).mT)
        return torch.cat(once, -1), torch.cat(twice, -1)


def ring(free: Tensor) -> tuple[list[Part], list[Part]]:
    """What cells are to each other on a periodic mesh: straight, the other way, round and round. free: [B, nx] tau
    across each cell."""
    n = free.shape[-1]
    i = torch.arange(n, dtype=free.dtype, device=free.device)
    away = i[:, None] - i
    middle, whole = free.cumsum(-1) - 0.5 * free, free.sum(-1)[:, None, None]
    tau = (middle.unsqueeze(-1) - middle.unsqueeze(-2)).abs()
    straight, other = on_a_line(away), on_a_line(away - n * away.sign())
    angle = torch.where(away == 0, n / 2, away) * (math.pi / n)
    sign = torch.cos(math.pi * away)
    every = (angle.cos() - sign) / angle.sin() if n % 2 else (1.0 - sign) / angle.tan()
    every = torch.where(away == 0, 0.0, every / n)
    return [(straight, tau), (other, whole - tau), (every - straight - other, whole)], []


def tube(free: Tensor, flow: Flow) -> tuple[list[Part], list[Part]]:
    """What cells are to each other between two walls: straight, and by the images beyond reflecting ones."""
    n = free.shape[-1]
    i = torch.arange(n, dtype=free.dtype, device=free.device)
    away, both = i[:, None] - i, i[:, None] + i + 1
    middle, whole = free.cumsum(-1) - 0.5 * free, free.sum(-1)[:, None, None]
    here, there = middle.unsqueeze(-1), middle.unsqueeze(-2)
    images = []
    if flow.left.kind == "reflecting":
        images.append((on_a_line(both), here + there))
    if flow.right.kind == "reflecting":
        images.append((on_a_line(both - 2 * n), 2.0 * whole - here - there))
    return [(on_a_line(away), (here - there).abs())], images


def seen(parts: list[Part], rate: float, free: Tensor) -> Tensor:
    """The sum of the parts, dimmed: [B, nx, nx], or [B, nx, 1] zeros for none."""
    return sum((weight * torch.exp(-rate * tau) for weight, tau in parts), torch.zeros_like(free).unsqueeze(-1))


def on_a_line(away: Tensor) -> Tensor:
    """Hilbert's transform on a line of cells; away: how many of them there are between two [nx, nx]."""
    return torch.where(away % 2 == 0, 0.0, 2.0 / (math.pi * torch.where(away == 0, 1, away)))
