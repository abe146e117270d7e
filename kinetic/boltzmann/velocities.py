"""Discrete velocities, moments of a distribution on them, and the Maxwellian that has given moments on them exactly."""

import math

import torch
from torch import Tensor

from kinetic.gas import primitive
from trainer.errors import UserError

CLOSE = 1e-8  # relative residual below which one linear correction is as good as a Newton step: its square is rounding
BEYOND = 0.01  # share of the molecules; solutions are then wrong by some 0.5 %
ROUNDS = 30  # of Newton's method


class Velocities:
    """v_j = -limit + (j + 1/2) dv, dv = 2 limit / count: symmetric, and none of them is 0.

    The midpoint rule on them is spectrally accurate for functions that are smooth and vanish at the limits."""

    def __init__(
        self,
        limit: float,
        count: int,
        device: str | torch.device = "cpu",
        support: float | None = None,
        fine: float = 1.2,
    ):
        """limit: in units of velocity; count: even. support: beyond it no molecule is expected (default: the limit);
        fine: the largest spacing, over sqrt(theta). Raises UserError for other numbers."""
        if not limit > 0 or count < 8 or count % 2:
            raise UserError(
                f"expected a velocity limit > 0 and an even number of velocities >= 8, got {limit}, {count}"
            )
        self.limit, self.count, self.dv = limit, count, 2.0 * limit / count
        self.support, self.fine = support or limit, fine
        j = torch.arange(count, dtype=torch.float64, device=device)
        self.v = -limit + (j + 0.5) * self.dv  # [nv]
        self._powers = torch.stack([self.v**k for k in range(5)])  # [5, nv]

    def moments(self, f: Tensor, order: int) -> Tensor:
        """m_k = sum_j v_j^k f_j dv, k = 0 .. order. f: [..., nv, nx] -> [..., order + 1, nx]."""
        if order > 4:
            return (torch.stack([self.v**k for k in range(order + 1)]) * self.dv) @ f
        return (self._powers[: order + 1] * self.dv) @ f

    def polynomial(self, c: Tensor) -> Tensor:
        """c_0 + c_1 v + c_2 v^2. c: [..., 3, nx] -> [..., nv, nx]."""
        values: Tensor = self._powers[:3].T @ c
        return values

    def check(self, u: Tensor, theta: Tensor) -> None:
        """Raises UserError unless Maxwellians with these velocities and temperatures [...] are well resolved."""
        reach = float((u.abs() + 5.0 * theta.sqrt()).max())
        finest = float(theta.min()) ** 0.5
        if reach > self.support or self.dv > self.fine * finest:
            raise UserError(
                f"velocities: expected a limit of at least {reach:.3g} (|u| + 5 sqrt T) and a spacing of at most "
                f"{self.fine * finest:.3g} ({self.fine:g} sqrt T), got {self.support:g} and {self.dv:.3g}: "
                "change limit or count"
            )

    def check_reach(self, u: Tensor, theta: Tensor, collided: Tensor) -> None:
        """Raises UserError where more than BEYOND of the molecules have `collided`, a share, and should be faster than
        the limit. All [...]."""
        away = (self.support - u.abs()) / theta.sqrt()
        beyond = collided * torch.erfc(away / math.sqrt(2.0))
        if bool((beyond > BEYOND).any()):
            reach = float((u.abs() + 5.0 * theta.sqrt()).max())
            raise UserError(
                f"velocities: the gas comes to a temperature of {float(theta.max()):.3g}; expected a limit of about "
                f"{reach:.3g} (|u| + 5 sqrt T), got {self.support:g}, and as fine a spacing as now"
            )

    def maxwellian(self, m: Tensor) -> Tensor:
        """exp(a0 + a1 v + a2 v^2), whose sums over the grid are m to rounding. m: [..., 3, nx] -> [..., nv, nx].

        Newton's method from the coefficients of the continuous Maxwellian, which on a fine grid are right already
        (Mieussens, Math. Models Methods Appl. Sci. 10, 1121 (2000)). Raises UserError for a temperature that is not
        positive or is too low for the grid."""
        rho, u, theta = primitive(m)
        a = torch.stack(
            [(rho / (2 * torch.pi * theta).sqrt()).log() - 0.5 * u.square() / theta, u / theta, -0.5 / theta]
        )
        a = a.movedim(0, -2)
        for _ in range(ROUNDS):
            f = self.polynomial(a).exp_()
            sums = self.moments(f, 4)
            residual = m - sums[..., :3, :]
            correction = newton(sums, residual)
            if (
                float((residual[..., 0, :] / rho).abs().max() + (residual[..., 2, :] / m[..., 2, :]).abs().max())
                < CLOSE
            ):
                return f.addcmul_(f, self.polynomial(correction))
            a = a + correction
        raise UserError(
            f"a gas of temperature {float(theta.min()):.3g} is too cold or too fast for velocities of spacing "
            f"{self.dv:.3g} up to {self.limit:g}: use more of them or a higher limit"
        )


def newton(sums: Tensor, residual: Tensor) -> Tensor:
    """c with sum_l sums_(k + l) c_l = residual_k, a 3 x 3 system a cell. sums: [..., 5, nx], residual: [..., 3, nx]."""
    s0, s1, s2, s3, s4 = sums.unbind(-2)
    r0, r1, r2 = residual.unbind(-2)
    # elimination: the matrix is positive definite, so the pivots are positive
    p = s1 / s0
    q = s2 / s0
    b = s2 - p * s1
    c = s3 - q * s1
    d = s4 - q * s2
    t1 = r1 - p * r0
    t2 = r2 - q * r0
    ratio = c / b
    c2 = (t2 - ratio * t1) / (d - ratio * c)
    c1 = (t1 - c * c2) / b
    return torch.stack([(r0 - s1 * c1 - s2 * c2) / s0, c1, c2], -2)
