"""Black-Scholes equation with different rates for lending and borrowing."""

import dataclasses
import math

import numpy as np
import torch
from torch import Tensor

from bsde.problem import GeometricBrownianMotion, Reference
from bsde.problems.lending_rates_bounds import HIGH, LOW, sides
from bsde.references.order_statistics import expectation
from trainer.data.frame import Array
from trainer.errors import UserError


class LendingRates(GeometricBrownianMotion):
    """f = -lending u - (drift - lending) s + (borrowing - lending) max(s - u, 0),   s = sum_i z_i / volatility,

    g = max(max_i x_i - 120, 0) - 2 max(max_i x_i - 150, 0): a call spread on the best asset.
    E, Han and Jentzen, Commun. Math. Stat. 5 (2017) 349, Section 4.4. No closed form is known, but bounds that are
    close; the 21.299 of the literature is above the upper one.

    lending, borrowing: R^l and R^b, 1/time.
    """

    dim: int = 100
    horizon: float = 0.5
    drift: float = 0.06
    lending: float = 0.04
    borrowing: float = 0.06

    curvature = "convex"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.lending > self.borrowing:
            raise UserError(f"expected lending <= borrowing, got {self.lending} and {self.borrowing}")

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        invested = z.sum(1) / self.volatility
        spread = self.borrowing - self.lending
        return -self.lending * y - (self.drift - self.lending) * invested + spread * (invested - y).clamp(min=0)

    def g(self, x: Tensor) -> Tensor:
        best = x.amax(1)
        return (best - LOW).clamp(min=0) - 2 * (best - HIGH).clamp(min=0)

    def near(self) -> "LendingRates | None":
        """All at the rate for borrowing, which is what is paid most of the time."""
        if self.lending == self.borrowing or not isinstance(self.start, float):
            return None
        return dataclasses.replace(self, lending=self.borrowing)

    def outer(self, start: Tensor, dw: Tensor) -> Tensor:
        _, best, at_one_rate = sides(start, dw, self.horizon, self.volatility, self.lending, self.borrowing)
        return best if self.near() is None else best - at_one_rate + self.at_one_rate()

    def at_one_rate(self) -> float:
        """The value if lending were as dear as borrowing, and all prices begin as one: by quadrature."""
        assert isinstance(self.start, float)

        def payoff(m: Array) -> Array:
            return np.asarray(np.maximum(m - LOW, 0) - 2 * np.maximum(m - HIGH, 0))

        rate, T, kinks = self.borrowing, self.horizon, (LOW, HIGH)
        mean = expectation(payoff, self.dim, self.start, rate, self.volatility, T, largest=True, kinks=kinks)
        return math.exp(-rate * T) * mean

    def reference(self) -> Reference | None:
        if self.lending == self.borrowing and isinstance(self.start, float):
            return Reference(self.at_one_rate(), 1e-9, "quadrature, as for all linear f")
        if self != LendingRates():
            return None
        return Reference(21.1717, 0.0045, "between the bounds of benchmarks/lending_rates.py, which hold with 99 %")

    def features(self, t: Tensor, x: Tensor) -> Tensor:
        return torch.stack([self.g(x), *self.soft_largest(t, x)], 1)
