"""The other bound, where f is quadratic in sigma^T grad u: there u itself is an expectation.

For f = c(t, x) + b(t, x) . z + q |z|^2 / 2,   exp(q u(0, x)) = E exp(q (g(X_T) + integral c dt)) under
dX = (mu + sigma b) dt + sigma dW, the transform of Cole and Hopf. The policy of an approximation u^
(bsde/simulation/policy.py) drifts by b + q z^ instead, and Girsanov's density between the two is, with v what stands in
the policy's expectation,

    exp(q u(0, x)) = E exp(q v),

whatever u^ is and for every number of steps; nothing is left to chance where u^ is u. E v is below, or for q < 0 above,
by Jensen's inequality: the two bounds are one simulation.
"""

import math

from torch import Tensor

from bsde.simulation.statistics import Mean


def exponentials(v: Tensor, q: float, about: float) -> Tensor:
    """exp(q (v - about)): v [n] -> [n]"""
    return (q * (v - about)).exp()


def logarithm(mean: Mean, q: float, about: float) -> Mean:
    """Of the mean of the exponentials, about + ln(mean) / q; its error to first order."""
    if not mean.value > 0:  # what has diverged says nothing
        return Mean(math.nan, math.nan)
    return Mean(about + math.log(mean.value) / q, mean.error / (abs(q) * mean.value))
