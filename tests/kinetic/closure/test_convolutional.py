"""Convolutional closures: what holds for all closures of learned moments, and that they are for one mesh alone."""

from pathlib import Path

import pytest
import torch
from gas import wave

from kinetic import Flow, Wall, solve
from kinetic.autoencoder.functions import untrained
from kinetic.closure.contract import ClosureMetadata, check_closure, growth_of_waves
from kinetic.closure.convolutional.network import ConvolutionalClosure
from kinetic.kernels.moments import Local
from kinetic.moments.flights import Flights
from kinetic.moments.generalised import Convolutional
from kinetic.moments.system import MomentSystem
from kinetic.numerics.imex import march
from trainer import export
from trainer.errors import UserError
from trainer.sampling import generator

CELLS = 24
METADATA = ClosureMetadata(dtype="float64", units={}, order=5, moments="learned", cells=CELLS)


def closure(reach: int = 7) -> ConvolutionalClosure:
    """With parameters far from those that training begins with."""
    module, random = ConvolutionalClosure(untrained(5, 1, 4), 8, reach, generator(1)), generator(2)
    with torch.no_grad():
        for parameter in (p for p in module.parameters() if p.requires_grad):
            parameter.add_(torch.randn(parameter.shape, generator=random, dtype=torch.float64), alpha=0.7)
    return module.requires_grad_(False)


def test_it_begins_as_flights_on_the_mesh():
    """With one exponential, and where what comes from beyond the stencil has collided on its way."""
    module = ConvolutionalClosure(untrained(5, 1, 4), 4, CELLS - 1, generator(1)).requires_grad_(False)
    module.weight.copy_(torch.tensor([0.0, -50.0, -50.0]).expand(2, 3))
    module.steps[:, :-1] = -50.0
    flow = wave(CELLS, 0.02)
    flow = Flow(flow.density, flow.velocity, torch.ones_like(flow.temperature), flow.knudsen)
    g = torch.randn(1, 6, CELLS, generator=generator(3), dtype=torch.float64)
    one = torch.ones_like(flow.knudsen)
    local = Local(g[:, 3:], g, one, torch.stack([one, one, one], -2), g)
    expected = Flights(flow).every(local, torch.tensor([-1.0, 1.0, -1.0]))[0].mT
    root = module.kernel(flow.knudsen / flow.dx)
    found = module.convolved(g[:, 3:].mT.unsqueeze(-2).expand(1, CELLS, 2, 3), root)
    torch.testing.assert_close(found[..., 0, :], expected, rtol=0, atol=1e-4)


def test_no_small_wave_grows_and_the_contract_holds():
    assert growth_of_waves(closure(), METADATA) < 1e-10
    check_closure(export.script(closure()), METADATA)


def test_a_kernel_that_rises_lets_waves_grow_and_dies_at_export():
    module = closure()
    module.kernel = lambda free: torch.tensor([0.1, 3.0, 0.1, 0.1]).double().expand(*free.shape, 2, 4)  # type: ignore
    assert growth_of_waves(module, METADATA) > 1e-3


def test_invariances_and_conservation():
    flow, found = wave(CELLS, 0.5), []
    turned = Flow(flow.density.flip(-1), -flow.velocity.flip(-1), flow.temperature.flip(-1), flow.knudsen)
    scaled = Flow(3.0 * flow.density, 2.0 * flow.velocity, 4.0 * flow.temperature, 3.5 * flow.knudsen, 7.0)
    for one, time in ((flow, 0.04), (turned, 0.04), (scaled, 0.14)):
        system = MomentSystem(one, Convolutional(closure(), CELLS))
        found.append(march(system, system.start(one), 0.0, time, 0.5))
    torch.testing.assert_close(found[1].flip(-1) * (-1.0) ** torch.arange(6)[:, None], found[0], rtol=0, atol=1e-10)
    units = 3.0 * torch.tensor([1.0, 2.0, 4.0, 1.0, 1.0, 1.0], dtype=torch.float64)[:, None]
    torch.testing.assert_close(found[2] / units, found[0], rtol=0, atol=1e-10)
    torch.testing.assert_close(found[0][:, :3].sum(-1), flow.moments(2).sum(-1), rtol=0, atol=1e-12)
    assert float(found[0][:, 3:].abs().max()) > 1e-3


def test_another_mesh_is_one_line(tmp_path: Path):
    path = tmp_path / "model.pt"
    export.save(closure(), METADATA, path)
    assert solve(str(path), wave(CELLS, 0.5), [0.02]).moments.shape == (1, 1, 4, CELLS)
    with pytest.raises(UserError, match="for 24 cells and periodic flows, got 32 cells; train one on such data"):
        solve(str(path), wave(32, 0.5), [0.02])
    flow = wave(CELLS, 0.5)
    open_flow = Flow(flow.density, flow.velocity, flow.temperature, flow.knudsen, 1.0, Wall("outflow"), Wall("outflow"))
    with pytest.raises(UserError, match="got 24 cells and walls"):
        solve(str(path), open_flow, [0.02])
