"""Black-Scholes equation with different rates for lending and borrowing."""

import torch
from torch import Tensor

from bsde.problem import GeometricBrownianMotion, Reference


class LendingRates(GeometricBrownianMotion):
    """f = -lending u - (drift - lending) s + (borrowing - lending) max(s - u, 0),   s = sum_i z_i / volatility,

    g = max(max_i x_i - 120, 0) - 2 max(max_i x_i - 150, 0): a call spread on the best asset.
    E, Han and Jentzen, Commun. Math. Stat. 5 (2017) 349, Section 4.4. No exact value is known; the
    21.299 of the literature is above an upper bound, the 21.288 of benchmarks/lending_rates.py.

    lending, borrowing: R^l and R^b, 1/time.
    """

    dim: int = 100
    horizon: float = 0.5
    drift: float = 0.06
    lending: float = 0.04
    borrowing: float = 0.06

    curvature = "convex"

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        invested = z.sum(1) / self.volatility
        spread = self.borrowing - self.lending
        return -self.lending * y - (self.drift - self.lending) * invested + spread * (invested - y).clamp(min=0)

    def g(self, x: Tensor) -> Tensor:
        best = x.amax(1)
        return (best - 120).clamp(min=0) - 2 * (best - 150).clamp(min=0)

    def reference(self) -> Reference | None:
        if self != LendingRates():
            return None
        return Reference(21.299, 0.02, "quoted in the literature; above the bound of benchmarks/lending_rates.py")

    def features(self, t: Tensor, x: Tensor) -> Tensor:
        return torch.stack([self.g(x), *self.soft_largest(t, x)], 1)
