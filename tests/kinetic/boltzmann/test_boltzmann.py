"""The Boltzmann equation in space: homogeneous and free limits, conservation, the Euler limit."""

import math
from dataclasses import replace

import pytest
import torch
from gas import centers, sod, uniform, wave

from kinetic import Discretisation, Flow, Wall, solve
from kinetic.boltzmann.bgk import BGK
from kinetic.boltzmann.boltzmann import Boltzmann
from kinetic.boltzmann.fast_spectral import FastSpectral, relax
from kinetic.boltzmann.velocities import Velocities
from kinetic.moments.riemann import State, riemann
from kinetic.numerics.imex import march, step
from trainer.errors import UserError

Q = FastSpectral(5.8, 36, 8)
HOW = Discretisation(velocity_limit=5.8, velocities=36, courant=0.9)


def beams(eps: float) -> Flow:
    """Two streams, the same everywhere."""
    parts = [[0.6, 0.6], [-0.8, 0.4], [1.0, 1.1]]
    fields = [torch.tensor(q, dtype=torch.float64)[None, :, None].expand(1, 2, 8).clone() for q in parts]
    return Flow(*fields, torch.full((1, 8), eps, dtype=torch.float64))


@pytest.mark.parametrize("exponent", [0.0, 1.0])
def test_a_homogeneous_gas_relaxes_as_without_space(exponent: float):
    """Beside the explicit scheme; between second and third order in time."""
    start, q = beams(0.2), FastSpectral(5.8, 36, 4, exponent)
    gas = Boltzmann(start, q)
    first = gas.start(start)
    exact = relax(q, first[0, ..., 0], 0.2 / 0.2, 10)
    errors = []
    for steps in (4, 8):
        f = first
        for _ in range(steps):
            f = step(gas, f, 0.2 / steps)
        errors.append(float((f[0, ..., 0] - exact).norm() / exact.norm()))
    assert errors[1] < 2e-3
    assert 1.8 < math.log2(errors[0] / errors[1]) < 3.2


def test_stress_falls_at_half_the_rate_of_collisions():
    """In a step z = f + dt Q(z, z) / eps, by 1 / (1 + rho dt / 2 eps): Maxwell molecules."""
    gas = Boltzmann(beams(0.2), Q)
    f = gas.start(beams(0.2))
    before, after = (gas.moments(x)[0, :, 0] for x in (f, gas.relax(f, 0.3)))
    pressure = 0.5 * (before[2] - before[1] ** 2 / before[0])
    found = float((after[4] - pressure) / (before[4] - pressure))
    assert found == pytest.approx(1 / (1 + 1.2 * 0.3 / 0.4), rel=1e-4)
    torch.testing.assert_close(after[:4], before[:4], rtol=0, atol=1e-13)


def test_without_collisions_the_gas_along_the_tube_is_that_of_one_dimension():
    free = wave(24, 1e9)
    gas, line = Boltzmann(free, Q), BGK(free, Velocities(Q.velocities.limit, 36))
    f, g = (march(s, s.start(free), 0.0, 0.05, 0.9) for s in (gas, line))
    torch.testing.assert_close(gas.marginal(f)[:, 0], g, rtol=0, atol=2e-3)  # limiters see v_y one by one


def test_nothing_is_lost_and_the_mirror_image_is_the_mirror_image():
    there = wave(10, 0.05)
    back = Flow(there.density.flip(-1), -there.velocity.flip(-1), there.temperature.flip(-1), there.knudsen)
    ends = []
    for one in (there, back):
        gas = Boltzmann(one, Q)
        f = gas.start(one)
        before = gas.moments(f)[0, :4].sum(-1)
        f = march(gas, f, 0.0, 0.03, 0.9)
        torch.testing.assert_close(gas.moments(f)[0, :4].sum(-1), before, rtol=0, atol=1e-12)
        ends.append(f)
    torch.testing.assert_close(ends[0].flip(-1, -2), ends[1], rtol=0, atol=1e-10)


def test_collisions_do_not_know_the_frame():
    """A gas that moves by a velocity of the grid, collides, and moves back."""
    gas = Boltzmann(beams(0.2), Q)
    f = gas.start(beams(0.2))
    there = gas.relax(f.roll((1, 2), (-3, -2)), 0.2).roll((-1, -2), (-3, -2))
    torch.testing.assert_close(there, gas.relax(f, 0.2), rtol=0, atol=1e-7)  # the fixed point's


def test_equilibrium_stays():
    found = solve("boltzmann", uniform(8, 1.2, 0.3, 0.95, 0.1), [0.02], HOW)
    for q, expected in ((found.density, 1.2), (found.velocity, 0.3), (found.temperature, 0.95)):
        torch.testing.assert_close(q, torch.full_like(q, expected), rtol=0, atol=1e-12)


def test_a_shock_tube_in_the_limit_is_that_of_a_gas_in_two_dimensions():
    """gamma = 2: the mean error is that of jumps a few cells wide, and falls with the mesh."""
    errors = []
    for cells in (16, 32):
        tube = solve("boltzmann", sod(cells, 1e-6), [0.1], replace(HOW, angles=4))
        xi = ((centers(cells) - 0.5) / 0.1).numpy()
        exact = torch.from_numpy(riemann(State(1, 0, 1), State(0.125, 0, 0.8), xi, 2.0))
        found = torch.stack([q[0, 0] for q in (tube.density, tube.velocity, tube.temperature)])
        errors.append((found - exact).abs().mean(1))
    assert bool((errors[1] < torch.tensor([0.02, 0.035, 0.05])).all())  # jumps of 0.9, 0.9, 0.8: a cell or two of 32
    assert bool((errors[0] / errors[1] > 1.5).all())  # contacts smear out: less than first order


def test_walls_that_slide_drag_the_gas():
    still = uniform(8, 1.0, 0.0, 1.0, 0.5)
    walls = Wall("diffuse", tangential=-0.2), Wall("diffuse", tangential=0.2)
    flow = Flow(still.density, still.velocity, still.temperature, still.knudsen, 1.0, *walls)
    found = solve("boltzmann", flow, [0.1], HOW)
    assert float(found.density.mean()) == pytest.approx(1.0, abs=1e-13)
    w = found.tangential[0, 0]
    assert 0.04 < float(w[-1]) < 0.2
    torch.testing.assert_close(w.flip(-1), -w, rtol=0, atol=1e-7)


def test_velocities_that_are_too_few_are_refused():
    with pytest.raises(UserError, match=r"expected a limit of at least 5 .* spacing of at most 0\.8 \(0\.8 sqrt T\)"):
        solve("boltzmann", uniform(8, 1.0, 0.0, 1.0, 0.1), [0.1], Discretisation(velocity_limit=6.0, velocities=24))
