"""Black-Scholes equation with default risk."""

import math

import torch
from torch import Tensor

from bsde.problem import GeometricBrownianMotion, Reference
from bsde.references.order_statistics import expectation

HIGHEST, LOWEST = 50.0, 70.0  # u below and above which the intensity is highest and lowest


class DefaultRisk(GeometricBrownianMotion):
    """f = -(1 - recovery) Q(u) u - rate u,   g = min_i x_i: a claim that may default with the intensity Q(u), which
    falls linearly from `high` at u = 50 and below to `low` at u = 70 and above.

    Han, Jentzen and E, PNAS 115 (2018) 8505. No exact value is known.

    recovery: delta, the share that is left after a default.
    rate: R, 1/time.
    high, low: largest and smallest intensity, 1/time.
    """

    dim: int = 100
    drift: float = 0.02
    recovery: float = 2 / 3
    rate: float = 0.02
    high: float = 0.2
    low: float = 0.02

    def intensity(self, y: Tensor) -> Tensor:
        """Q(y)"""
        return self.high + (self.low - self.high) * ((y - HIGHEST) / (LOWEST - HIGHEST)).clamp(0, 1)

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        return -(1 - self.recovery) * self.intensity(y) * y - self.rate * y

    def g(self, x: Tensor) -> Tensor:
        return x.amin(1)

    def below(self) -> "DefaultRiskBelow":
        return DefaultRiskBelow(**vars(self))

    def above(self) -> "DefaultRiskAbove":
        return DefaultRiskAbove(**vars(self))

    def near(self) -> "DefaultRisk | None":
        """The same with the mean of the two intensities whatever u is."""
        if self.high == self.low or not isinstance(self.start, float):
            return None
        between = 0.5 * (self.high + self.low)
        return DefaultRisk(**vars(self) | {"high": between, "low": between})

    def reference(self) -> Reference | None:
        """By quadrature where the intensity is one."""
        if self.high == self.low and isinstance(self.start, float):
            mean = expectation(
                lambda x: x, self.dim, self.start, self.drift, self.volatility, self.horizon, largest=False
            )
            rate = (1 - self.recovery) * self.high + self.rate
            return Reference(math.exp(-rate * self.horizon) * mean, 1e-9, "quadrature, as for all linear f")
        if self != DefaultRisk():
            return None
        return Reference(57.3, 0.05, "quoted in the literature; not verified here")

    def features(self, t: Tensor, x: Tensor) -> Tensor:
        return torch.stack([self.g(x), *(-v for v in self.soft_largest(t, -x))], 1)


class DefaultRiskAbove(DefaultRisk):
    """f goes on as its tangent at u = 70, from where it would fall: it is then convex, and nowhere smaller."""

    curvature = "convex"

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        beyond = (y - LOWEST).clamp(min=0)
        rise = (1 - self.recovery) * (self.high - self.low) / (LOWEST - HIGHEST) * LOWEST
        slope = rise - (1 - self.recovery) * self.low - self.rate
        return super().f(t, x, y.clamp(max=LOWEST), z) + slope * beyond


class DefaultRiskBelow(DefaultRisk):
    """The largest convex f that is nowhere larger, for u <= r = exp(drift (T - t)) min_i x_i, which no claim is beyond:

    from y* = r - sqrt(r (r - 70)), but 50 at least, f is the chord to r; for r < 70 nothing changes."""

    curvature = "convex"

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        r = (x.amin(1) * torch.exp(self.drift * (self.horizon - t))).clamp(min=LOWEST * (1 + 1e-6))
        touch = (r - torch.sqrt(r * (r - LOWEST))).clamp(min=HIGHEST)
        at = super().f(t, x, touch, z)
        slope = (super().f(t, x, r, z) - at) / (r - touch)
        return super().f(t, x, torch.minimum(y, touch), z) + slope * (y - touch).clamp(min=0)
