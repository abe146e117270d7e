"""Moments in the frame of the gas: there and back, invariances, and the expansion's slopes."""

import math

import pytest
import torch
from gas import centers
from torch import Tensor

from kinetic.gas import maxwellian_moments
from kinetic.moments.hermite import Hermite, Slopes, expansion_slopes, roots

ORDERS = [2, 3, 5, 10]


def mixture(order: int, shift: float = 0.0, scale: float = 1.0) -> Tensor:
    """[order + 1, 4] moments of two Maxwellians at four places, seen from elsewhere and in other units of velocity."""
    x = centers(4)
    parts = [(0.4 + x, x - 1.0, 0.5 + x), (1.0 - 0.5 * x, 0.6 * x + 0.5, 1.1 - x)]
    return sum(maxwellian_moments(rho, scale * (u + shift), scale**2 * theta, order) for rho, u, theta in parts)


@pytest.mark.parametrize("order", ORDERS)
def test_there_and_back(order: int):
    hermite, m = Hermite(order), mixture(order + 1)
    gas = hermite.gas(m[:-1])
    a_next = Hermite(order + 1).gas(m).a[-1]
    torch.testing.assert_close(hermite.moments(gas, a_next), m, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(gas.a[:3], torch.tensor([[1.0], [0], [0]]).double().expand(3, 4), rtol=0, atol=1e-13)


@pytest.mark.parametrize("order", ORDERS)
def test_invariances(order: int):
    a = Hermite(order).gas(mixture(order)).a
    for other in (mixture(order, shift=1.7), mixture(order, scale=2.5), 3.0 * mixture(order)):
        torch.testing.assert_close(Hermite(order).gas(other).a, a, rtol=1e-10, atol=1e-10)
    parity = (-1.0) ** torch.arange(order + 1)[:, None]
    torch.testing.assert_close(Hermite(order).gas(parity * mixture(order)).a, parity * a, rtol=1e-12, atol=1e-12)


def test_equilibrium_has_no_higher_moments():
    m = maxwellian_moments(*(torch.tensor([q], dtype=torch.float64) for q in (1.3, 0.8, 0.6)), 8)
    assert float(Hermite(8).gas(m).a[3:].abs().max()) < 1e-11


def test_roots_are_those_of_the_polynomials():
    torch.testing.assert_close(roots(3), torch.tensor([-math.sqrt(3), 0, math.sqrt(3)]).double())
    z = roots(6)
    torch.testing.assert_close(z**6 - 15 * z**4 + 45 * z**2 - 15, torch.zeros(6).double(), rtol=0, atol=1e-9)


def test_slopes_give_the_transport_of_every_coefficient():
    """d_t m_k = -d_x m_(k+1), in the frame of the gas: sum over k of binomials is what `expansion_slopes` promises.

    g_k = 1 / rho d/dx int He_k(xi) f dv with xi as it is at one place."""
    order, h = 5, 1e-5
    x = torch.tensor([0.3 - h, 0.3, 0.3 + h], dtype=torch.float64)
    parts = [(0.4 + x, x - 1.0, 0.5 + x), (1.0 - 0.5 * x, 0.6 * x + 0.5, 1.1 - x)]
    m = sum(maxwellian_moments(rho, u, theta, order + 1) for rho, u, theta in parts)
    gas = Hermite(order + 1).gas(m)
    d = [(q[..., 2:] - q[..., :1]) / (2 * h) for q in gas]
    at = type(gas)(*(q[..., 1:2] for q in gas))
    slopes = Slopes(d[0] / at.rho, d[1] / at.theta.sqrt(), d[2] / at.theta, d[3])
    g = expansion_slopes(at, slopes, order + 1)[:, 0]
    rho, u, theta = (float(q) for q in at[:3])
    dm = (m[:, 2] - m[:, 0]) / (2 * h)
    # d/dx of int He_k((v - u0) / sqrt(theta0)) f dv with u0, theta0 fixed at the middle: a linear map of dm
    for k, polynomial in enumerate([[1], [0, 1], [-1, 0, 1], [0, -3, 0, 1], [3, 0, -6, 0, 1], [0, 15, 0, -10, 0, 1]]):
        moved = [
            sum(math.comb(j, i) * (-u) ** (j - i) * float(dm[i]) for i in range(j + 1)) / theta ** (j / 2)
            for j in range(k + 1)
        ]
        expected = sum(c * moved[j] for j, c in enumerate(polynomial)) / rho
        assert float(g[k]) == pytest.approx(expected, rel=1e-6, abs=1e-6)
