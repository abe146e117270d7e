"""Steps in time: order, the stiff limit, and what is refused."""

import math

import pytest
import torch
from gas import uniform, wave
from torch import Tensor

from kinetic.boltzmann.bgk import BGK
from kinetic.boltzmann.spectral import Spectral
from kinetic.boltzmann.velocities import Velocities
from kinetic.gas import LostGas
from kinetic.numerics.imex import LIMIT, Way, march, step
from trainer.errors import UserError

V = Velocities(7.0, 32)


@pytest.mark.parametrize(("eps", "least"), [(10.0, 2.8), (0.05, 1.8), (1e-6, 2.8)])
def test_order_in_time(eps: float, least: float):
    """Second, whatever the Knudsen number; third where collisions are rare and where they are all. The same mesh,
    so that the error in x drops out: differences between successive halvings of dt."""
    flow = wave(16, eps)
    bgk = BGK(flow, V)
    ends = []
    for steps in (10, 20, 40):
        f = bgk.start(flow)
        for _ in range(steps):
            f = step(bgk, f, 0.04 / steps)
        ends.append(V.moments(f, 2))
    order = math.log2(float((ends[0] - ends[1]).norm() / (ends[1] - ends[2]).norm()))
    assert least < order < 3.3


def test_the_spectral_solver_is_of_second_order_in_time():
    flow = wave(16, 0.05)
    spectral = Spectral(flow, V)
    ends = [V.moments(spectral.march(flow.distribution(V.v), 0.04, steps), 2) for steps in (5, 10, 20)]
    order = math.log2(float((ends[0] - ends[1]).norm() / (ends[1] - ends[2]).norm()))
    assert 1.9 < order < 2.1


@pytest.mark.parametrize("courant", [0.0, -1.0, 1.01, math.nan])
def test_a_courant_number_beyond_one_is_refused(courant: float):
    flow = uniform(8, 1.0, 0.0, 1.0, 1.0)
    bgk = BGK(flow, V)
    with pytest.raises(UserError, match="expected a number above 0 and at most 1"):
        march(bgk, bgk.start(flow), 0.0, 0.1, courant)


def test_the_march_ends_at_the_time_asked_for():
    flow = uniform(8, 1.0, 0.0, 1.0, 1.0)
    bgk, taken = BGK(flow, V), list[float]()
    march(bgk, bgk.start(flow), 0.1, 0.137, 0.9, taken.append)
    assert sum(taken) == pytest.approx(0.037, rel=1e-12)
    assert max(taken) <= 0.9 * LIMIT / 8 / 7.0
    assert min(taken) > 0.2 * max(taken)


class Fragile:
    """dy/dt = 1; no step longer than `longest` keeps the gas."""

    def __init__(self, longest: float):
        self.longest = longest

    def transport(self, y: Tensor) -> Tensor:
        return torch.ones_like(y)

    def relax(self, y: Tensor, dt: float) -> Tensor:
        if dt > 0.5 * self.longest * (1 + 1e-12):
            raise LostGas("lost")
        return y

    def several_steps(self, y: Tensor, way: Way) -> None:
        return None

    def longest_step(self, y: Tensor, courant: float) -> float:
        return 0.8


def test_a_step_that_loses_the_gas_is_made_again_shorter():
    taken, y = list[float](), torch.zeros(1, dtype=torch.float64)
    end = march(Fragile(0.1), y, 0.0, 1.0, 0.5, taken.append)
    assert float(end) == pytest.approx(1.0, rel=1e-12)
    assert max(taken) <= 0.1
    assert sum(taken) == pytest.approx(1.0, rel=1e-12)
    with pytest.raises(LostGas):
        march(Fragile(1e-3), y, 0.0, 1.0, 0.5)


def test_equilibrium_stays():
    flow = uniform(8, 1.3, 0.4, 0.8, 0.1)
    bgk = BGK(flow, V)
    f = bgk.start(flow)
    torch.testing.assert_close(march(bgk, f, 0.0, 0.2, 0.9), f, rtol=0, atol=1e-13)
