"""The Boltzmann collision operator in two velocity dimensions, by the fast spectral method.

Q(f, f)(v) = int int B [f(v') f(v'_*) - f(v) f(v_*)] dsigma dv_*,  B = |v - v_*|^alpha / (2 pi):

alpha = 0 for Maxwell molecules, 1 for hard disks, between them variable hard spheres. In the variables x = v' - v and
y = v'_* - v, which are perpendicular to each other,

    Q = 1 / pi int int delta(x . y) |x + y|^alpha [f(v + x) f(v + y) - f(v) f(v + x + y)] dx dy,   |x|, |y| <= R

|x + y|^alpha = (x^2 + y^2)^(alpha / 2) is symmetric, so it is a sum lambda_j a_j(|x|) a_j(|y|) over eigenfunctions, of
which a few are enough (one for Maxwell molecules). For f = sum_k f_k exp(i pi k . v / L) the gain is then a sum over j
and over angles theta_p of products of two functions of v, each f with its modes times phi_j(l . e_p) or phi_j(m .
e_p'), phi_j(s) = int_-R^R a_j(|r|) exp(i pi s r / L) dr, e_p' across e_p: J A N^2 log N operations for A angles.

(Mouhot, Pareschi, Math. Comput. 75, 1833 (2006); Filbet, Mouhot, Pareschi, SIAM J. Sci. Comput. 28, 1029 (2006), both
for kernels that are one such product.)"""

import math

import numpy as np
import torch
from torch import Tensor

from kinetic.boltzmann.velocities import Velocities
from trainer.errors import UserError

LEAST = 1e-7  # eigenvalues below this share of the largest are left out


class FastSpectral:
    """Q for distributions on a square grid of velocities, those of `Velocities` in each direction."""

    def __init__(
        self, support: float, count: int, angles: int = 16, exponent: float = 0.0, device: str | torch.device = "cpu"
    ):
        """support: S, beyond which |v| > S no molecule is expected; L = (3 + sqrt 2) S / 2, so that the periodic images
        do not meet, R = 2 S. count: N, even. angles: in half a turn, even. exponent: alpha, from 0 to 2. Raises
        UserError for other numbers."""
        if not support > 0 or count < 8 or count % 2 or angles < 2 or angles % 2 or not 0.0 <= exponent <= 2.0:
            raise UserError(
                "expected a support > 0, even numbers of velocities >= 8 and angles >= 2, an exponent from 0 to 2, got "
                f"{support:g}, {count}, {angles}, {exponent:g}"
            )
        length = 0.5 * (3.0 + math.sqrt(2.0)) * support
        self.velocities = Velocities(length, count, device, support, fine=0.8)
        self.v = self.velocities.v  # [N]
        k = torch.fft.fftfreq(count, 1.0 / count, dtype=torch.float64, device=device)[:, None]
        m = torch.fft.rfftfreq(count, 1.0 / count, dtype=torch.float64, device=device)
        r, weights, a = separated(2.0 * support, exponent, 2 * count)
        self._factors = []  # of the modes, [2, N, N / 2 + 1] for each angle and eigenfunction
        self._loss = torch.zeros(count, count // 2 + 1, dtype=torch.float64, device=device)
        for p in range(angles // 2):  # a quarter turn is enough: another one exchanges the two factors
            theta = math.pi / angles * p
            s = torch.stack([k * math.cos(theta) + m * math.sin(theta), m * math.cos(theta) - k * math.sin(theta)])
            waves = torch.cos(math.pi / length * s[..., None] * r.to(s.device))
            for value, row in zip(weights, a, strict=True):
                phi = waves @ row.to(s.device)
                scaled = torch.stack([2.0 / angles * value * phi[0], phi[1]])  # 1 / pi times pi / A, twice
                self._factors.append(scaled)
                self._loss += scaled[0] * scaled[1]

    def __call__(self, f: Tensor) -> Tensor:
        """Q(f, f). f: [..., N, N] -> [..., N, N]"""
        gain, frequency = self.parts(f)
        return gain - f * frequency

    def parts(self, f: Tensor) -> tuple[Tensor, Tensor]:
        """The gain, and the frequency of collisions of molecules of each velocity: [..., N, N], [..., N, N]."""
        modes, size = torch.fft.rfft2(f), f.shape[-2:]
        gain = torch.zeros_like(f)
        for phi in self._factors:
            gain.addcmul_(torch.fft.irfft2(modes * phi[0], size), torch.fft.irfft2(modes * phi[1], size))
        frequency: Tensor = torch.fft.irfft2(modes * self._loss, size)
        return gain, frequency

    def moments(self, f: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Density [...], momentum [..., 2], and int v v f dv [..., 2, 2]."""
        area = self.velocities.dv**2
        x, y = torch.meshgrid(self.v, self.v, indexing="ij")
        v = torch.stack([x, y])
        rho = area * f.sum((-1, -2))
        momentum = area * torch.einsum("...ij,aij->...a", f, v)
        return rho, momentum, area * torch.einsum("...ij,aij,bij->...ab", f, v, v)


def separated(radius: float, exponent: float, nodes: int) -> tuple[Tensor, list[float], list[Tensor]]:
    """(x^2 + y^2)^(alpha / 2) = sum_j lambda_j a_j(x) a_j(y): Gauss' nodes r [n] up to R, lambda_j and 2 w a_j(r)."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    r, w = 0.5 * radius * (x + 1.0), 0.5 * radius * w
    kernel = (r[:, None] ** 2 + r**2) ** (0.5 * exponent)
    values, vectors = np.linalg.eigh(np.sqrt(w)[:, None] * kernel * np.sqrt(w))
    kept = np.abs(values) > LEAST * np.abs(values).max()
    rows = [torch.from_numpy(2.0 * np.sqrt(w) * vector) for vector in vectors.T[kept]]
    return torch.from_numpy(r), values[kept].tolist(), rows


def relax(collision: FastSpectral, f: Tensor, time: float, steps: int) -> Tensor:
    """A homogeneous gas after `time`, in units of eps, by the classical scheme of Runge and Kutta (fourth order)."""
    dt = time / steps
    for _ in range(steps):
        k1 = collision(f)
        k2 = collision(f + 0.5 * dt * k1)
        k3 = collision(f + 0.5 * dt * k2)
        k4 = collision(f + dt * k3)
        f = f + (dt / 6.0) * (k1 + 2.0 * (k2 + k3) + k4)
    return f
