"""Coefficients of linear waves: all waves die out, and they do so as those of the BGK equation."""

import math

import pytest
import torch
from gas import wave

from kinetic.boltzmann.spectral import Spectral
from kinetic.boltzmann.velocities import Velocities
from kinetic.closure.contract import ClosureMetadata, growth_of_waves
from kinetic.closure.hermite.network import LearnedClosure
from kinetic.moments.classical import HME, Waves
from kinetic.moments.linear import STEP, TIMES, bgk_matrix, evolve, linear_coefficients, velocities
from kinetic.moments.system import MomentSystem
from kinetic.numerics.imex import march
from trainer.sampling import generator


@pytest.mark.parametrize("order", [3, 4, 5, 6, 7])
def test_waves_die_out(order: int):
    metadata = ClosureMetadata(dtype="float64", units={}, order=order)
    assert growth_of_waves(LearnedClosure(order, 4, generator(1)), metadata) < 0.0


def test_the_linear_bgk_equation_without_collisions_mixes_in_phase():
    """A wave in density falls as exp(-t^2 / 2), in units of 1 / (k sqrt(theta))."""
    _, waves, weights = velocities()
    t = STEP * torch.arange(1.0, TIMES + 1, dtype=torch.float64)
    density = evolve(bgk_matrix(torch.tensor([1e9], dtype=torch.float64)), waves + 0j, weights + 0j)[:, 0, 0, 0]
    torch.testing.assert_close(density, torch.exp(-0.5 * t.square()) + 0j, rtol=0, atol=1e-8)


def test_four_moments_without_collisions_are_those_of_hammett_and_perkins():
    """Phys. Rev. Lett. 64, 3019 (1990): b_4 = -i d b_3 + c b_2 where the gas responds slowly, which are the moments b_k
    of exp(-v^2 / 2) over v - i 0 and, in the next order, over (v - i 0)^2. Ours are fitted to waves of all speeds."""
    s = math.sqrt(math.pi / 2)
    d, c = torch.linalg.solve(torch.tensor([[2.0, -s], [-3 * s, 2.0]]), torch.tensor([3 * s, -8.0])).tolist()
    assert d == pytest.approx(math.sqrt(8 * math.pi) / (3 * math.pi - 8), rel=1e-5)
    assert c == pytest.approx((32 - 9 * math.pi) / (3 * math.pi - 8), rel=1e-5)
    arriving, *exceeding = linear_coefficients(3).tolist()
    assert arriving == pytest.approx(d, rel=0.06)
    assert sum(exceeding) == pytest.approx(c, rel=0.01)


@pytest.mark.parametrize("order", [3, 4, 5])
@pytest.mark.parametrize("eps", [0.1, 1.0, 10.0])
def test_a_wave_of_finite_amplitude_beside_bgk(eps: float, order: int):
    """Nothing was learned from data, and the error is less than a seventh of that of HME with as many variables."""
    flow, v, time = wave(32, eps), Velocities(7.0, 48), 0.4
    exact = v.moments(Spectral(flow, v).march(flow.distribution(v.v), time, 80), 2)
    off = []
    for closure in (Waves(order), HME(order)):
        system = MomentSystem(flow, closure)
        off.append(float((march(system, system.start(flow), 0.0, time, 0.5)[:, :3] - exact).norm() / exact.norm()))
    assert off[0] < off[1] / 7
