"""K and 1 - E (kinetic.moments.flights) between the cells of a mesh, as matrices. Compiled loops have them block by
block (kinetic/kernels/loops/flights.h).

free, in all of them: [B, R, nx] alpha tau across each cell, for R values of alpha."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from kinetic.flow import Flow


class Matrices(NamedTuple):
    """Transposed: what comes straight from other cells and, where walls reflect, from images of the tube."""

    straight: Tensor  # [B, R, nx, nx]
    images: Tensor | None

    def of(self, x: Tensor, parity: Tensor) -> Tensor:
        """x: [B, 1, n, nx]; parity: [n, 1] signs of x in a reflection -> [B, R, n, nx]"""
        return x @ self.straight if self.images is None else x @ self.straight + parity * (x @ self.images)


class Places(NamedTuple):
    """Of cells to which something comes, [.., nx, 1], and of those from which it does, [.., 1, nx]."""

    here: Tensor  # tau of the middle of a cell
    there: Tensor
    whole: Tensor  # tau of the tube [.., 1, 1]


def places(free: Tensor) -> Places:
    middle = free.cumsum(-1) - 0.5 * free
    return Places(middle.unsqueeze(-1), middle.unsqueeze(-2), free.sum(-1)[..., None, None])


def mirrors(flow: Flow) -> list[bool]:
    """Whether the left and the right wall are."""
    return [wall.kind == "reflecting" for wall in (flow.left, flow.right)]


def hilbert(free: Tensor, flow: Flow) -> Matrices:
    """K. Without collisions it is exact for all waves of a periodic mesh."""
    n = free.shape[-1]
    i = torch.arange(n, dtype=free.dtype, device=free.device)
    here, there, whole = places(free)
    away, tau = i[:, None] - i, (here - there).abs()
    if flow.left.kind == "periodic":
        copies = [on_a_line(away), on_a_line(away - n * away.sign()), on_a_line(away + n * away.sign())]
        weights, depths = [*copies, on_a_ring(away) - sum(copies)], [tau, whole - tau, whole + tau, 2.0 * whole]
        return Matrices(dimmed(weights, depths), None)
    both = i[:, None] + i + 1
    images = (on_a_line(both), here + there), (on_a_line(both - 2 * n), 2.0 * whole - here - there)
    seen = [image for image, mirror in zip(images, mirrors(flow), strict=True) if mirror]
    return Matrices(dimmed([on_a_line(away)], [tau]), dimmed(*zip(*seen, strict=True)) if seen else None)


def dimmed(weights: Sequence[Tensor], depths: Sequence[Tensor]) -> Tensor:
    """The transposed sum of weights [nx, nx], each times exp(-depth)."""
    return torch.stack([w * torch.exp(-tau) for w, tau in zip(weights, depths, strict=True)]).sum(0).mT


def on_a_line(away: Tensor) -> Tensor:
    """Hilbert's transform on a line of cells; away: how many of them there are between two [nx, nx]."""
    return torch.where(away % 2 == 0, 0.0, 2.0 / (math.pi * torch.where(away == 0, 1, away)))


def on_a_ring(away: Tensor) -> Tensor:
    """The same on a ring of as many cells as there are rows."""
    n = len(away)
    angle, sign = torch.where(away == 0, n / 2, away) * (math.pi / n), torch.cos(math.pi * away)
    every = (angle.cos() - sign) / angle.sin() if n % 2 else (1.0 - sign) / angle.tan()
    return torch.where(away == 0, 0.0, every / n)


def means(free: Tensor, flow: Flow) -> Matrices:
    """1 - E, with all images of images: sqrt(sinh(free / 2) sinh(free' / 2)) exp(-|tau - tau'|) but for i = j."""
    here, there, whole = places(free)
    root = 0.25 * free + 0.5 * (-0.5 * torch.expm1(-free)).log()  # ln sqrt(sinh(free / 2))
    both, own = root.unsqueeze(-1) + root.unsqueeze(-2), -torch.expm1(-0.5 * free).unsqueeze(-1)
    away, one = here - there, torch.eye(free.shape[-1], dtype=torch.bool, device=free.device)
    straight, again = torch.where(one, own, torch.exp(both - away.abs())), torch.ones_like(whole)
    if flow.left.kind == "periodic" or all(mirrors(flow)):
        turn = whole if flow.left.kind == "periodic" else 2.0 * whole
        again = -torch.expm1(-turn)
        straight = straight + (torch.exp(both - turn + away) + torch.exp(both - turn - away)) / again
    depths = here + there, 2.0 * whole - here - there
    images = [torch.exp(both - tau) / again for tau, mirror in zip(depths, mirrors(flow), strict=True) if mirror]
    return Matrices(straight.mT, torch.stack(images).sum(0).mT if images else None)
