"""The BGK solver against closed forms, another solver, and its own conservation laws."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from gas import centers, flow, sod, uniform, wave
from torch import Tensor

from kinetic import Discretisation, Flow, solve
from kinetic.boltzmann.bgk import BGK
from kinetic.boltzmann.spectral import Spectral
from kinetic.boltzmann.velocities import Velocities
from kinetic.moments.riemann import State, riemann
from kinetic.numerics.imex import march, step

V = Velocities(7.0, 48)


def relative(m: Tensor, exact: Tensor) -> float:
    return float((m - exact).norm() / exact.norm())


def test_homogeneous_relaxation_is_exponential():
    """f = M + (f0 - M) exp(-t / eps), third order in dt / eps: two beams become one gas."""
    beams = [torch.full((1, 2, 8), q, dtype=torch.float64) for q in (0.5, 1.0, 0.3)]
    beams[1][:, 1] = -1.0
    two = Flow(*beams, torch.full((1, 8), 0.2, dtype=torch.float64))
    bgk = BGK(two, V)
    f0 = bgk.start(two)
    exact = Spectral(two, V).collide(f0, 0.3)
    errors = []
    for steps in (20, 40):
        f = f0
        for _ in range(steps):
            f = step(bgk, f, 0.3 / steps)
        errors.append(relative(f, exact))
    assert errors[1] < 3e-4
    assert math.log2(errors[0] / errors[1]) == pytest.approx(3, abs=0.2)


def test_free_flight():
    """Without collisions f(x, v, t) = f0(x - v t, v)."""
    free = wave(100, 1e12)
    bgk = BGK(free, V)
    f = march(bgk, bgk.start(free), 0.0, 0.05, 0.4)
    angle = 2 * math.pi * (centers(100) - 0.05 * V.v[:, None])
    rho, u, theta = 1 + 0.3 * angle.sin(), 0.2 * (angle + 1).sin(), 1 + 0.2 * (angle + 2).sin()
    exact = rho / (2 * math.pi * theta).sqrt() * torch.exp(-0.5 * (V.v[:, None] - u) ** 2 / theta)
    assert relative(f[0], exact) < 1e-5


@pytest.mark.parametrize("eps", [1e-3, 0.1, 10.0])
def test_against_a_solver_of_another_kind(eps: float):
    smooth = wave(48, eps)
    bgk, spectral = BGK(smooth, V), Spectral(smooth, V)
    ours = V.moments(march(bgk, bgk.start(smooth), 0.0, 0.1, 0.5), 2)
    exact = V.moments(spectral.march(bgk.start(smooth), 0.1, 600), 2)
    for k in range(3):
        assert relative(ours[:, k], exact[:, k]) < 3e-4


def test_fifth_order_in_space():
    errors = []
    for cells in (32, 64):
        free = wave(cells, 1e12)
        bgk = BGK(free, V)
        f = bgk.start(free)
        for _ in range(80):  # steps so short that only the error in x is left
            f = step(bgk, f, 2.5e-4)
        errors.append(relative(f, Spectral(free, V).stream(bgk.start(free), 0.02)))
    assert math.log2(errors[0] / errors[1]) > 4.5


def test_nothing_is_lost_in_a_thousand_steps():
    """To 1e-13: benchmarks/moment_models.py makes ten thousand, to 1e-12."""
    v, small = Velocities(6.0, 16), sod(12, 0.05)
    tube = flow(small.density[0, 0], small.velocity[0, 0], small.temperature[0, 0], 0.05, "reflecting", "reflecting")
    bgk = BGK(tube, v)
    f = bgk.start(tube)
    before = v.moments(f, 2).sum(-1)[0]
    for _ in range(1000):
        f = step(bgk, f, 0.01)
    after = v.moments(f, 2).sum(-1)[0]
    assert abs(after[0] / before[0] - 1) < 1e-13
    assert abs(after[2] / before[2] - 1) < 1e-13


def test_a_periodic_gas_keeps_its_momentum():
    moving = wave(16, 0.01)
    bgk = BGK(moving, V)
    f = bgk.start(moving)
    after = march(bgk, f, 0.0, 0.3, 0.8)
    torch.testing.assert_close(V.moments(after, 2).sum(-1), V.moments(f, 2).sum(-1), rtol=0, atol=1e-12)


@pytest.mark.parametrize("eps", [1e-3, 0.1, 10.0])
def test_entropy_does_not_decrease(eps: float):
    """H = int f log f dv dx."""
    smooth = wave(32, eps)
    bgk = BGK(smooth, V)
    f, values = bgk.start(smooth), []
    for _ in range(40):
        values.append(float((f * f.clamp(min=1e-300).log()).sum()))
        f = step(bgk, f, 0.5 / 32 / 7.0)
    # free flight keeps H, and its scheme does so up to some 1e-9 in a step
    assert all(b <= a + 1e-8 * abs(a) for a, b in pairwise(values))
    assert values[-1] < values[0] - 1e-6 * abs(values[0])


def test_the_distance_from_euler_is_of_first_order_in_eps():
    """Asymptotic preserving: at one dt, here 2e-3, the solution goes to that of Euler like eps."""
    how = Discretisation(velocity_limit=7.0, velocities=32)
    coarse, fine, limit = (solve("bgk", wave(32, eps), [0.1], how).conserved for eps in (4e-4, 2e-4, 1e-12))
    assert relative(coarse, limit) / relative(fine, limit) == pytest.approx(2, rel=0.05)
    assert relative(limit, solve("euler", wave(32, 1.0), [0.1]).conserved) < 1e-3


def test_a_shock_tube_in_the_limit_is_that_of_euler():
    how = Discretisation(velocity_limit=7.0, velocities=40)
    tube = solve("bgk", sod(100, 1e-6), [0.12], how)
    exact = riemann(State(1, 0, 1), State(0.125, 0, 0.8), ((centers(100) - 0.5) / 0.12).numpy())
    assert float((tube.density[0, 0] - torch.from_numpy(exact[0])).abs().mean()) < 0.01


def test_a_mirrored_flow_has_the_mirrored_solution():
    there = wave(24, 0.1)
    back = Flow(there.density.flip(-1), -there.velocity.flip(-1), there.temperature.flip(-1), there.knudsen)
    a, b = (solve("bgk", one, [0.1]).moments[0, 0] for one in (there, back))
    parity = (-1.0) ** torch.arange(len(a))[:, None]
    torch.testing.assert_close(a.flip(-1) * parity, b, rtol=0, atol=1e-12)


def test_units_of_velocity_do_not_matter():
    """A gas of a ten thousandth of the temperature is the same one, a hundred times as slow."""
    fast = sod(16, 0.1)
    slow = replace(fast, temperature=1e-4 * fast.temperature, knudsen=100.0 * fast.knudsen)
    a = solve("bgk", fast, [0.05], Discretisation(velocity_limit=7.0, velocities=32)).temperature
    b = solve("bgk", slow, [5.0], Discretisation(velocity_limit=0.07, velocities=32)).temperature
    torch.testing.assert_close(1e4 * b, a, rtol=1e-10, atol=0)


def test_equilibrium_at_any_knudsen_number():
    m = solve("bgk", uniform(8, 1.2, 0.3, 0.9, 0.5), [0.2]).moments
    assert float((m[0, 0, :3] - uniform(8, 1.2, 0.3, 0.9, 0.5).moments(2)[0]).abs().max()) < 1e-13
