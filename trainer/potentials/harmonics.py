# TorchScript: this file is compiled into exported models (no `from __future__ import annotations`).
"""Real spherical harmonics of unit vectors, l <= 2, with sum_m Y_lm(a) Y_lm(b) = P_l(a . b).

    1;  x, y, z;  sqrt(3) (xy, yz, zx), (2 z^2 - x^2 - y^2) / 2, sqrt(3) (x^2 - y^2) / 2

Each is a homogeneous polynomial p_lm(r) / r^l, so that its gradient is (grad p_lm - l Y_lm rhat) / r.
"""

import math

import torch
from torch import Tensor

L_MAX = 2


def harmonics(unit: Tensor, l_max: int) -> Tensor:
    """Y_lm: [E, (l_max + 1)^2]. unit: [E, 3]"""
    rows = [torch.ones_like(unit[:, :1]), unit]
    if l_max == 2:
        c, (x, y, z) = math.sqrt(3.0), unit.unbind(1)
        second = [c * x * y, c * y * z, c * z * x, z * z - 0.5 * (x * x + y * y), 0.5 * c * (x * x - y * y)]
        rows.append(torch.stack(second, 1))
    return torch.cat(rows, 1)


def degrees(l_max: int) -> list[float]:
    """l of each of the (l_max + 1)^2 functions."""
    degree: list[float] = []
    for l in range(l_max + 1):  # noqa: E741, the formula's
        degree += [float(l)] * (2 * l + 1)
    return degree


def gradient_sum(b: Tensor, unit: Tensor) -> Tensor:
    """sum_lm b_lm grad p_lm at the unit vectors: [E, 3]. b: [E, (l_max + 1)^2]"""
    total = b[:, 1:4]
    if b.shape[1] > 4:
        c, (x, y, z) = math.sqrt(3.0), unit.unbind(1)
        xy, yz, zx, zz, xx = b[:, 4:].unbind(1)
        second = [
            c * (y * xy + z * zx + x * xx) - x * zz,
            c * (x * xy + z * yz - y * xx) - y * zz,
            c * (y * yz + x * zx) + 2.0 * z * zz,
        ]
        total = total + torch.stack(second, 1)
    return total
