"""Slopes as molecules bring them: what is elsewhere, as far as one gets without a collision.

    (K q)(x) = 1 / pi int q(x') / (x - x') exp(-alpha |tau(x) - tau(x')|) dx',    tau = int nu dx / (eps sqrt(theta_0))

tau counts mean free paths, at rho_0 and theta_0, the mean density and temperature (of v_x) when the flow begins,
nu(rho_0, theta_0) being what the closure says of the frequency of collisions (1 for BGK). In a uniform gas K makes -i
2 / pi atan(k eps sqrt(theta_0) / (alpha nu)) exp(i k x) of exp(i k x): a derivative, over a short length, where
collisions are frequent, and Hilbert's transform where there are none. There molecules of different speeds mix in phase
at the rate |k|, which no differential equations of few moments do and Hilbert's transform of slopes does (for plasmas:
Hammett, Perkins, Phys. Rev. Lett. 64, 3019 (1990)). Beyond a reflecting wall is the image of the tube; beyond others
slopes are 0.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from kinetic.flow import Flow
from kinetic.gas import primitive

RATES = (0.5, 2.0)  # alpha of far and of near flights
Part = tuple[Tensor, Tensor]  # the weights of Hilbert's transform [nx, nx], and tau [B, nx, nx] or [B, 1, 1]


def uniform(rho: Tensor, theta: Tensor) -> Tensor:
    """nu = 1"""
    return torch.ones_like(rho)


class Flights:
    """K on the mesh of a flow, computed when it is first asked for. Without collisions it is exact for all waves of a
    periodic mesh."""

    def __init__(self, flow: Flow, frequency: Callable[[Tensor, Tensor], Tensor] = uniform):
        """frequency: nu(rho_0, theta_0)."""
        self._frequency = frequency
        self._flow, self.dx, self.periodic = flow, flow.dx, flow.left.kind == "periodic"
        self._mirrored = "reflecting" in (flow.left.kind, flow.right.kind)  # parity counts beyond a mirror alone
        self._once: dict[int, Tensor] = {}
        self._twice: dict[int, Tensor] = {}

    def once(self, q: Tensor, parity: int) -> Tensor:
        """K q for each of the RATES. q: [B, n, nx] -> [B, len(RATES) n, nx]: for the first of them, then for the
        second.

        parity: what becomes of q in a reflection, 1 or -1; the other in K q."""
        return torch.cat((q @ self._matrices(parity)[0]).chunk(len(RATES), -1), 1)

    def twice(self, q: Tensor, parity: int) -> Tensor:
        """-K K q, which behaves as q does in a reflection; see `once`."""
        return torch.cat((q @ self._matrices(parity)[1]).chunk(len(RATES), -1), 1)

    def every(self, g: Tensor, parity: Tensor) -> tuple[Tensor, Tensor]:
        """K g_k and -K K g_k of some slopes. g: [B, n, nx], parity: [n] signs of the moments in a reflection; those of
        their slopes are the opposite. -> both [B, len(RATES), n, nx]"""
        shape = (len(g), len(RATES), *g.shape[1:])
        once, twice = (of(g, 1).reshape(shape) for of in (self.once, self.twice))
        if self._mirrored:
            turned = (parity > 0)[:, None]
            odd = (of(g, -1).reshape(shape) for of in (self.once, self.twice))
            once, twice = (torch.where(turned, a, b) for a, b in zip(odd, (once, twice), strict=True))
        return once, twice

    def last(self, g: Tensor) -> Tensor:
        """g: [B, M - 2, nx] g_3 .. g_M -> [B, 2 (M - 2), nx]: K g_k where M - k is even and -K K g_k where it is odd.
        In a reflection all of them behave as g_(M+1) does."""
        n = g.shape[1]
        parity = (-1) ** (n + 3)  # of g_M in a reflection, where that of g_k is (-1)^(k + 1)
        first = (n - 1) % 2  # K is applied once to g_M, g_(M-2), ...
        found = torch.cat([self.once(g[:, first::2], parity), self.twice(g[:, 1 - first :: 2], -parity)], 1)
        half = (n + 1) // 2  # of the first kind, for each of the rates
        one, other = found[:, : 2 * half].chunk(2, 1), found[:, 2 * half :].chunk(2, 1)
        rows = [(one if k % 2 == first else other)[rate][:, k // 2] for rate in range(len(RATES)) for k in range(n)]
        return torch.stack(rows, 1)

    def _matrices(self, parity: int) -> tuple[Tensor, Tensor]:
        """Transposes of K and of -K K, side by side for the RATES, for what has this parity: [B, nx, 2 nx]."""
        flow = self._flow
        parity = parity if self._mirrored else 1
        if parity not in self._once:
            rho, _, theta = (q.mean(-1, keepdim=True) for q in primitive(flow.moments(2)))
            free = flow.dx * self._frequency(rho, theta) / (flow.knudsen * theta.sqrt())
            direct, images = ring(free) if flow.left.kind == "periodic" else tube(free, flow)
            once, twice = [], []
            for rate in RATES:
                straight, back = seen(direct, rate, free), seen(images, rate, free)
                k = straight + parity * back
                once.append(k.mT)
                twice.append(-((straight - parity * back) @ k).mT)
            self._once[parity], self._twice[parity] = torch.cat(once, -1), torch.cat(twice, -1)
        return self._once[parity], self._twice[parity]


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
