"""Slopes in the frame of another gas."""

import math

import torch
from numpy.polynomial import hermite_e
from torch import Tensor

from kinetic.moments.frames import Frame, expansion, moved, seen

ORDER = 6
V = torch.linspace(-12.0, 12.0, 2001, dtype=torch.float64)


def projected(f: Tensor, u: float, theta: float) -> Tensor:
    """e_k = 1 / k! int theta^(k/2) He_k((v - u) / sqrt(theta)) f dv, k = 0 .. M, by quadrature: [M + 1, 1]"""
    he = hermite_e.hermevander(((V - u) / math.sqrt(theta)).numpy(), ORDER).T
    sizes = torch.tensor([theta ** (0.5 * k) / math.factorial(k) for k in range(ORDER + 1)], dtype=torch.float64)
    return sizes[:, None] * (torch.from_numpy(he) * f * (V[1] - V[0])).sum(-1, keepdim=True)


def slopes() -> Tensor:
    """Of a gas that is no Maxwellian."""
    return torch.exp(-((V - 1.0) ** 2)) - 0.6 * V * torch.exp(-0.3 * (V + 0.5) ** 2)


def frame(u: float, theta: float) -> Frame:
    return Frame(*(torch.tensor([q], dtype=torch.float64) for q in (u, theta)))


def test_slopes_in_another_frame_are_those_that_it_projects():
    here, there = (0.4, 0.8), (-0.3, 1.9)
    e, expected = projected(slopes(), *here), projected(slopes(), *there)
    p = moved(frame(*here), frame(*there), ORDER + 1)
    found = torch.stack([seen(e, p, k) for k in range(ORDER + 1)])
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)


def test_back_again():
    """And without the last term what it is without e_(M+1)."""
    here, there = frame(0.4, 0.8), frame(-0.3, 1.9)
    e = torch.randn(ORDER + 1, 1, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    ahead, back = moved(here, there, ORDER + 2), moved(there, here, ORDER + 2)
    moved_on = torch.stack([seen(e, ahead, k) for k in range(ORDER + 1)])
    torch.testing.assert_close(torch.stack([seen(moved_on, back, k) for k in range(ORDER + 1)]), e)
    last = torch.cat([e, torch.zeros(1, 1, dtype=torch.float64)])
    torch.testing.assert_close(seen(e, ahead, ORDER + 1), seen(last, ahead, ORDER + 1))


def test_the_expansion_of_slopes():
    """rho g_k = int He_k(xi) d_x f dv"""
    rho, theta = torch.tensor([1.7], dtype=torch.float64), 0.8
    he = hermite_e.hermevander(((V - 0.4) / math.sqrt(theta)).numpy(), ORDER).T
    g = (torch.from_numpy(he) * slopes() * (V[1] - V[0])).sum(-1, keepdim=True) / rho
    found = expansion(rho, torch.tensor([theta], dtype=torch.float64), g)
    torch.testing.assert_close(found, projected(slopes(), 0.4, theta), rtol=1e-10, atol=1e-12)
