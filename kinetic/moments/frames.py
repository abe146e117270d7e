"""Slopes of a distribution, as gases of another velocity and temperature see them.

With M(u, theta) the Maxwellian of unit density, d_x f = sum_k e_k (-d_v)^k M(u, theta), where

    e_k = rho theta^(k/2) g_k / k! = 1 / k! int theta^(k/2) He_k(xi) d_x f dv

(kinetic.moments.hermite). M is the sum of independent velocities, so that M(u, theta) is M(u', theta') after the
operator exp(-delta d_v + Delta d_v^2 / 2), delta = u - u', Delta = theta - theta', and in the frame of u', theta'

    sum_k e'_k t^k = exp(delta t + Delta t^2 / 2) sum_k e_k t^k,    e'_k = sum_n p_n e_(k-n),
    p_0 = 1,    n p_n = delta p_(n-1) + Delta p_(n-2)

exactly: e'_k needs no slopes beyond the k-th.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from kinetic.moments.hermite import powers


class Frame(NamedTuple):
    """Of a gas."""

    u: Tensor  # [..., nx]
    theta: Tensor  # [..., nx]


def moved(here: Frame, there: Frame, count: int) -> list[Tensor]:
    """p_0 .. p_(count - 1), each [..., nx], from the frame `here` to the one `there`."""
    delta, more = here.u - there.u, here.theta - there.theta
    p = [torch.ones_like(delta), delta]
    for n in range(2, count):
        p.append((delta * p[n - 1] + more * p[n - 2]) / n)
    return p


def seen(e: Tensor, p: Sequence[Tensor], k: int) -> Tensor:
    """e'_k, or what it is without the term of e_k where e has no such row. e: [..., M + 1, nx] -> [..., nx]"""
    beyond = max(0, k + 1 - e.shape[-2])
    return torch.stack([p[n] * e[..., k - n, :] for n in range(beyond, k + 1)]).sum(0)


def expansion(rho: Tensor, theta: Tensor, g: Tensor) -> Tensor:
    """e_0 .. e_M of g_0 .. g_M [..., M + 1, nx]."""
    over = torch.tensor([1.0 / math.factorial(k) for k in range(g.shape[-2])], dtype=g.dtype, device=g.device)
    return rho.unsqueeze(-2) * powers(theta.sqrt(), g.shape[-2]) * over[:, None] * g
