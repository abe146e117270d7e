"""Walls: what they let through, and what two of them at different temperatures do to a gas."""

import math
from dataclasses import replace

import pytest
import torch
from gas import centers, flow

from kinetic import Flow, Wall
from kinetic.boltzmann.bgk import BGK
from kinetic.boltzmann.velocities import Velocities
from kinetic.cases.build import build
from kinetic.cases.settings import FlowSettings, KnudsenSettings
from kinetic.numerics.imex import march

V = Velocities(6.0, 36)


def between(cold: float, hot: float, eps: float, cells: int = 16) -> Flow:
    one = torch.ones(1, 1, cells, dtype=torch.float64)
    eps_x = torch.full((1, cells), eps, dtype=torch.float64)
    return Flow(one, 0 * one, one, eps_x, 1.0, Wall("diffuse", temperature=cold), Wall("diffuse", temperature=hot))


def test_walls_as_warm_as_the_gas_change_nothing():
    still = between(1.0, 1.0, 0.1)
    bgk = BGK(still, V)
    f = bgk.start(still)
    torch.testing.assert_close(march(bgk, f, 0.0, 0.5, 0.9), f, rtol=0, atol=1e-12)


def test_free_molecules_between_two_walls():
    """Steady: rho_1 sqrt(T_1) = rho_2 sqrt(T_2), so the temperature is sqrt(T_1 T_2) everywhere; no mass is lost."""
    free = between(0.7, 1.4, 1e9)
    bgk = BGK(free, V)
    f = bgk.start(free)
    end = march(bgk, f, 0.0, 12.0, 0.9)
    m = V.moments(end, 2)[0]
    assert float(m[0].sum()) == pytest.approx(16.0, rel=1e-12)
    u = m[1] / m[0]
    # slow molecules are still on their way: those with v < 1 / t have not met both walls
    torch.testing.assert_close(m[2] / m[0] - u**2, torch.full_like(u, math.sqrt(0.7 * 1.4)), rtol=0, atol=2e-3)


def test_a_dense_gas_conducts_heat_by_fourier_s_law():
    """eps -> 0: q = -3/2 eps rho T dT/dx, and rho T is constant: T is linear but for the jumps at the walls, O(eps)."""
    line = (0.8 + 0.4 * centers(24))[None, None]  # the steady state but for the jumps
    dense = replace(between(0.8, 1.2, 0.02, cells=24), density=1.0 / line, temperature=line)
    bgk = BGK(dense, V)
    f = march(bgk, bgk.start(dense), 0.0, 4.0, 0.9)
    m = V.moments(f, 3)[0]
    rho, u = m[0], m[1] / m[0]
    theta = m[2] / m[0] - u**2
    heat = 0.5 * (m[3] - 3 * u * m[2] + 3 * u**2 * m[1] - u**3 * m[0])
    slope = torch.diff(theta)[6:-6].mean() * 24
    fourier = -1.5 * 0.02 * (rho * theta).mean() * slope
    assert float(heat[8:-8].mean()) == pytest.approx(float(fourier), rel=0.03)  # the next order in eps


def test_a_reflecting_wall_is_a_plane_of_symmetry():
    x = centers(16)
    half = flow(1 + 0.3 * x, 0.2 * (math.pi * x).sin(), 1 - 0.2 * x, 0.1, "reflecting", "reflecting")
    both = [
        torch.cat([sign * q.flip(-1), q], -1)
        for q, sign in zip((half.density, half.velocity, half.temperature), (1, -1, 1), strict=True)
    ]
    whole = Flow(*both, torch.full((1, 32), 0.1, dtype=torch.float64), 2.0)
    ends = []
    for one in (half, whole):
        bgk = BGK(one, V)
        ends.append(V.moments(march(bgk, bgk.start(one), 0.0, 0.3, 0.5), 2))
    torch.testing.assert_close(ends[0], ends[1][..., 16:], rtol=0, atol=1e-12)


def test_a_normal_shock_stands_still():
    """Mach 1.5: mass, momentum and energy fluxes are the same at every place of the steady wave."""
    shock = build(FlowSettings(kind="shock", mach=1.5, cells=40, length=12.0), KnudsenSettings(low=0.3))
    v = Velocities(12.0, 48)
    bgk = BGK(shock, v)
    m = v.moments(march(bgk, bgk.start(shock), 0.0, 12.0, 0.9), 3)[0]
    for k in (1, 2, 3):
        assert float((m[k].max() - m[k].min()) / m[k].mean()) < 2e-2
    rho = m[0]
    assert float(rho[0]) == pytest.approx(1.0, abs=1e-3)
    assert float(rho[-1]) == pytest.approx(2 * 1.5**2 / (1.5**2 + 1), abs=3e-2)
    assert bool((torch.diff(rho) > -1e-6).all())
