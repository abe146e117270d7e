"""The Boltzmann collision operator of Maxwell molecules in two velocity dimensions, by the fast spectral method.

Q(f, f)(v) = int int B [f(v') f(v'_*) - f(v) f(v_*)] dsigma dv_*,  B = 1 / (2 pi).

In the variables x = v' - v and y = v'_* - v, which are perpendicular to each other,

    Q = 1 / pi int int delta(x . y) [f(v + x) f(v + y) - f(v) f(v + x + y)] dx dy,   |x|, |y| <= R

and for f = sum_k f_k exp(i pi k . v / L) the gain is a sum over angles theta_p of products of two functions of v, each
f with its modes times phi(l . e_p) or phi(m . e_p'), phi(s) = int_-R^R exp(i pi s r / L) dr, e_p' across e_p:
A N^2 log N operations for A angles. (Mouhot, Pareschi, Math. Comput. 75, 1833 (2006); Filbet, Mouhot, Pareschi, SIAM J.
Sci. Comput. 28, 1029 (2006).)"""

import math

import torch
from torch import Tensor

from trainer.errors import UserError


class MaxwellMolecules:
    """Q for distributions on a square grid of velocities, v_i = -L + 2 L i / N in each direction."""

    def __init__(self, support: float, count: int, angles: int = 16, device: str | torch.device = "cpu"):
        """support: S, beyond which |v| > S no molecule is expected; L = (3 + sqrt 2) S / 2, so that the periodic images
        do not meet, R = 2 S. count: N, even. angles: in half a turn, even. Raises UserError for other numbers."""
        if not support > 0 or count < 8 or count % 2 or angles < 2 or angles % 2:
            raise UserError(
                f"expected a support > 0 and even numbers of velocities >= 8 and angles >= 2, got {support}, {count}, "
                f"{angles}"
            )
        self.length, self.count = 0.5 * (3.0 + math.sqrt(2.0)) * support, count
        self.dv = 2.0 * self.length / count
        self.v = -self.length + self.dv * torch.arange(count, dtype=torch.float64, device=device)  # [N]
        k = torch.fft.fftfreq(count, 1.0 / count, dtype=torch.float64, device=device)
        # a quarter turn is enough: another one exchanges the two factors
        theta = math.pi / angles * torch.arange(angles // 2, dtype=torch.float64, device=device)[:, None, None]
        along = k[:, None] * theta.cos() + k * theta.sin()
        across = k * theta.cos() - k[:, None] * theta.sin()
        r = 2.0 * support
        self._one, self._other = (2.0 * r * torch.sinc(s * r / self.length) for s in (along, across))  # [A / 2, N, N]
        self._weight = 2.0 / angles  # 1 / pi times pi / A, twice
        self._loss = self._weight * (self._one * self._other).sum(0)

    def __call__(self, f: Tensor) -> Tensor:
        """Q(f, f). f: [..., N, N] -> [..., N, N]"""
        modes = torch.fft.fft2(f)
        spread = modes.unsqueeze(-3)
        gain: Tensor = (torch.fft.ifft2(spread * self._one) * torch.fft.ifft2(spread * self._other)).real.sum(-3)
        loss: Tensor = torch.fft.ifft2(modes * self._loss).real
        return self._weight * gain - f * loss

    def moments(self, f: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Density [...], momentum [..., 2], and int v v f dv [..., 2, 2]."""
        area = self.dv**2
        x, y = torch.meshgrid(self.v, self.v, indexing="ij")
        v = torch.stack([x, y])
        rho = area * f.sum((-1, -2))
        momentum = area * torch.einsum("...ij,aij->...a", f, v)
        return rho, momentum, area * torch.einsum("...ij,aij,bij->...ab", f, v, v)


def relax(collision: MaxwellMolecules, f: Tensor, time: float, steps: int) -> Tensor:
    """A homogeneous gas after `time`, in units of eps, by the classical scheme of Runge and Kutta (fourth order)."""
    dt = time / steps
    for _ in range(steps):
        k1 = collision(f)
        k2 = collision(f + 0.5 * dt * k1)
        k3 = collision(f + 0.5 * dt * k2)
        k4 = collision(f + dt * k3)
        f = f + (dt / 6.0) * (k1 + 2.0 * (k2 + k3) + k4)
    return f
