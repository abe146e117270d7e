"""Moment models of gases with two and three velocity dimensions: limits, rates, speeds, invariances, walls."""

import math

import numpy as np
import pytest
import torch
from gas import centers, sod, speeds, uniform, wave
from torch import Tensor

from kinetic import Discretisation, Flow, Wall, errors, solve
from kinetic.boltzmann.boltzmann import Boltzmann
from kinetic.boltzmann.fast_spectral import FastSpectral
from kinetic.gas import Molecules
from kinetic.models import closure
from kinetic.moments.burnett.closures import HME
from kinetic.moments.flights import Flights
from kinetic.moments.hermite import roots
from kinetic.moments.riemann import State, riemann
from kinetic.moments.system import MomentSystem
from kinetic.numerics.imex import march
from trainer.errors import UserError

P_XX, Q = 4, 6  # rows of moments


def beams(
    shift: float = 0.0, velocity: float = 1.0, density: float = 1.0, length: float = 1.0, rare: float = 1.0
) -> Flow:
    """Out of equilibrium, seen from elsewhere and in other units."""
    x = 2 * math.pi * centers(24)
    rho = torch.stack([0.6 + 0.2 * x.sin(), 0.5 + 0.1 * x.cos()]) * density
    u = torch.stack([0.5 + 0.2 * x.cos(), -0.4 + 0.1 * x.sin()]) * velocity + shift
    theta = torch.stack([0.7 + 0.1 * x.sin(), 0.9 + 0.1 * x.cos()]) * velocity**2
    eps = torch.full((1, 24), 0.3 * length / velocity * rare, dtype=torch.float64)
    return Flow(rho[None], u[None], theta[None], eps, length)


def production(flow: Flow, model: str) -> Tensor:
    """[M - 2, nx] p / (rho sqrt(theta)), where it stands."""
    system = MomentSystem(flow, closure(model))
    gas, d = system.slopes(system.start(flow))
    gas, d = type(gas)(*(q[..., 3:-3] for q in gas)), type(d)(*(q[..., 3:-3] for q in d))
    p = system.closure.production(gas, d, d, flow.knudsen, Flights(flow, system.closure.frequency))
    assert p is not None
    return (p / (gas.rho * gas.theta.sqrt())[:, None])[0]


@pytest.mark.parametrize(("degree", "dimension"), [(3, 2), (5, 2), (4, 3)])
def test_speeds_of_hme_are_roots_of_hermite_polynomials(degree: int, dimension: int):
    """u + sqrt(theta) c with He_(M+1)(c) = 0, He_(M-1)(c) = 0, ..., whatever the state: Cai, Fan, Li (2014)."""
    system = MomentSystem(uniform(40, 1, 0, 1, 1.0), HME(degree, dimension, Molecules()))
    rho, u, theta = 1.2, 0.4, 0.8
    m = system.variables.equilibrium(*(torch.tensor([q]).double() for q in (rho, u, theta)))[:, 0]
    m[3:] = torch.linspace(-0.5, 0.6, len(m) - 3)
    found = np.sort_complex(speeds(system, m))
    expected = np.sort(np.concatenate([roots(k) for k in range(degree + 1, 0, -2)]))
    assert abs(found - (u + math.sqrt(theta) * expected)).max() < 2e-3  # double roots: the root of the mesh's error


@pytest.mark.parametrize(("model", "dimension"), [("euler-2v", 2), ("waves-2v-3", 2), ("euler-3v", 3), ("hme-3v-4", 3)])
def test_a_shock_tube_in_the_limit_is_that_of_euler(model: str, dimension: int):
    """gamma = 1 + 2 / D; jumps are two cells of a hundred wide."""
    tube = solve(model, sod(100, 1e-8), [0.12])
    xi = ((centers(100) - 0.5) / 0.12).numpy()
    exact = torch.from_numpy(riemann(State(1, 0, 1), State(0.125, 0, 0.8), xi, 1 + 2 / dimension))
    found = torch.stack([q[0, 0] for q in (tube.density, tube.velocity, tube.temperature)])
    assert bool(((found - exact).abs().mean(1) < torch.tensor([0.009, 0.016, 0.025])).all())


@pytest.mark.parametrize("exponent", [0.0, 1.0])
def test_a_step_of_collisions_is_that_of_the_kinetic_equation(exponent: float):
    """Stress and heat flux of two beams: of Maxwell molecules exactly, of hard disks near equilibrium."""
    small = 0.1 if exponent else 1.0
    parts = [[0.6, 0.5], [-0.8 * small, 0.4 * small], [1.0, 1.0 + 0.1 * small]]
    fields = [torch.tensor(q, dtype=torch.float64)[None, :, None].expand(1, 2, 8).clone() for q in parts]
    flow = Flow(*fields, torch.full((1, 8), 0.2, dtype=torch.float64), molecules=Molecules(exponent=exponent))
    kinetic, moments = Boltzmann(flow, FastSpectral(5.8, 36, 8, exponent)), HME(3, 2, flow.molecules)
    f, m = kinetic.start(flow), moments.variables.start(flow)
    torch.testing.assert_close(moments.variables.powers(m), kinetic.moments(f), rtol=0, atol=1e-6)
    before, after = kinetic.moments(f)[0, :, 0], kinetic.moments(kinetic.relax(f, 0.1))[0, :, 0]
    found = moments.variables.powers(moments.relax(m, flow.knudsen, 0.1))[0, :, 0]
    moved = (after - before).abs()
    assert float(moved[P_XX]) > 1e-2 * small**2
    assert float((found - after).abs()[P_XX]) < (1e-2 if exponent else 1e-4) * float(moved[P_XX])
    assert float((found - after).abs()[Q]) < (3e-2 if exponent else 1e-4) * float(moved[Q])


@pytest.mark.parametrize("truth", ["bgk-3v", "es-bgk"])
def test_a_step_of_collisions_is_that_of_es_bgk(truth: str):
    flow = beams()
    prandtl = 1.0 if truth == "bgk-3v" else 2 / 3
    moments = HME(3, 3, Molecules(prandtl=prandtl))
    m = moments.variables.start(flow)
    for _ in range(3):
        m = moments.relax(m, flow.knudsen, 0.1)
    before, after = (moments.variables.powers(q) for q in (moments.variables.start(flow), m))
    pressure = (before[:, 2] - before[:, 1].square() / before[:, 0]) / 3
    share = (after[:, P_XX] - pressure) / (before[:, P_XX] - pressure)
    torch.testing.assert_close(share, torch.full_like(share, (1 + 1 / 3) ** -3), rtol=1e-10, atol=0)
    share = after[:, Q] / before[:, Q]
    torch.testing.assert_close(share, torch.full_like(share, (1 + prandtl / 3) ** -3), rtol=1e-10, atol=0)


@pytest.mark.parametrize(("model", "viscosity", "conductivity"), [("hme-2v-3", 2.0, 8.0), ("waves-3v-3", 4 / 3, 3.75)])
def test_heat_flux_and_stress_of_navier_and_stokes(model: str, viscosity: float, conductivity: float):
    """To first order in eps: of Maxwell molecules in two dimensions P_xx - p = -2 eps theta u', q = -8 eps theta
    theta', of ES-BGK with Pr = 2/3 -4/3 eps rho theta u' and -15/4 eps rho theta theta'."""
    eps, dimension = 2e-3, 2 if "2v" in model else 3
    found = solve(model, wave(40, eps), [0.02])
    rho, u, theta = (q[0, 0] for q in (found.density, found.velocity, found.temperature))
    slope_u, slope = ((q.roll(-1) - q.roll(1)) * 20 for q in (u, theta))
    p = theta if dimension == 2 else rho * theta
    stress, flux = found.moments[0, 0, P_XX] - rho * theta, found.moments[0, 0, Q]
    for q, expected in ((stress, -viscosity * eps * p * slope_u), (flux, -conductivity * eps * p * slope)):
        assert float((q - expected).norm() / expected.norm()) < 0.12  # the next order, eps k / rate = 0.05 for the flux


@pytest.mark.parametrize("model", ["waves-2v-3", "waves-3v-3"])
def test_invariances_in_a_flow(model: str):
    """A change of velocity, and of the units of velocity, density and length, to 1e-10; molecules of a dense gas
    collide more often, but in ES-BGK."""
    expected = production(beams(), model)
    assert float(expected.abs().max()) > 1e-2
    dense = {"density": 7.0, "rare": 7.0 if model == "waves-2v-3" else 1.0}
    for change in ({"shift": 1.3}, {"velocity": 2.5}, dense, {"length": 40.0}):
        found = production(beams(**change), model) * change.get("length", 1.0)
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("wall", ["periodic", "reflecting", "diffuse"])
def test_a_reflected_flow_is_the_flow_reflected_and_nothing_is_lost(wall: str):
    x = centers(24)
    fields = [1.0 + 0.3 * (5 * x).sin(), 0.3 * (3 * x).cos(), 1.0 + 0.2 * (4 * x).sin()]
    eps, ends = (0.3 + 0.2 * x)[None], (Wall(wall), Wall(wall))  # type: ignore[arg-type]
    turned = [s * q.flip(-1) for s, q in zip((1, -1, 1), fields, strict=True)]
    flows = [Flow(*(q[None, None] for q in f), e, 1.0, *ends) for f, e in ((fields, eps), (turned, eps.flip(-1)))]
    found = []
    for one in flows:
        system = MomentSystem(one, closure("waves-2v-3"))
        start = system.start(one)
        found.append(march(system, start, 0.0, 0.05, 0.5))
        kept = {"periodic": [0, 1, 2], "reflecting": [0, 2], "diffuse": [0]}[wall]
        torch.testing.assert_close(found[-1][0, kept].sum(-1), start[0, kept].sum(-1), rtol=1e-12, atol=1e-12)
    assert float(found[0][:, 3:].abs().max()) > 1e-3
    parity = system.variables.parity[:, None]
    torch.testing.assert_close(found[1].flip(-1) * parity, found[0], rtol=0, atol=1e-10)


@pytest.mark.parametrize("eps", [0.1, 10.0])
def test_waves_of_finite_amplitude_beside_es_bgk(eps: float):
    """Nothing was learned, and six variables miss less than one per cent."""
    flow, times = wave(32, eps), [0.3, 0.6]
    exact = solve("es-bgk", flow, times, Discretisation(velocity_limit=7.0, velocities=40))
    off = [float(errors(solve(model, flow, times), exact)[0, 3]) for model in ("waves-3v-3", "hme-3v-3")]
    assert off[0] < 1e-2
    assert off[0] < off[1] / 4


def test_a_wave_beside_boltzmann():
    """Of Maxwell molecules; the error of HME falls with the degree."""
    flow, how = wave(20, 0.1), Discretisation(velocity_limit=5.7, velocities=36, angles=4, courant=0.9)
    exact = solve("boltzmann", flow, [0.15], how)
    models = ("waves-2v-3", "hme-2v-3", "hme-2v-5")
    off = [float(errors(solve(model, flow, [0.15]), exact)[0, 3]) for model in models]
    assert max(off) < 1.5e-2
    assert off[2] < off[1] / 2


def test_a_gas_as_warm_as_its_diffuse_walls_stays_as_it_is():
    still, walls = uniform(12, 1.3, 0, 0.8, 1.0), [Wall("diffuse", temperature=0.8)] * 2
    flow = Flow(still.density, still.velocity, still.temperature, still.knudsen, 1.0, *walls)
    found = solve("hme-3v-3", flow, [0.2])
    start = closure("hme-3v-3").variables.start(flow)
    torch.testing.assert_close(found.state, start, rtol=0, atol=1e-9)


def test_diffuse_walls_heat_the_gas_as_in_es_bgk():
    one = torch.ones(1, 1, 32, dtype=torch.float64)
    walls = Wall("diffuse", temperature=0.8), Wall("diffuse", temperature=1.3)
    flow = Flow(one, 0.0 * one, one, 0.05 * one[0], 1.0, *walls)
    found, exact = (solve(name, flow, [0.3], Discretisation(velocities=40)) for name in ("hme-3v-4", "es-bgk"))
    risen = exact.temperature[0, 0] - 1.0
    assert float(risen.max()) > 0.1
    off = (found.temperature - exact.temperature)[0, 0, 3:-3]
    assert float(off.abs().max()) < 0.06 * float(risen.max() - risen.min())


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("hme-2v", "no 'hme-2v'"),
        ("euler-2v-3", "no 'euler-2v-3'"),
        ("hme-4v-3", "no 'hme-4v-3'"),
        ("hme-2v-2", "expected an order from 3 to 8, got 2"),
        ("waves-3v-9", "expected an order from 3 to 8, got 9"),
    ],
)
def test_what_is_no_model_is_refused(model: str, message: str):
    with pytest.raises(UserError, match=message):
        solve(model, uniform(8, 1.0, 0.0, 1.0, 0.1), [0.1])
