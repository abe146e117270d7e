"""What holds for every closure of learned moments, trained or not: invariances, limits, real speeds, stability."""

import math
from pathlib import Path

import pytest
import torch
from gas import centers, wave
from torch import Tensor

from kinetic import Discretisation, Flow, Wall, solve
from kinetic.autoencoder.functions import Autoencoder, untrained
from kinetic.boltzmann.velocities import Velocities
from kinetic.closure.contract import ClosureMetadata, check_closure, growth_of_waves
from kinetic.closure.generalised.network import GeneralisedClosure, fit
from kinetic.closure.generalised.task import exact
from kinetic.closure.symmetric import MOST
from kinetic.moments.classical import HME
from kinetic.moments.flights import Flights
from kinetic.moments.generalised import Generalised
from kinetic.moments.system import MomentSystem
from kinetic.numerics.imex import march
from trainer import export
from trainer.errors import UserError
from trainer.sampling import generator

ORDERS = [4, 5, 6]
RATES = 2


def closure(order: int, seed: int = 1) -> GeneralisedClosure:
    """With parameters far from those that training begins with."""
    autoencoder, random = Autoencoder(order, 2, 6, generator(seed)), generator(seed, 1)
    with torch.no_grad():
        for parameter in autoencoder.parameters():
            parameter.normal_(0.0, 0.7, generator=random)
    module = GeneralisedClosure(autoencoder, 8, generator(seed))
    with torch.no_grad():
        for parameter in (p for p in module.parameters() if p.requires_grad):
            parameter.normal_(0.0, 0.7, generator=random)
    return module.requires_grad_(False)


def metadata(order: int) -> ClosureMetadata:
    return ClosureMetadata(dtype="float64", units={}, order=order, moments="learned")


def hermite(order: int) -> GeneralisedClosure:
    """The functions are Hermite's, and there is no h."""
    module = GeneralisedClosure(untrained(order, 1, 4), 4, generator(1)).requires_grad_(False)
    module.damping.zero_()
    return module


def gas(shift: float = 0.0, velocity: float = 1.0, density: float = 1.0, length: float = 1.0, cells: int = 24) -> Flow:
    """Out of equilibrium, seen from elsewhere and in other units."""
    x = 2 * math.pi * centers(cells)
    rho = torch.stack([0.6 + 0.2 * x.sin(), 0.5 + 0.1 * x.cos()]) * density
    u = torch.stack([0.5 + 0.2 * x.cos(), -0.4 + 0.1 * x.sin()]) * velocity + shift
    theta = torch.stack([0.7 + 0.1 * x.sin(), 0.9 + 0.1 * x.cos()]) * velocity**2
    eps = torch.full((1, cells), 0.3 * length / velocity, dtype=torch.float64)
    return Flow(rho[None], u[None], theta[None], eps, length)


def production(flow: Flow, module: GeneralisedClosure) -> Tensor:
    """[M - 2, nx] p / (rho sqrt(theta)) of the solver, where it stands."""
    system = MomentSystem(flow, Generalised(module))
    seen, d = system.slopes(system.start(flow))
    inner = slice(3, -3)
    seen, d = type(seen)(*(q[..., inner] for q in seen)), type(d)(*(q[..., inner] for q in d))
    p = system.closure.production(seen, d, d, flow.knudsen, Flights(flow))
    assert p is not None
    return (p / (seen.rho * seen.theta.sqrt())[:, None])[0]


@pytest.mark.parametrize("order", ORDERS)
def test_invariances_in_a_flow(order: int):
    """A change of velocity, and of the units of velocity, density and length, to 1e-10."""
    module = closure(order)
    expected = production(gas(), module)
    assert float(expected.abs().max()) > 1e-2
    for change in ({"shift": 1.3}, {"velocity": 2.5}, {"density": 7.0}, {"length": 40.0}):
        found = production(gas(**change), module) * change.get("length", 1.0)
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("wall", ["periodic", "reflecting"])
def test_a_reflected_flow_is_the_flow_reflected(wall: str):
    x = centers(24)
    fields = [1.0 + 0.3 * (5 * x).sin(), 0.3 * (3 * x).cos(), 1.0 + 0.2 * (4 * x).sin()]
    eps = (0.3 + 0.2 * x)[None]
    walls = Wall(wall), Wall(wall)  # type: ignore[arg-type]
    flow = Flow(*(q[None, None] for q in fields), eps, 1.0, *walls)
    turned = Flow(
        *(s * q.flip(-1)[None, None] for s, q in zip((1, -1, 1), fields, strict=True)), eps.flip(-1), 1.0, *walls
    )
    found = []
    for one in (flow, turned):
        system = MomentSystem(one, Generalised(closure(5)))
        found.append(march(system, system.start(one), 0.0, 0.02, 0.5))
    parity = (-1.0) ** torch.arange(6)[:, None]
    assert float(found[0][:, 3:].abs().max()) > 1e-3
    torch.testing.assert_close(found[1].flip(-1) * parity, found[0], rtol=0, atol=1e-10)


@pytest.mark.parametrize("order", ORDERS)
def test_characteristic_speeds_are_real_and_bounded(order: int):
    module, b = closure(order), torch.randn(200, order - 2, generator=generator(3), dtype=torch.float64)
    z = module.characteristic(b)
    assert float(z.abs().max()) <= float(module.fastest)
    assert float((z - module.characteristic(0.0 * b)).abs().max()) <= MOST
    turned = module.characteristic(b * (-1.0) ** torch.arange(3, order + 1))
    torch.testing.assert_close(turned, -z.flip(-1), rtol=0, atol=1e-10)


@pytest.mark.parametrize("order", ORDERS)
def test_no_small_wave_grows(order: int):
    """Whatever the parameters: the energy of b_0 .. b_M falls."""
    assert growth_of_waves(closure(order), metadata(order)) < 1e-10


def test_with_hermite_s_functions_it_is_hme():
    """Two discretisations of the same equations: they differ by the error of the mesh, of high order."""
    off = []
    for cells in (24, 48):
        flow = gas(cells=cells)
        found = []
        for closing in (Generalised(hermite(5)), HME(5)):
            system = MomentSystem(flow, closing)
            found.append(march(system, system.start(flow), 0.0, 0.05, 0.2)[:, :3])
        off.append(float((found[0] - found[1]).abs().max()))
    assert off[1] < 1e-4
    assert off[0] > 6.0 * off[1]


def test_the_h_that_is_fitted_is_the_one_that_closes_the_equations():
    """With it, the solver says what transport does to the moments of the distribution."""
    module, v, cells = closure(5), Velocities(9.0, 160).v, 96
    flow = gas(cells=cells)
    f = flow.distribution(v)
    k = 2j * torch.pi * torch.fft.rfftfreq(cells, 1 / cells, dtype=torch.float64)
    rate = -v[:, None] * torch.fft.irfft(k * torch.fft.rfft(f), cells)
    small = 1e-4
    states = [exact(module, f + sign * small * rate, v) for sign in (1, -1)]
    expected = (states[0].m - states[1].m) / (2 * small)
    seen = exact(module, f, v)
    fixed = Generalised(module)
    fixed.answer = lambda *_: (seen.target.mT, seen.m[:, 0] > 0)  # type: ignore[method-assign]
    system = MomentSystem(flow, fixed)
    torch.testing.assert_close(system.start(flow), seen.m, rtol=0, atol=1e-10)
    torch.testing.assert_close(system.transport(seen.m), expected, rtol=0, atol=2e-4 * float(expected.abs().max()))
    assert float(seen.target.abs().max()) > 0.05


def test_beyond_the_domain_it_is_that_of_linear_waves():
    module = closure(5)
    shapes = [(9, 3), (9, 6), (9, 3), (9, RATES, 3)]
    b, g, arrived, excess = (torch.randn(*s, generator=generator(k), dtype=torch.float64) for k, s in enumerate(shapes))
    path = torch.ones(9, dtype=torch.float64)
    linear = module(0.0 * b, g, arrived, excess, path)[0]
    assert float(module(0.0 * b, g, 0.0 * arrived, 0.0 * excess, path)[0].abs().max()) < 1e-12
    module.limit.fill_(1e-3)
    found, inside = module(b, g, arrived, excess, path)
    assert not bool(inside.any())
    torch.testing.assert_close(found, linear, rtol=0, atol=1e-12)


def test_the_file_runs_alone_and_loses_nothing(tmp_path: Path):
    module = closure(5)
    scripted = export.script(module)
    check_closure(scripted, metadata(5))
    export.save(scripted, metadata(5), tmp_path / "model.pt")
    flow = wave(24, 0.5)
    found = solve(str(tmp_path / "model.pt"), flow, [0.05])
    before = flow.moments(2).sum(-1)
    torch.testing.assert_close(found.moments[:, 0, :3].sum(-1), before, rtol=0, atol=1e-12)
    assert found.moments.shape == (1, 1, 4, 24)
    assert found.state.shape == (1, 6, 24)


def test_diffuse_walls_lose_nothing_and_are_as_good_as_those_of_hme():
    """With Hermite's functions; at the wall, where fields jump, the two forms of the equations differ."""
    one = torch.ones(1, 1, 24, dtype=torch.float64)
    walls = Wall("diffuse", temperature=0.8), Wall("diffuse", temperature=1.3)
    flow, found = Flow(one, 0.0 * one, one, 0.2 * one[0], 1.0, *walls), []
    for closing in (Generalised(closure(5)), Generalised(hermite(5)), HME(5)):
        system = MomentSystem(flow, closing)
        found.append(march(system, system.start(flow), 0.0, 0.1, 0.5)[0, :3])
    assert float((found[0][2] - 1.0).abs().max()) > 0.02  # the walls warm and cool it
    for m in found:
        assert float(m[0].sum()) == pytest.approx(24.0, abs=1e-10)
    exact = solve("bgk", flow, [0.1], Discretisation(velocities=40)).moments[0, 0, :3]
    off = [float((m - exact).norm() / (exact - exact.mean(1, keepdim=True)).norm()) for m in found]
    assert off[1] < 1.2 * off[2] < 0.15


def test_a_closure_that_breaks_the_contract_dies_at_export():
    module = closure(4)
    module.alike[1] = 1.0  # couples what a reflection keeps apart
    with pytest.raises(UserError, match="mirrored gas"):
        check_closure(export.script(module), metadata(4))


def test_linear_waves_are_fitted_better_than_they_begin():
    module = GeneralisedClosure(untrained(4, 1, 4), 4, generator(1))
    before = module.damping.clone()
    fit(module)
    assert float((module.damping - before).detach().abs().max()) > 0.05
    assert growth_of_waves(module, metadata(4)) < 1e-10
