"""The PDE, as its user states it: mu, sigma, f, g, and what is known of the solution."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, dataclass_transform

import torch
from torch import Tensor

from bsde.coefficients import times
from trainer.errors import UserError


class Reference(NamedTuple):
    """What u(0, start) is known to be."""

    value: float
    error: float  # of the value itself, absolute: what is printed beyond it means nothing
    source: str


@dataclass_transform(frozen_default=True, kw_only_default=True)
@dataclass(frozen=True, kw_only=True)
class Problem:
    """u_t + 1/2 Tr(sigma sigma^T Hess u) + mu . grad u + f(t, x, u, sigma^T grad u) = 0,   u(T, x) = g(x),

    and the diffusion dX = mu dt + sigma dW that goes with it. A new problem is a subclass: fields with other defaults
    or of its own, f and g, and mu and sigma where they are not 0 and 1. All tensors have points as rows, and the
    functions answer for each row by itself.

    Subclasses are frozen dataclasses; fields are what `--dim`, `--horizon`, `--start` and [problem] set:

    dim: d.
    horizon: T.
    start: x at t = 0: one number for all coordinates, or d numbers.
    """

    dim: int
    horizon: float = 1.0
    start: float | tuple[float, ...] = 0.0

    curvature: ClassVar[Literal["convex", "concave"] | None] = None
    """Of (y, z) -> f on the values that u and sigma^T grad u can take, where it has one: estimates are then bounds."""

    @property
    def exact_steps(self) -> bool:
        """Whether `step` has the law of X at any dt; of Euler steps it is true where mu and sigma are numbers."""
        x = self.origin(torch.float64)
        t = x.new_zeros(1)
        return not isinstance(self.mu(t, x), Tensor) and not isinstance(self.sigma(t, x), Tensor)

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        dataclass(frozen=True, kw_only=True)(cls)

    def __post_init__(self) -> None:
        if self.dim < 1 or not self.horizon > 0:
            raise UserError(f"expected dim >= 1 and horizon > 0, got {self.dim} and {self.horizon}")
        if isinstance(self.start, tuple) and len(self.start) != self.dim:
            raise UserError(f"start: expected one number, or {self.dim} as the dimension, got {len(self.start)}")

    def mu(self, t: Tensor, x: Tensor) -> Tensor | float:
        """t: [n], x: [n, d] -> [n, d], or a number."""
        return 0.0

    def sigma(self, t: Tensor, x: Tensor) -> Tensor | float:
        """t: [n], x: [n, d] -> a number; [n, d], the diagonal; or [n, d, d]."""
        return 1.0

    def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        """t: [n], x: [n, d], y: [n], u there; z: [n, d], sigma^T grad u -> [n]"""
        raise NotImplementedError(f"{type(self).__name__} has no f")

    def g(self, x: Tensor) -> Tensor:
        """x: [n, d] -> [n]"""
        raise NotImplementedError(f"{type(self).__name__} has no g")

    def obstacle(self, t: Tensor, x: Tensor) -> Tensor:
        """What u is never below, as what an American claim pays if exercised: where defined, max(u, obstacle) at all
        times is meant, and no larger than g at T.

        t: [n], x: [n, d] -> [n]"""
        raise NotImplementedError(f"{type(self).__name__} has no obstacle")

    @property
    def has_obstacle(self) -> bool:
        return type(self).obstacle is not Problem.obstacle

    def features(self, t: Tensor, x: Tensor) -> Tensor:
        """What u may depend on smoothly besides x itself, by default g: networks are given it, and begin as the first.

        t: [n], x: [n, d] -> [n, k]"""
        return self.g(x)[:, None]

    def exact(self, t: Tensor, x: Tensor) -> Tensor | None:
        """u in closed form, t: [n], x: [n, d] -> [n], where there is one."""
        return None

    def reference(self) -> Reference | None:
        """u(0, start), where it is known; by default what `exact` says."""
        x = self.origin(torch.float64)
        value = self.exact(x.new_zeros(1), x)
        return None if value is None else Reference(float(value), 1e-12, "exact solution")

    def below(self) -> "Problem":
        """A problem with an f that is curved and nowhere larger: lower bounds of its solution are lower bounds of u."""
        return self

    def above(self) -> "Problem":
        """The same with an f that is nowhere smaller, for upper bounds."""
        return self

    def outer(self, start: Tensor, dw: Tensor) -> Tensor:
        """Of each path a number whose mean is on the other side of u than values of policies, where the problem has
        its own way to one: above u for convex f, below for concave f, at any time step.

        start: [n, d], dw: [steps, n, d] -> [n] float64"""
        raise NotImplementedError(f"{type(self).__name__} has no outer bound of its own")

    @property
    def has_outer(self) -> bool:
        return type(self).outer is not Problem.outer

    def near(self) -> "Problem | None":
        """A linear problem close to this one whose reference is exact, with the same mu, sigma, g and start, and no t
        and x in its f: what simulation misses of its value on the same paths is a control variate."""
        return None

    def step(self, t: Tensor, x: Tensor, dt: float | Tensor, dw: Tensor) -> Tensor:
        """X at t + dt, given x at t and the increment dw of W: Euler-Maruyama. Override it where X is known better.

        t: [n], x: [n, d], dt: a number or [n, 1], dw: [n, d] -> [n, d]"""
        return x + self.mu(t, x) * dt + times(self.sigma(t, x), dw)

    def origin(self, dtype: torch.dtype, device: torch.device | str = "cpu") -> Tensor:
        """`start` as a row: [1, d]"""
        start = torch.tensor(self.start, dtype=dtype, device=device)
        return start.expand(self.dim).reshape(1, self.dim).clone()


class GeometricBrownianMotion(Problem):
    """dX_i = drift X_i dt + volatility X_i dW_i, stepped exactly.

    drift, volatility: 1/time, 1/sqrt(time).
    """

    start: float | tuple[float, ...] = 100.0
    drift: float = 0.0
    volatility: float = 0.2

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.volatility > 0 or not float(self.origin(torch.float64).min()) > 0:
            raise UserError(f"expected prices and volatility > 0, got start = {self.start} and {self.volatility}")

    @property
    def exact_steps(self) -> bool:
        return True

    def mu(self, t: Tensor, x: Tensor) -> Tensor:
        return self.drift * x

    def sigma(self, t: Tensor, x: Tensor) -> Tensor:
        return self.volatility * x

    def step(self, t: Tensor, x: Tensor, dt: float | Tensor, dw: Tensor) -> Tensor:
        return x * torch.exp((self.drift - 0.5 * self.volatility**2) * dt + self.volatility * dw)

    def soft_largest(self, t: Tensor, x: Tensor) -> list[Tensor]:
        """Features for payoffs of the best asset: c ln sum exp(x_i / c), c being about the spread that is to come."""
        level = abs(self.start) if isinstance(self.start, float) else max(map(abs, self.start))
        spread = self.volatility * level * (self.horizon - t).clamp(min=0.01 * self.horizon).sqrt()
        scales = [(spread * share)[:, None] for share in (0.3, 0.7)]
        return [torch.logsumexp(x / c, 1, keepdim=True).mul(c)[:, 0] for c in scales]
