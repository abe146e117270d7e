"""Rates of collisions: closed forms for Maxwell molecules, and the collision term itself for others."""

import math

import pytest
import torch

from kinetic.boltzmann.fast_spectral import FastSpectral
from kinetic.gas import Molecules
from kinetic.moments.burnett.functions import Burnett
from kinetic.moments.burnett.rates import rates


def test_maxwell_molecules():
    """1 - 2 <cos^(2 n + l)(x) cos(l x)>: 1/2 for stress, 1/4 for the heat flux."""
    f = Burnett(6, 2)
    x = 2 * math.pi * torch.arange(64, dtype=torch.float64) / 64
    expected = [
        1 - 2 * float((x.cos() ** (2 * n + k) * (k * x).cos()).mean()) for n, k in zip(f.n, f.turns, strict=True)
    ]
    expected[0] = 0.0
    found = rates(f, Molecules())
    torch.testing.assert_close(found.stress * found.matrix, torch.tensor(expected).double().diag(), rtol=0, atol=1e-13)
    assert (found.stress * found.matrix.diag()[3:6]).tolist() == pytest.approx([0.5, 0.25, 0.75])
    assert found.stress * found.mean == pytest.approx(1.0)


@pytest.mark.parametrize("exponent", [0.5, 1.0])
def test_stress_and_heat_flux_of_other_molecules(exponent: float):
    """Which stay in the same ratios; hotter molecules meet more often."""
    found = rates(Burnett(3, 2), Molecules(exponent=exponent))
    assert found.stress == pytest.approx(2**exponent * math.gamma(3 + exponent / 2) / 4, rel=1e-12)
    assert found.matrix.diag()[3:].tolist() == pytest.approx([1.0, 0.5, 1.5], rel=1e-12)
    rho, theta = torch.tensor([3.0]).double(), torch.tensor([4.0]).double()
    assert float(found.modes("cpu").frequency(rho, theta)) == pytest.approx(3.0 * 2.0**exponent * found.stress)


def test_they_are_those_of_the_collision_term():
    """Q(M + s e_k M, M + s e_k M) to first order in s; hard disks, where functions of one l are coupled."""
    f, q, s = Burnett(4, 2), FastSpectral(5.8, 40, 8, 1.0), 1e-3
    v_y, v_x = torch.meshgrid(q.v, q.v, indexing="ij")
    e, m = f(v_x, v_y**2).movedim(-1, 0), torch.exp(-0.5 * (v_x**2 + v_y**2)) / (2 * math.pi)
    linear = (q(m * (1 + s * e)) - q(m * (1 - s * e))) / (2 * s)
    found = -torch.einsum("jab,kab->jk", e, linear) * q.velocities.dv**2
    known = rates(f, Molecules(exponent=1.0))
    expected = known.stress * known.matrix
    assert float((expected - expected.diag().diag()).abs().max()) > 0.2
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-4)  # of e_k of degree 4 at the end of the grid
