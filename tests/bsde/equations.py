"""Problems with known answers, for the tests: linear ones, and one that is nobody's example."""

import math

import torch
from torch import Tensor, nn

from bsde.problem import GeometricBrownianMotion, Problem


class Quadratic(Problem):
    """u_t + 1/2 Laplacian u = 0, g = |x|^2:   u = |x|^2 + d (T - t)."""

    dim: int = 3
    start: float | tuple[float, ...] = 0.5

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        return torch.zeros_like(y)

    def g(self, x: Tensor) -> Tensor:
        return x.square().sum(1)

    def exact(self, t: Tensor, x: Tensor) -> Tensor:
        return self.g(x) + self.dim * (self.horizon - t)


class Linear(Problem):
    """f = a y + b . z with sigma = 2 and g = exp(k . x): all of Feynman-Kac at once.

    u = exp(k . x + (T - t) (a + sigma b . k + sigma^2 |k|^2 / 2)), k = 1 / d."""

    dim: int = 2
    a: float = -0.3
    b: float = 0.4

    def sigma(self, t: Tensor, x: Tensor) -> float:
        return 2.0

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        return self.a * y + self.b * z.sum(1)

    def g(self, x: Tensor) -> Tensor:
        return torch.exp(x.mean(1))

    def exact(self, t: Tensor, x: Tensor) -> Tensor:
        rate = self.a + 2 * self.b + 2 / self.dim
        return torch.exp(x.mean(1) + (self.horizon - t) * rate)


class OrnsteinUhlenbeck(Problem):
    """dX = -X dt + dW, g = |x|^2 and f = 0: Euler steps have a bias of first order in E X^2.

    u = |x|^2 exp(-2 (T - t)) + d (1 - exp(-2 (T - t))) / 2."""

    dim: int = 2
    start: float | tuple[float, ...] = 1.0

    def mu(self, t: Tensor, x: Tensor) -> Tensor:
        return -x

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        return torch.zeros_like(y)

    def g(self, x: Tensor) -> Tensor:
        return x.square().sum(1)

    def exact(self, t: Tensor, x: Tensor) -> Tensor:
        decay = torch.exp(-2 * (self.horizon - t))
        return self.g(x) * decay + self.dim * (1 - decay) / 2


class Call(GeometricBrownianMotion):
    """Black and Scholes: a call on one asset, discounted by f = -rate u."""

    dim: int = 1
    drift: float = 0.05
    strike: float = 110.0

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        return -self.drift * y

    def g(self, x: Tensor) -> Tensor:
        return (x[:, 0] - self.strike).clamp(min=0)

    def price(self) -> float:
        """The formula, at the start."""
        (x,) = self.origin(torch.float64)[0].tolist()
        deviation = self.volatility * math.sqrt(self.horizon)
        d = (math.log(x / self.strike) + (self.drift + self.volatility**2 / 2) * self.horizon) / deviation
        normal = torch.distributions.Normal(0.0, 1.0)
        inside, outside = normal.cdf(torch.tensor([d, d - deviation], dtype=torch.float64)).tolist()
        return float(x * inside - self.strike * math.exp(-self.drift * self.horizon) * outside)


class Rotated(Problem):
    """sigma a full matrix and mu not zero: sigma = S(theta), a plane's rotation with a stretch, and u known.

    With S S^T = A:   u_t + 1/2 Tr(A Hess u) + m . grad u + f = 0,   f = -u^2 / 2 + v^2 / 2 - (v_t + ...),   u = v,
    v = sin(x_1 + 2 x_2) exp(t - T)."""

    dim: int = 2
    start: float | tuple[float, ...] = (0.3, -0.2)

    def mu(self, t: Tensor, x: Tensor) -> Tensor:
        return torch.stack([0.2 * x[:, 1], -0.1 * x[:, 0]], 1)

    def sigma(self, t: Tensor, x: Tensor) -> Tensor:
        S = x.new_tensor([[0.8, -0.3], [0.5, 0.6]])
        return S.expand(len(x), 2, 2)

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        v = self.exact(t, x)
        slope = torch.cos(x[:, 0] + 2 * x[:, 1]) * torch.exp(t - self.horizon)
        S = x.new_tensor([[0.8, -0.3], [0.5, 0.6]])
        k = x.new_tensor([1.0, 2.0])
        along = self.mu(t, x) @ k * slope
        spread = -0.5 * (S.T @ k).square().sum() * v
        return 0.5 * (v.square() - y.square()) - (v + along + spread)

    def g(self, x: Tensor) -> Tensor:
        return torch.sin(x[:, 0] + 2 * x[:, 1])

    def exact(self, t: Tensor, x: Tensor) -> Tensor:
        return torch.sin(x[:, 0] + 2 * x[:, 1]) * torch.exp(t - self.horizon)


class Exact(nn.Module):
    """The exact solution in the place of a network."""

    def __init__(self, problem: Problem):
        super().__init__()
        self.problem = problem

    def forward(self, t: Tensor, x: Tensor, features: Tensor, slopes: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            point = x.detach().requires_grad_()
            u = self.problem.exact(t, point)
            assert u is not None
            return u.detach(), torch.autograd.grad(u.sum(), point)[0]
