"""Face values of a field on a uniform mesh: fifth order where it is smooth, no oscillations where it jumps."""

import torch
from torch import Tensor

GHOSTS = 3  # cells beyond each end of the mesh that the stencil of the outermost face reaches
BLOCK = 10000  # values that are worked on at a time: a dozen arrays of them stay in the cache of a core, and none is so
# large (128 KiB) that the allocator asks the system for it, which costs more than the arithmetic
TINY = torch.tensor(1e-40, dtype=torch.float64)  # keeps 0 / 0 away: weights do not depend on the unit of the field
NOISE = 1e-24  # of fields of size 1, squared: what is less is smooth
ONE = torch.tensor(1.0, dtype=torch.float64)


def upwind(q: Tensor, half: int) -> Tensor:
    """Values at the faces i + 1/2, from two cells and a half upwind of them and two downwind: the first `half` rows go
    to the left (v < 0), the others to the right.

    q: [..., rows, n + 6] with GHOSTS at both ends -> [..., rows, n + 1], the outermost faces of the n cells among them.
    As many rows at a time as fit into the cache; each value of q is fetched from memory once.
    WENO-Z of fifth order: Borges, Carmona, Costa, Don, J. Comput. Phys. 227, 3191 (2008), Eqs. (6)-(9), (25), (28)."""
    count, width = q.shape[-2:]
    if q.requires_grad and torch.is_grad_enabled():
        return torch.cat([faces(q[..., :half, :], 1), faces(q[..., half:, :], 0)], -2)
    flat = q.reshape(-1, count, width)
    out = flat.new_empty(len(flat), count, width - 5)
    rows = max(1, BLOCK // width)
    members = max(1, rows // max(half, count - half))
    for b in range(0, len(flat), members):
        for right, first, last in ((1, 0, half), (0, half, count)):
            for r in range(first, last, rows):
                part = slice(b, b + members), slice(r, min(r + rows, last))
                out[part] = faces(flat[part], right)
    return out.reshape(*q.shape[:-1], -1)


def faces(q: Tensor, right: int) -> Tensor:
    """`upwind` of rows that go to the right or, where they come from the `right`, 1 for 0, to the left: the same with
    all cells in reversed order.

    Written for few passes over the data. With differences d and second differences c,
    four times the smoothness of the three stencils is 13/3 c^2 + (3 d - d')^2 for the outer ones, 13/3 c^2 + (d + d')^2
    for the middle one, and their share of the value is 1/10, 6/10 and 3/10 of y = 1 + (tau / smoothness)^2."""
    n = q.shape[-1] - 5
    d = torch.diff(q)  # between the cells j and j + 1
    c = torch.diff(d)  # at the cell j + 1
    s = torch.addcmul(TINY.to(q.device, q.dtype), c, c, value=13 / 3)
    far, before, after, ahead = (d[..., k : k + n] for k in ((4, 3, 2, 1) if right else (0, 1, 2, 3)))
    s0, s1, s2 = (s[..., k : k + n] for k in ((3, 2, 1) if right else (0, 1, 2)))
    e = torch.add(far, before, alpha=-3.0)
    beta0 = torch.addcmul(s0, e, e)
    e = before + after
    beta1 = torch.addcmul(s1, e, e)
    e = torch.add(ahead, after, alpha=-3.0)
    beta2 = torch.addcmul(s2, e, e)
    tau = beta0 - beta2
    one = ONE.to(q.device, q.dtype)
    y0, y1, y2 = (torch.addcmul(one, ratio, ratio) for ratio in (tau / beta0, tau / beta1, tau / beta2))
    total = y0 * torch.add(far, before, alpha=-2.5)  # -1/2 of 5 before - 2 far
    total = torch.addcmul(total, y1, torch.add(before, after, alpha=2.0), value=-3.0)
    total = torch.addcmul(total, y2, torch.add(ahead, after, alpha=-4.0), value=1.5)
    weight = torch.add(torch.add(y0, y1, alpha=6.0), y2, alpha=3.0)
    cell = q[..., 2 + right : 2 + right + n]
    return torch.addcdiv(cell, total, weight, value=1 / 3 if right else -1 / 3)


def smoothness(q: Tensor) -> Tensor:
    """Four times that of the stencils of three cells that end, have their middle and begin at each cell that is upwind
    of a face. q: [..., n + 6] -> [..., 3, n + 2]"""
    n = q.shape[-1] - 4
    d = torch.diff(q)
    c = torch.diff(d).square() * (13 / 3)
    far, before, after, ahead = (d[..., k : k + n] for k in range(4))
    slopes = torch.stack([far - 3.0 * before, before + after, ahead - 3.0 * after], -2)
    return slopes.square() + torch.stack([c[..., k : k + n] for k in range(3)], -2)


def shares(beta: Tensor) -> Tensor:
    """Of the differences between the five cells around a face in its value from the left, by a smoothness that several
    fields have in common: with it the value of a sum of them is the sum of their values. [..., 3, n + 2] -> [..., 4, n
    + 1]"""
    tau = beta[..., :1, :-1] - beta[..., 2:, :-1]
    y0, y1, y2 = (1.0 + (tau / (beta[..., :-1] + NOISE)).square()).unbind(-2)
    parts = torch.stack([-y0, 2.5 * y0 + 3.0 * y1, 6.0 * (y1 + y2), -1.5 * y2], -2)
    return parts / (3.0 * (y0 + 6.0 * y1 + 3.0 * y2)).unsqueeze(-2)


def combined(q: Tensor, share: Tensor) -> Tensor:
    """`upwind` of rows that go to the right, with such shares: q [..., K, n + 6], share [..., 4, n + 1] -> [..., K, n +
    1]"""
    n = q.shape[-1] - 5
    d = torch.diff(q)
    moved = (d[..., k : k + n] * share[..., k : k + 1, :] for k in range(4))
    return sum(moved, q[..., 2 : 2 + n])


def derivative(q: Tensor, dx: float) -> Tensor:
    """d_x q at the cells, central differences of sixth order. q: [..., n + 6] with GHOSTS -> [..., n]."""
    n = q.shape[-1] - 2 * GHOSTS

    def difference(k: int) -> Tensor:
        return q[..., 3 + k : 3 + k + n] - q[..., 3 - k : 3 - k + n]

    return (45.0 * difference(1) - 9.0 * difference(2) + difference(3)) / (60.0 * dx)
