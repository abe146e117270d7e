"""The compiled transport says what the torch code says, loses nothing, and knows no unit."""

import pytest
import torch
from gas import centers, flow, wave
from torch import Tensor

from kinetic import Discretisation, Flow, Wall, kernels
from kinetic.boltzmann.bgk import BGK
from kinetic.boltzmann.streaming import DiscreteVelocities
from kinetic.boltzmann.velocities import Velocities
from kinetic.models import system

ROUNDING = 1e-12  # over the largest value: the same face values with other common denominators
WALLS = [("periodic", "periodic"), ("reflecting", "diffuse"), ("diffuse", "outflow"), ("outflow", "reflecting")]


def by_torch(monkeypatch: pytest.MonkeyPatch, model: DiscreteVelocities, f: Tensor) -> Tensor:
    with monkeypatch.context() as patch:
        patch.setattr(kernels, "usable", lambda tensor: False)
        return model.transport(f)


def close(found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=0, atol=ROUNDING * float(expected.abs().max()))


def test_the_library_is_there():
    """It is built with the others; without it everything below would compare torch with itself."""
    assert kernels.available()


@pytest.mark.parametrize("walls", WALLS, ids=str)
@pytest.mark.parametrize("model", ["bgk", "es-bgk"])
def test_it_equals_the_torch_code(model: str, walls: tuple[str, str], monkeypatch: pytest.MonkeyPatch):
    """Meshes that are and are not a multiple of a vector; after a jump, and where f is as good as 0."""
    for cells in (16, 21):
        x = centers(cells)
        state = torch.where(x < 0.5, 1.0, 0.2).double(), 0.3 * x, 1.0 - 0.3 * x
        tube = system(model, flow(*state, 0.1, *walls), Discretisation(velocities=32))
        f = tube.start(flow(*state, 0.1))
        assert float(f.abs().min()) < 1e-14
        close(tube.transport(f), by_torch(monkeypatch, tube, f))


def test_what_flows_in_comes_in(monkeypatch: pytest.MonkeyPatch):
    still = wave(12, 0.1)
    ends = Wall("inflow", 1.2, 0.5, 0.9), Wall("inflow", 0.7, -0.1, 1.1)
    tube = BGK(Flow(still.density, still.velocity, still.temperature, still.knudsen, 1.0, *ends), Velocities(8.0, 32))
    f = tube.start(still)
    close(tube.transport(f), by_torch(monkeypatch, tube, f))


def test_nothing_is_lost_and_no_unit_counts():
    smooth = wave(30, 0.1)
    tube = BGK(smooth, Velocities(8.0, 32))
    f = tube.start(smooth)
    rate = tube.transport(f)
    assert float(rate.sum(-1).abs().max()) < 1e-12 * float(rate.abs().max())
    for unit in (1e-3, 2.0**20, 1e20):
        close(tube.transport(unit * f) / unit, rate)


def test_a_gradient_is_that_of_torch():
    smooth = wave(10, 0.1)
    tube = BGK(smooth, Velocities(8.0, 16))
    f = tube.start(smooth).requires_grad_()
    assert tube.transport(f).requires_grad
    with torch.no_grad():
        assert not tube.transport(f).requires_grad
