"""Plane Couette flow: the integral equation against closed forms, and the solver against the integral equation."""

import math

import numpy as np
import pytest
import torch

from kinetic import Discretisation, Flow, Wall, solve
from kinetic.boltzmann.couette import abramowitz, couette
from trainer.errors import UserError


def test_functions_of_abramowitz():
    """T_n(0) = Gamma((n + 1) / 2) / 2, and T_n' = -T_(n-1)."""
    s, h = np.array([0.0, 0.3, 2.0]), 1e-4
    for n in (0, 1, 2):
        assert abramowitz(n, s)[0] == pytest.approx(math.gamma(0.5 * (n + 1)) / 2, rel=1e-12)
    slope = (abramowitz(1, s[1:] + h) - abramowitz(1, s[1:] - h)) / (2 * h)
    np.testing.assert_allclose(slope, -abramowitz(0, s[1:]), rtol=1e-7)


def test_free_molecules_and_slip():
    """No collisions: -P_xy = 1 / sqrt(2 pi). Many: viscosity eps, and the gas slips by 1.0162 k (dw / dx)."""
    assert couette(1e5, 80).stress == pytest.approx(1 / math.sqrt(2 * math.pi), rel=1e-4)
    k = 0.01
    dense = couette(k / math.sqrt(2))
    slope = 2.0 * dense.w[130] / (2.0 * dense.x[130])  # near the middle, where w is a straight line through 0
    assert dense.stress == pytest.approx(k / math.sqrt(2) * slope, rel=2e-3)
    assert (0.5 / slope - 0.5) / k == pytest.approx(1.0162, rel=2e-3)


def test_the_reference_is_of_second_order():
    stress = [couette(0.5, n).stress for n in (40, 80, 160)]
    assert math.log2((stress[1] - stress[0]) / (stress[2] - stress[1])) == pytest.approx(2, abs=0.2)
    with pytest.raises(UserError, match="expected a number > 0, got 0"):
        couette(0.0)


def test_walls_that_slide_drag_the_gas():
    """The steady state, between walls so slow that squares of their velocity do not show: k = 1."""
    cells, slow, eps = 12, 0.01, 1 / math.sqrt(2)
    one = torch.ones(1, 1, cells, dtype=torch.float64)
    walls = [Wall("diffuse", tangential=s * slow / 2) for s in (-1, 1)]
    flow = Flow(one, 0 * one, one, eps * one[0], 1.0, *walls)
    how = Discretisation(courant=0.9, velocity_limit=6.0, velocities=40)
    found = solve("bgk-3v", flow, [5.0], how)
    exact = couette(eps)
    w = found.tangential[0, 0] / slow
    expected = np.interp((np.arange(cells) + 0.5) / cells - 0.5, exact.x, exact.w)
    np.testing.assert_allclose(w, expected, atol=6e-3)  # of walls that move by 1/2; most at the walls
    stress = -found.moments[0, 0, 5] / slow
    assert float(stress.mean()) == pytest.approx(exact.stress, rel=2e-3)
    assert float(stress.max() - stress.min()) < 2e-3 * exact.stress
