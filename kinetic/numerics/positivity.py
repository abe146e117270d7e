"""Face values that leave a gas its density and its temperature."""

import torch
from torch import Tensor

KEPT = 1e-3  # share of rho^2 theta of a cell that its face values keep
TINY = 1e-200  # keeps derivatives finite where nothing changes


def limited(faces: Tensor, cells: Tensor) -> Tensor:
    """Face values, each drawn towards that of the cell upwind of it, as little as is enough.

    faces, cells: [..., K, n] moments rho, rho u, rho (u^2 + theta), ... With w = cell + t (face - cell), both w and its
    mirror image cell - t (face - cell) keep a share of rho and of rho^2 theta = w_0 w_2 - w_1^2: then a step of a
    Courant number of 1/2 from the cells leaves a gas that is one. Where the flow is smooth, t = 1 and nothing
    changes. (Zhang, Shu, J. Comput. Phys. 231, 2245 (2012).)"""
    change = faces - cells
    w0, w1, w2 = cells[..., :3, :].unbind(-2)
    d0, d1, d2 = change[..., :3, :].unbind(-2)
    # p(t) = a t^2 + b t + c of w and p(-t) of its mirror image; p(t) >= KEPT c
    a, b, c = d0 * d2 - d1.square(), w0 * d2 + w2 * d0 - 2.0 * w1 * d1, w0 * w2 - w1.square()
    room = (1.0 - KEPT) * c
    if bool(((room >= a.abs() + b.abs()) & (d0.abs() <= (1.0 - KEPT) * w0)).all()):
        return faces
    root = torch.minimum(first_root(a, b, room), first_root(a, -b, room))
    dense = (1.0 - KEPT) * w0
    most = torch.minimum(root, dense / torch.maximum(d0.abs(), dense.abs()))  # at most 1, with a finite derivative
    t = torch.where((c > 0) & (w0 > 0), most.clamp(0.0, 1.0), 0.0)
    return cells + t.unsqueeze(-2) * change


def first_root(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """The smallest t > 0 with a t^2 + b t + c = 0, c > 0; 2 where there is none up to there."""
    discriminant = b.square() - 4.0 * a * c
    real = discriminant.clamp(min=TINY).sqrt()
    most = torch.maximum(real - b, c.abs().clamp(min=TINY))  # 2 c / (real - b) -> -c / b as a -> 0; below 0: no root
    return torch.where(discriminant >= 0, 2.0 * c / most, 2.0)
