"""The other bound, where f is a convex or concave function of u alone.

For any martingale M, the solution theta of   d theta = -f(theta) dt + dM,   theta_T = g(X_T),   path by path and so
anticipating, has E theta_0 >= u(0, x) for convex f, by Jensen's inequality and comparison, and <= for concave f; equal
for the martingale of u (Bender, Schweizer and Zhuo, Math. Finance 27 (2017)). M is made of z^ . dW, as jumps at the
ends of the steps: it is then a martingale at all times, and between jumps theta follows an ordinary differential
equation. With an obstacle, theta is raised to it at the beginning of every step: for linear f it is then the best of
all exercises with the path known, less the martingale (Rogers, Math. Finance 12 (2002) 271), and above u for exercises
at these times.
"""

import torch
from torch import Tensor

from bsde.problem import Problem
from bsde.simulation.policy import Walk

PIECES = 2  # of Runge-Kutta 4 a step: errors of 1e-9 where f' dt is below 0.1


def dual(problem: Problem, walked: Walk, start: Tensor) -> Tensor:
    """theta_0 of each path: [n] float64. For f of y alone, whose walk is that of X itself."""
    dt = problem.horizon / len(walked.martingale)
    t = start.new_zeros(len(start), dtype=torch.float64)
    x = start.double()
    z = torch.zeros_like(x)

    def f(theta: Tensor) -> Tensor:
        return problem.f(t, x, theta, z)

    theta = walked.end.double()
    for n in reversed(range(len(walked.martingale))):
        theta = theta - walked.martingale[n].double()
        h = dt / PIECES
        for _ in range(PIECES):
            k1 = f(theta)
            k2 = f(theta + 0.5 * h * k1)
            k3 = f(theta + 0.5 * h * k2)
            theta = theta + h / 6 * (k1 + 2 * k2 + 2 * k3 + f(theta + h * k3))
        if walked.obstacle is not None:
            theta = torch.maximum(theta, walked.obstacle[n].double())
    return theta
