"""Steps of moment systems are stable: a fast gas, noise at the largest Courant number, and what theory says of it."""

import math

import pytest
import torch
from gas import centers
from torch import Tensor

from kinetic import Flow
from kinetic.models import closure
from kinetic.moments.stability import courant
from kinetic.moments.system import MomentSystem
from kinetic.numerics.imex import LIMIT, step
from trainer.sampling import generator

CELLS = 60


def noisy(velocity: float, amplitude: float, noise: float) -> Flow:
    """Nothing collides in it."""
    x, random = 2 * math.pi * centers(CELLS), generator(1)
    parts = []
    for k, mean in enumerate((1.0, velocity, 1.0)):
        parts.append(mean + amplitude * (x + k).sin() + noise * torch.randn(CELLS, generator=random).double())
    return Flow(*(q[None, None] for q in parts), torch.full((1, CELLS), 10.0, dtype=torch.float64))


def departure(m: Tensor) -> float:
    """The largest one from the mean, over the size of the moment."""
    size = m.abs().amax(-1, keepdim=True).clamp(min=1e-3)
    return float(((m - m.mean(-1, keepdim=True)) / size).abs().max())


@pytest.mark.parametrize("model", ["euler", "hme-3", "hme-5", "hme-7", "grad-5", "waves-5", "hme-2v-4", "waves-3v-3"])
@pytest.mark.parametrize("compiled", [True, False])
@torch.no_grad()
def test_a_fast_gas_stays_uniform(model: str, compiled: bool, monkeypatch: pytest.MonkeyPatch):
    """At u = 5 m_7 is 80,000 times what it is in the frame of the gas: rounding is, and nothing more."""
    if not compiled:
        monkeypatch.setattr("kinetic.kernels.usable", lambda tensor: False)
    system = MomentSystem(noisy(5.0, 0.0, 1e-14), closure(model))
    m = system.start(noisy(5.0, 0.0, 1e-14))
    for _ in range(400 if compiled else 40):
        m = step(system, m, system.longest_step(m, 0.5))
    assert departure(m) < 1e-8
    assert system.flagged == 0.0


@pytest.mark.parametrize(
    "model", ["euler", "hme-5", "hme-7", "waves-3", "waves-5", "waves-7", "waves-2v-4", "waves-3v-4"]
)
@pytest.mark.parametrize("velocity", [0.0, 2.0])
@torch.no_grad()
def test_noise_dies_out_at_the_largest_courant_number(model: str, velocity: float):
    flow = noisy(velocity, 1e-6, 1e-7)
    system = MomentSystem(flow, closure(model))
    m = system.start(flow)
    before = departure(m[:, :3])
    for _ in range(300):
        m = step(system, m, system.longest_step(m, 1.0))
    assert departure(m[:, :3]) < 2.0 * before


def test_the_largest_courant_number():
    """Without couplings values of L are real: -s (1 - cos phi) - f q(phi), and z is stable down to where z + z^2 / 2
    + z^3 / 6 + z^4 / 48 is 0 again: -5.15."""
    x = torch.zeros(2, 2, dtype=torch.complex128)
    assert courant(x, x, 1.0) == LIMIT
    phi = torch.linspace(0.0, math.pi, 1000, dtype=torch.float64)
    q = (45.0 * phi.sin() - 9.0 * (2.0 * phi).sin() + (3.0 * phi).sin()) / 30.0
    for damping in (3.0, 10.0):
        exact = 5.1495 * 1.5 / float((1.5 * (1.0 - phi.cos()) + damping * q).max())
        assert courant(x, x - damping * torch.eye(2), 1.5) == pytest.approx(exact, rel=0.03)
