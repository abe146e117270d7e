"""u at one point from an approximation of it: one step of Newton's method, which is the value of a policy.

With u^ the approximation, z^ = sigma^T grad u^ and f linearised there, a = f_y(u^, z^), b = f_z(u^, z^), the equation
is linear, and Feynman-Kac gives its solution under dX = (mu + sigma b) dt + sigma dW:

    v(0, x) = E[ D_T g(X_T) + integral D (f(u^, z^) - a u^ - b . z^) dt - integral D z^ . dW ],  D = exp(integral a dt).

v - u is quadratic in the error of u^. The last term has no mean: it is a control variate, and leaves of the variance
what u^ leaves unexplained. Where f is convex (concave), its tangents are below (above) it, and v is a lower (upper)
bound of u, whatever u^ is: the primal bound of Bender, Schweizer and Zhuo, Math. Finance 27 (2017).

With an obstacle h the policy stops, too, at the first t_n where h >= u^, and is paid h there instead of what follows:
the value of a stopping time is below u, and the lower bound of a convex f stays one.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from bsde.coefficients import transposed
from bsde.problem import Problem
from bsde.simulation.approximation import Approximation


class Tangent(NamedTuple):
    """f near (y, z) is c + a y + b . z."""

    a: Tensor  # [n]
    b: Tensor  # [n, d]
    c: Tensor  # [n]


def tangent(problem: Problem, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tangent:
    """t: [n], x: [n, d], y: [n], z: [n, d]"""
    with torch.enable_grad():
        y, z = y.detach().requires_grad_(), z.detach().requires_grad_()
        f = problem.f(t, x, y, z)
        if not f.requires_grad:  # f depends on neither
            return Tangent(torch.zeros_like(y), torch.zeros_like(z), f)
        a, b = torch.autograd.grad(f.sum(), (y, z), allow_unused=True)
    a = torch.zeros_like(y) if a is None else a
    b = torch.zeros_like(z) if b is None else b
    return Tangent(a, b, (f - a * y - (b * z).sum(1)).detach())


class Walk(NamedTuple):
    """Of one bundle of paths."""

    value: Tensor  # [n] float64: what stands in the expectation
    martingale: Tensor  # [steps, n] z^ . dW of each step
    obstacle: Tensor | None  # [steps, n] at the beginning of each step, if there is one
    end: Tensor  # [n] g(X_T)


def walk(problem: Problem, approximation: Approximation, start: Tensor, dw: Tensor) -> Walk:
    """start: [n, d], dw: [steps, n, d]. The policy is held over each step: a bound stays one, if f has no t and x."""
    steps, paths = dw.shape[:2]
    dt = problem.horizon / steps
    x = start
    discount, value = (start.new_full((paths,), v, dtype=torch.float64) for v in (1.0, 0.0))
    martingale, obstacle = [], []
    for n in range(steps):
        t = start.new_full((paths,), n * dt)
        u, gradient = approximation(t, x)
        if problem.has_obstacle:
            h = problem.obstacle(t, x)
            obstacle.append(h)
            value = value + torch.where(h >= u, discount * h.double(), 0.0)
            discount = torch.where(h >= u, 0.0, discount)  # exercised: nothing counts any more
        z = transposed(problem.sigma(t, x), gradient)
        a, b, c = tangent(problem, t, x, u, z)
        growth = (a * dt).double()
        moved = (z * dw[n]).sum(1)
        value = value + discount * (c * dt * mean_of_exponential(growth) - moved.double())
        discount = discount * torch.exp(growth)
        martingale.append(moved)
        x = problem.step(t, x, dt, dw[n] + b * dt)
    end = problem.g(x)
    reward = torch.stack(obstacle) if obstacle else None
    return Walk(value + discount * end.double(), torch.stack(martingale), reward, end)


def mean_of_exponential(x: Tensor) -> Tensor:
    """(e^x - 1) / x"""
    small = x.abs() < 1e-5
    return torch.where(small, 1 + x / 2, torch.expm1(x) / torch.where(small, 1.0, x))
