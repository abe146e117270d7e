"""American put on the product of many assets."""

import math

import torch
from torch import Tensor

from bsde.problem import GeometricBrownianMotion, Reference
from bsde.references.american import american_put


class AmericanPut(GeometricBrownianMotion):
    """f = -drift u,   g = obstacle = max(strike - x_1 x_2 ... x_d, 0),   drift being the interest rate.

    The geometric put of Huré, Pham and Warin, arXiv:1902.01599. The product is a geometric Brownian motion itself, of
    drift d `drift` and volatility sqrt(d) `volatility`: the price is known from one variable.

    strike: K.
    """

    dim: int = 20
    start: float | tuple[float, ...] = 1.0
    drift: float = 0.05
    strike: float = 1.0

    curvature = "convex"

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        return -self.drift * y

    def g(self, x: Tensor) -> Tensor:
        return (self.strike - x.prod(1)).clamp(min=0)

    def obstacle(self, t: Tensor, x: Tensor) -> Tensor:
        return self.g(x)

    def features(self, t: Tensor, x: Tensor) -> Tensor:
        return torch.stack([self.g(x), x.log().sum(1)], 1)

    def reference(self) -> Reference:
        product = float(self.origin(torch.float64).prod())
        dividend = (1 - self.dim) * self.drift
        volatility = math.sqrt(self.dim) * self.volatility
        value, error = american_put(product, self.strike, self.drift, dividend, volatility, self.horizon)
        return Reference(value, error, "one variable, the product, by a binomial lattice")
