"""The fast spectral method against the closed forms that there are for Maxwell molecules."""

import math

import pytest
import torch
from torch import Tensor

from kinetic.boltzmann.fast_spectral import FastSpectral, relax
from trainer.errors import UserError


def bkw(q: FastSpectral, t: Tensor) -> Tensor:
    """The solution of Bobylev, and of Krook and Wu: K = 1 - exp(-t / 8) / 2,

    f = exp(-v^2 / 2K) / (2 pi K^2) (2K - 1 + (1 - K) v^2 / 2K)."""
    k = 1 - torch.exp(-t / 8) / 2
    s = q.v[:, None] ** 2 + q.v**2
    return torch.exp(-s / (2 * k)) / (2 * math.pi * k**2) * (2 * k - 1 + (1 - k) * s / (2 * k))


def rate(q: FastSpectral, t: Tensor) -> Tensor:
    """d/dt of the same, by way of dK / dt = exp(-t / 8) / 16."""
    k = 1 - torch.exp(-t / 8) / 2
    s = q.v[:, None] ** 2 + q.v**2
    p, dp = 2 * k - 1 + (1 - k) * s / (2 * k), 2 - s / (2 * k**2)
    return torch.exp(-t / 8) / 16 * torch.exp(-s / (2 * k)) / (2 * math.pi * k**2) * (p * (s / (2 * k**2) - 2 / k) + dp)


def at(t: float) -> Tensor:
    return torch.tensor(t, dtype=torch.float64)


def test_spectral_convergence():
    """Q of the exact solution is its time derivative: three orders of magnitude with the mesh twice as fine."""
    errors = []
    for count in (16, 32, 64):
        q = FastSpectral(4.5, count)
        errors.append(float((q(bkw(q, at(0.5))) - rate(q, at(0.5))).abs().max()))
    assert errors[1] < 1e-2 * errors[0]
    assert errors[2] < 1e-4 * errors[1]
    assert errors[2] < 1e-9


def test_the_exact_solution_in_time():
    q = FastSpectral(4.5, 48)
    end = relax(q, bkw(q, at(0.5)), 2.0, 20)
    assert float((end - bkw(q, at(2.5))).abs().max()) < 1e-6


def test_mass_momentum_and_energy_stay():
    """To the accuracy of the truncated domain: the method itself conserves mass alone."""
    q = FastSpectral(5.0, 48)
    f = two_streams(q)
    before, after = q.moments(f), q.moments(relax(q, f, 1.0, 10))
    torch.testing.assert_close(after[0], before[0], rtol=1e-10, atol=0)
    torch.testing.assert_close(after[1], before[1], rtol=0, atol=1e-6)
    torch.testing.assert_close(after[2].trace(), before[2].trace(), rtol=1e-6, atol=0)


def test_stress_relaxes_at_half_the_rate_of_collisions():
    """d/dt P = -rho / 2 P for the traceless part: a collision makes the relative velocity isotropic."""
    q = FastSpectral(5.0, 48)
    f = two_streams(q)

    def stress(f: Tensor) -> float:
        rho, m, p = q.moments(f)
        p = p - m[:, None] * m / rho
        return float(p[0, 0] - p[1, 1])

    assert stress(relax(q, f, 1.0, 10)) / stress(f) == pytest.approx(math.exp(-0.5), abs=1e-5)


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0])
def test_stress_of_hard_disks(exponent: float):
    """int (v_x^2 - v_y^2) Q dv = -1/4 E[g^alpha (g_x^2 - g_y^2)] for relative velocities g, whatever f: here a Gaussian
    with two temperatures, for which the integral over |g| is a Gamma function and that over angles a sum."""
    q = FastSpectral(5.5, 40, 8, exponent)
    hot, cold = 1.2, 0.7
    f = torch.exp(-(q.v[:, None] ** 2) / (2 * hot) - q.v**2 / (2 * cold)) / (2 * math.pi * math.sqrt(hot * cold))
    angle = 2 * math.pi * torch.arange(400, dtype=torch.float64) / 400
    a, p = angle.cos() ** 2 / (4 * hot) + angle.sin() ** 2 / (4 * cold), 0.5 * (exponent + 4)
    mean = float(((2 * angle).cos() * a**-p).mean()) * math.gamma(p) / (4 * math.sqrt(hot * cold))
    stress = q.moments(q(f))[2]
    assert float(stress[0, 0] - stress[1, 1]) == pytest.approx(-0.25 * mean, rel=1e-4)
    assert abs(float(stress.trace())) < 1e-4


def test_entropy_grows_and_equilibrium_stays():
    q = FastSpectral(4.5, 32)
    s = q.v[:, None] ** 2 + q.v**2
    m = torch.exp(-s / 1.4) / (1.4 * math.pi)
    assert float(q(m).abs().max()) < 1e-5  # the mesh's own error, as in the convergence above
    f, h = bkw(q, at(0.0)).clamp(min=1e-300), []
    for _ in range(5):
        h.append(float((f * f.log()).sum()))
        f = relax(q, f, 0.5, 4).clamp(min=1e-300)
    assert h == sorted(h, reverse=True)


def two_streams(q: FastSpectral) -> Tensor:
    """Two gases that meet along x, the momentum not zero: density 1."""
    x, y = q.v[:, None], q.v
    one = torch.exp(-((x - 1.1) ** 2 + y**2)) / math.pi
    other = torch.exp(-((x + 0.7) ** 2 + (y - 0.3) ** 2) / 1.2) / (1.2 * math.pi)
    return 0.4 * one + 0.6 * other


@pytest.mark.parametrize(("support", "count", "angles"), [(0.0, 32, 16), (4.0, 31, 16), (4.0, 32, 3), (4.0, 4, 16)])
def test_bad_meshes_are_refused(support: float, count: int, angles: int):
    with pytest.raises(UserError, match="expected a support > 0, even numbers"):
        FastSpectral(support, count, angles)
