"""Black-Scholes equation with default risk."""

import torch
from torch import Tensor

from bsde.problem import GeometricBrownianMotion, Reference


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
        return self.high + (self.low - self.high) * ((y - 50) / 20).clamp(0, 1)

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        return -(1 - self.recovery) * self.intensity(y) * y - self.rate * y

    def g(self, x: Tensor) -> Tensor:
        return x.amin(1)

    def reference(self) -> Reference | None:
        if self != DefaultRisk():
            return None
        return Reference(57.3, 0.05, "quoted in the literature; not verified here")

    def features(self, t: Tensor, x: Tensor) -> Tensor:
        return torch.stack([self.g(x), *(-v for v in self.soft_largest(t, -x))], 1)
