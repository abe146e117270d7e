"""Face values of a field on a uniform mesh: fifth order where it is smooth, no oscillations where it jumps."""

from collections.abc import Callable

import torch
from torch import Tensor

GHOSTS = 3  # cells beyond each end of the mesh that the stencil of the outermost face reaches
BLOCK = 16384  # values that are worked on at a time, so that a dozen arrays of them stay in the cache of a core
TINY = 1e-40  # keeps 0 / 0 away and nothing else: the weights do not depend on the unit of the field


def from_left(q: Tensor) -> Tensor:
    """Values at the faces i + 1/2, from two cells and a half to the left and two to the right: upwind where v > 0.

    q: [..., n + 6] with GHOSTS at both ends -> [..., n + 1], the outermost faces of the n cells among them.
    WENO-Z of fifth order: Borges, Carmona, Costa, Don, J. Comput. Phys. 227, 3191 (2008), Eqs. (6)-(9), (25), (28)."""
    return in_blocks(faces, q)


def from_right(q: Tensor) -> Tensor:
    """The mirror image of `from_left`: upwind where v < 0."""
    return in_blocks(lambda part: faces(part.flip(-1)).flip(-1), q)


def in_blocks(work: Callable[[Tensor], Tensor], q: Tensor) -> Tensor:
    """work(q), which treats all rows alike, by as many rows at a time as fit into the cache. q: [..., n] -> [..., m]"""
    rows = max(1, BLOCK // q.shape[-1])
    if q.numel() <= 2 * BLOCK or (q.requires_grad and torch.is_grad_enabled()):
        return work(q)
    parts = torch.split(q.reshape(-1, q.shape[-1]), rows)
    return torch.cat([work(part) for part in parts]).reshape(*q.shape[:-1], -1)


def faces(q: Tensor) -> Tensor:
    """`from_left` of some rows."""
    n = q.shape[-1] - 5
    d = q[..., 1:] - q[..., :-1]  # first differences, between j and j + 1
    c = d[..., 1:] - d[..., :-1]  # second differences, at j + 1
    before, after = d[..., 1 : n + 1], d[..., 2 : n + 2]  # of the cell to the left of the face
    c0, c1, c2 = c[..., :n], c[..., 1 : n + 1], c[..., 2 : n + 2]
    beta0 = (13 / 12) * c0.square() + 0.25 * (c0 + 2.0 * before).square()
    beta1 = (13 / 12) * c1.square() + 0.25 * (before + after).square()
    beta2 = (13 / 12) * c2.square() + 0.25 * (c2 - 2.0 * after).square()
    tau = (beta0 - beta2).abs()
    w0 = 0.1 + 0.1 * (tau / (beta0 + TINY)).square()
    w1 = 0.6 + 0.6 * (tau / (beta1 + TINY)).square()
    w2 = 0.3 + 0.3 * (tau / (beta2 + TINY)).square()
    p0 = 5.0 * before - 2.0 * d[..., :n]
    p1 = before + 2.0 * after
    p2 = 4.0 * after - d[..., 3 : n + 3]
    return q[..., 2 : n + 2] + (w0 * p0 + w1 * p1 + w2 * p2) / (6.0 * (w0 + w1 + w2))


def derivative(q: Tensor, dx: float) -> Tensor:
    """d_x q at the cells, central differences of sixth order. q: [..., n + 6] with GHOSTS -> [..., n]."""
    n = q.shape[-1] - 2 * GHOSTS

    def difference(k: int) -> Tensor:
        return q[..., 3 + k : 3 + k + n] - q[..., 3 - k : 3 - k + n]

    return (45.0 * difference(1) - 9.0 * difference(2) + difference(3)) / (60.0 * dx)
