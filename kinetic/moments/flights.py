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

import torch
from torch import Tensor

from kinetic import kernels
from kinetic.flow import Flow
from kinetic.gas import primitive
from kinetic.kernels.moments import ASKED, NOTHING, Equations, Local
from kinetic.moments.hermite import Gas

RATES = (0.5, 2.0)  # alpha of far and of near flights
DEFINITION = f"alpha = {RATES[0]:g} and {RATES[1]:g}, W = rho theta^(3/2)"
ONCE, TWICE = 0, 1
Row = tuple[int, int]  # which of them is taken of a slope, and what becomes of the slope in a reflection
Part = tuple[Tensor, Tensor]  # the weights of Hilbert's transform [nx, nx], and tau [B, nx, nx] or [B, 1, 1]


def weight(gas: Gas) -> Tensor:
    """W [..., nx]"""
    return gas.rho * gas.theta * gas.theta.sqrt()


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
        self._known: dict[int, tuple[Tensor, Tensor]] = {}

    def every(self, local: Local, parity: Tensor) -> tuple[Tensor, Tensor]:
        """K g_k and -K K g_k for k = 3 .. M: both [B, len(RATES), M - 2, nx]. parity: [M - 2] signs of the moments in a
        reflection; those of their slopes are the opposite."""
        once, twice = self._of_every(parity)
        return self._flown(local, once), self._flown(local, twice)

    def last(self, local: Local) -> Tensor:
        """K g_k where M - k is even and -K K g_k where it is odd, for k = 3 .. M: [B, 2 (M - 2), nx]. In a reflection
        all of them behave as g_(M+1) does."""
        return self._flown(local, self._of_last(local.b.shape[-2])).flatten(1, 2)

    def matrices(self, equations: Equations, parity: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """For compiled loops: those of K and of -K K, or of Hermite moments in the first list what `last` takes, for
        g_3 .. g_M: [B, nx, 2 nx] or, where all places are alike, `circulant`."""
        first: list[Row] = []
        second: list[Row] = []
        if equations.closing.kind not in (NOTHING, ASKED):
            of_last = equations.variables == "hermite"
            first, second = (self._of_last(len(parity)), []) if of_last else self._of_every(parity)
        eps = self._flow.knudsen
        if first and self.periodic and torch.equal(eps, eps[:, :1].expand_as(eps)):
            both = circulant(self._free())
            return [both[which] for which, _ in first], [both[which] for which, _ in second]
        return [self._matrix(row) for row in first], [self._matrix(row) for row in second]

    def _flown(self, local: Local, rows: list[Row]) -> Tensor:
        """K g_k or -K K g_k: [B, len(RATES), M - 2, nx]"""
        g = local.flown[..., 3:, :]
        if kernels.usable(g) and len(g) == len(self._flow.knudsen):
            return kernels.fly(local.weight, g, [self._matrix(row) for row in rows])
        weight = local.weight.unsqueeze(-2)
        alike = {row: [k for k, other in enumerate(rows) if other == row] for row in dict.fromkeys(rows)}
        found = torch.cat([(weight * g[:, which]) @ self._matrix(row) for row, which in alike.items()], 1)
        order = torch.tensor([k for which in alike.values() for k in which], device=g.device).argsort()
        return torch.stack(found[:, order].chunk(len(RATES), -1), 1) / weight.unsqueeze(-2)

    def _of_every(self, parity: Tensor) -> tuple[list[Row], list[Row]]:
        signs = [-int(sign) if self._mirrored else 1 for sign in parity.tolist()]
        return [(ONCE, sign) for sign in signs], [(TWICE, sign) for sign in signs]

    def _of_last(self, n: int) -> list[Row]:
        """g_3, g_5, ... are even functions of x in a reflection, g_4, g_6, ... odd ones."""
        return [(ONCE if (n - k) % 2 else TWICE, -1 if k % 2 and self._mirrored else 1) for k in range(n)]

    def _matrix(self, row: Row) -> Tensor:
        return self._matrices(row[1])[row[0]]

    def _free(self) -> Tensor:
        """[B, nx] tau across each cell."""
        rho, _, theta = (q.mean(-1, keepdim=True) for q in primitive(self._flow.moments(2)))
        return self.dx * self._frequency(rho, theta) / (self._flow.knudsen * theta.sqrt())

    def _matrices(self, parity: int) -> tuple[Tensor, Tensor]:
        """Transposes of K and of -K K, side by side for the RATES, for what has this parity: [B, nx, 2 nx]."""
        flow = self._flow
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
    twice = -torch.fft.irfft(torch.fft.rfft(once).square(), n := free.shape[-1])
    if n % 2 == 0:
        twice[..., 1::2] = 0.0  # but for rounding it is: K goes to every second cell
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
