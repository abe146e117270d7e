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

import torch
from torch import Tensor

from kinetic import kernels
from kinetic.flow import Flow
from kinetic.gas import primitive

RATES = (0.5, 2.0)  # alpha of far and of near flights
ONCE, TWICE = 0, 1
Part = tuple[Tensor, Tensor]  # the weights of Hilbert's transform [nx, nx], and tau [B, nx, nx] or [B, 1, 1]


class Flights:
    """K on the mesh of a flow, computed when it is first asked for. Without collisions it is exact for all waves of a
    periodic mesh."""

    def __init__(self, flow: Flow):
        self._flow, self.dx, self.periodic = flow, flow.dx, flow.left.kind == "periodic"
        self._mirrored = "reflecting" in (flow.left.kind, flow.right.kind)  # parity counts beyond a mirror alone
        self._known: dict[int, tuple[Tensor, Tensor]] = {}

    def every(self, g: Tensor) -> tuple[Tensor, Tensor]:
        """K g_k and -K K g_k of g_3 .. g_M. g: [B, n, nx] -> both [B, len(RATES), n, nx]"""
        n = g.shape[1]
        return self._flown(g, (ONCE,) * n), self._flown(g, (TWICE,) * n)

    def last(self, g: Tensor) -> Tensor:
        """g: [B, M - 2, nx] g_3 .. g_M -> [B, 2 (M - 2), nx]: K g_k where M - k is even and -K K g_k where it is odd.
        In a reflection all of them behave as g_(M+1) does."""
        return self._flown(g, self._of_last(g.shape[1])).flatten(1, 2)

    def matrices(self, kind: str, n: int) -> tuple[list[Tensor], list[Tensor]]:
        """For compiled loops (kinetic.kernels.moments.Closing.kind): those of K and of -K K, or in the first list what
        `last` takes, for g_3 .. g_M: [B, nx, 2 nx] or, where all places are alike, `circulant`."""
        first: tuple[int, ...] = self._of_last(n) if kind in ("waves", "hermite") else ()
        second: tuple[int, ...] = ()
        if kind == "generalised":
            first, second = (ONCE,) * n, (TWICE,) * n
        eps = self._flow.knudsen
        if first and self.periodic and torch.equal(eps, eps[:, :1].expand_as(eps)):
            both = circulant(self._free())
            return [both[kind] for kind in first], [both[kind] for kind in second]
        return self._chosen(first), self._chosen(second)

    def _flown(self, g: Tensor, kinds: tuple[int, ...]) -> Tensor:
        """K g_k or -K K g_k: [B, len(RATES), n, nx]. In a reflection g_3, g_5, ... are even functions of x, g_4, g_6,
        ... odd ones."""
        matrices = self._chosen(kinds)
        if kernels.usable(g) and len(g) == len(matrices[0]):
            return kernels.fly(g, matrices)
        rows = torch.cat([g[:, k : k + 1] @ matrix for k, matrix in enumerate(matrices)], 1)
        return torch.stack(rows.chunk(len(RATES), -1), 1)

    def _chosen(self, kinds: tuple[int, ...]) -> list[Tensor]:
        return [self._matrices(-1 if k % 2 else 1)[kind] for k, kind in enumerate(kinds)]

    def _of_last(self, n: int) -> tuple[int, ...]:
        return tuple(ONCE if (n - k) % 2 else TWICE for k in range(n))

    def _free(self) -> Tensor:
        """[B, nx] tau across each cell."""
        theta = primitive(self._flow.moments(2))[2].mean(-1, keepdim=True)
        return self.dx / (self._flow.knudsen * theta.sqrt())

    def _matrices(self, parity: int) -> tuple[Tensor, Tensor]:
        """Transposes of K and of -K K, side by side for the RATES, for what has this parity: [B, nx, 2 nx]."""
        flow = self._flow
        parity = parity if self._mirrored else 1
        if parity not in self._known:
            free = self._free()
            direct, images = ring(free, free.shape[-1]) if self.periodic else tube(free, flow)
            once, twice = [], []
            for rate in RATES:
                straight, back = seen(direct, rate, free), seen(images, rate, free)
                k = straight + parity * back
                once.append(k.mT)
                twice.append(-((straight - parity * back) @ k).mT)
            self._known[parity] = torch.cat(once, -1), torch.cat(twice, -1)
        return self._known[parity]


def circulant(free: Tensor) -> tuple[Tensor, Tensor]:
    """K and -K K on a periodic mesh of cells that are all alike, where each column is the one before, moved: the first
    one for each of the RATES, twice. free: [B, nx] tau across each cell -> both [B, len(RATES), 2 nx]"""
    direct, _ = ring(free, 1)
    once = torch.stack([seen(direct, rate, free).squeeze(-1) for rate in RATES], 1)
    twice = -torch.fft.irfft(torch.fft.rfft(once).square(), free.shape[-1])
    return torch.cat([once, once], -1), torch.cat([twice, twice], -1)


def ring(free: Tensor, columns: int) -> tuple[list[Part], list[Part]]:
    """What cells are to each other on a periodic mesh: straight, the other way, round and round. free: [B, nx] tau
    across each cell; columns: of what are matrices [nx, nx]."""
    n = free.shape[-1]
    i = torch.arange(n, dtype=free.dtype, device=free.device)
    away = i[:, None] - i[:columns]
    middle, whole = free.cumsum(-1) - 0.5 * free, free.sum(-1)[:, None, None]
    tau = (middle.unsqueeze(-1) - middle[:, None, :columns]).abs()
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
