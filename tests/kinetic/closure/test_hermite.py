"""What holds for every learned closure, trained or not: invariances, limits, real characteristic speeds."""

import math

import pytest
import torch
from gas import centers
from numpy.polynomial import hermite_e
from torch import Tensor

from kinetic.closure.contract import ClosureMetadata, check_closure
from kinetic.closure.hermite.network import LearnedClosure
from kinetic.flow import Flow
from kinetic.gas import maxwellian_moments
from kinetic.kernels.moments import Local
from kinetic.moments.classical import HME
from kinetic.moments.flights import Flights
from kinetic.moments.hermite import Hermite, expansion_slopes, roots
from kinetic.moments.learned import Learned, load
from kinetic.moments.linear import count, linear_coefficients
from kinetic.moments.system import MomentSystem
from trainer import export
from trainer.errors import UserError
from trainer.sampling import generator

ORDERS = [3, 4, 5, 6]


def closure(order: int, seed: int = 1) -> LearnedClosure:
    """With parameters far from those that training begins with."""
    module, random = LearnedClosure(order, 12, generator(seed)), generator(seed, 1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(0.0, 0.7, generator=random)
    return module.requires_grad_(False)


def rates(order: int, shift: float = 0.0, velocity: float = 1.0, density: float = 1.0, length: float = 1.0) -> Tensor:
    """[M + 1, nx] d_t m of a gas out of equilibrium, seen from elsewhere and in other units; in the frame of the gas.

    Divided by the units, so that all of these are the same."""
    x = 2 * math.pi * centers(24)
    rho = torch.stack([0.6 + 0.2 * x.sin(), 0.5 + 0.1 * x.cos()]) * density
    u = torch.stack([0.5 + 0.2 * x.cos(), -0.4 + 0.1 * x.sin()]) * velocity + shift
    theta = torch.stack([0.7 + 0.1 * x.sin(), 0.9 + 0.1 * x.cos()]) * velocity**2
    eps = torch.full((1, 24), 0.3 * length / velocity, dtype=torch.float64)
    flow = Flow(rho[None], u[None], theta[None], eps, length)
    system = MomentSystem(flow, Learned(closure(order), order))
    gas, d = system.slopes(system.start(flow))
    inner = slice(3, -3)
    gas, d = type(gas)(*(q[..., inner] for q in gas)), type(d)(*(q[..., inner] for q in d))
    path = eps * gas.theta.sqrt()
    g = expansion_slopes(gas, d, order + 1)
    local = Local(gas.a[..., 3:, :], g, path, torch.stack(gas[:3], -2), g)
    found = system.closure.beyond(local, Flights(flow))
    assert found is not None
    return found[0, 0] * length


@pytest.mark.parametrize("order", ORDERS)
def test_invariances_in_a_flow(order: int):
    """A change of velocity, and of the units of velocity, density and length, to 1e-10."""
    expected = rates(order)
    assert float(expected.abs().max()) > 1e-2
    for other in ({"shift": 1.3}, {"velocity": 2.5}, {"density": 7.0}, {"length": 40.0}):
        torch.testing.assert_close(rates(order, **other), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("order", ORDERS)
def test_a_reflection(order: int):
    module, random = closure(order), generator(2)
    a = 0.3 * torch.randn(50, order - 2, generator=random, dtype=torch.float64)
    g = torch.randn(50, order + 1, generator=random, dtype=torch.float64)
    s = torch.randn(50, count(order), generator=random, dtype=torch.float64)
    parity, sign = (-1.0) ** torch.arange(order + 1), (-1) ** order
    found, mirrored = module(a, g, s)[0], module(a * parity[3:], -g * parity, sign * s)[0]
    torch.testing.assert_close(mirrored, sign * found, rtol=1e-10, atol=1e-10)
    z = module.characteristic(a)
    torch.testing.assert_close(module.characteristic(a * parity[3:]), -z.flip(-1), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("order", ORDERS)
def test_characteristic_speeds_are_real_distinct_and_within_those_of_hme(order: int):
    a = torch.randn(200, order - 2, generator=generator(3), dtype=torch.float64)
    module = closure(order)
    z = module.characteristic(a)
    assert float(torch.diff(z).min()) > 0.02
    edge = float(roots(order + 1)[-1])
    torch.testing.assert_close(z[:, -1], torch.full_like(z[:, -1], edge))
    torch.testing.assert_close(z[:, 0], torch.full_like(z[:, 0], -edge))
    c = module.coefficients(z).detach().numpy()
    for coefficients, expected in zip(c[:20], z[:20].detach().numpy(), strict=True):
        found = hermite_e.hermeroots([*(-coefficients), 1.0])
        assert abs(sorted(found.real) - expected).max() < 1e-8  # ill-conditioned where two are close
        assert abs(found.imag).max() < 1e-8


@pytest.mark.parametrize("order", ORDERS)
def test_equilibrium_and_beyond_the_domain_it_is_that_of_linear_waves(order: int):
    module = closure(order)
    g = torch.randn(9, order + 1, generator=generator(4), dtype=torch.float64)
    s = torch.randn(9, count(order), generator=generator(5), dtype=torch.float64)
    nothing, linear = torch.zeros(9, order - 2, dtype=torch.float64), s @ module.linear
    torch.testing.assert_close(module(nothing, g, s)[0], linear, rtol=0, atol=1e-12)
    module.limit.fill_(0.1)
    inside = module(nothing + 0.05, g, s)
    beyond = module(nothing + 0.16 * module.factorial[3:], g, s)
    assert bool(inside[1].all())
    assert not bool(beyond[1].any())
    assert float((inside[0] - linear).abs().max()) > 1e-3
    torch.testing.assert_close(beyond[0], linear, rtol=0, atol=1e-12)


def test_the_closure_touches_the_last_equation_alone():
    """So mass, momentum and energy are conserved, whatever the networks say."""
    x = 2 * math.pi * centers(24)
    flow = Flow(
        *(q[None, None] for q in (1 + 0.3 * x.sin(), 0.2 * x.cos(), 1 + 0.2 * x.sin())), torch.ones(1, 24).double()
    )
    m = maxwellian_moments(1 + 0.2 * x.cos(), 0.4 * x.sin(), 0.8 + 0.1 * x.sin(), 5)[None] + flow.moments(5)
    system = MomentSystem(flow, Learned(closure(5), 5))
    changed = system.transport(m) - MomentSystem(flow, HME(5)).transport(m)
    assert float(changed[:, :-1].abs().max()) == 0.0
    assert float(changed[:, -1].abs().max()) > 1e-3


def test_the_file_runs_alone(tmp_path):
    module = closure(5)
    module.linear.copy_(linear_coefficients(5))  # any others let waves grow
    metadata = ClosureMetadata(dtype="float64", units={}, order=5)
    scripted = export.script(module)
    check_closure(scripted, metadata)
    export.save(scripted, metadata, tmp_path / "model.pt")
    learned = load(tmp_path / "model.pt")
    assert isinstance(learned, Learned)
    assert learned.order == 5
    a, g, s = (torch.randn(7, n, generator=generator(5), dtype=torch.float64) for n in (3, 6, count(5)))
    torch.testing.assert_close(learned.module(a, g, s)[0], module(a, g, s)[0])


def test_a_closure_that_breaks_the_contract_dies_at_export():
    class Lopsided(torch.nn.Module):
        def forward(self, a: Tensor, g: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
            return g.sum(-1), g[..., 0].abs() >= 0

    class Restless(torch.nn.Module):
        def forward(self, a: Tensor, g: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
            return g[..., 1], g[..., 0].abs() >= 0

    class Growing(torch.nn.Module):
        def forward(self, a: Tensor, g: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
            return -s[..., 0], g[..., 0].abs() >= 0

    metadata = ClosureMetadata(dtype="float64", units={}, order=4)
    with pytest.raises(UserError, match="mirrored gas"):
        check_closure(export.script(Lopsided()), metadata)
    with pytest.raises(UserError, match="vanish in equilibrium"):
        check_closure(export.script(Restless()), metadata)
    with pytest.raises(UserError, match="lets small waves grow"):
        check_closure(export.script(Growing()), metadata)
    with pytest.raises(UserError, match=r"knows flights of 'K of alpha = 0.5, .*', the closure wants 'alpha = 1'"):
        ClosureMetadata(dtype="float64", units={}, order=4, flights="alpha = 1")
    with pytest.raises(UserError, match="expected an order from 3 to 16"):
        ClosureMetadata(dtype="float64", units={}, order=2)


def test_learned_moments_of_a_flow_stay_conserved():
    x = 2 * math.pi * centers(24)
    fields = (1 + 0.3 * x.sin(), 0.2 * x.cos(), 1 + 0.2 * x.sin())
    flow = Flow(*(q[None, None] for q in fields), torch.full((1, 24), 0.5, dtype=torch.float64))
    system = MomentSystem(flow, Learned(LearnedClosure(5, 8, generator(1)), 5))
    m = system.start(flow)
    before = m[..., :3, :].sum(-1)
    with torch.no_grad():
        for _ in range(50):
            m = system.relax(m + 1e-3 * system.transport(m), 1e-3)
    torch.testing.assert_close(m[..., :3, :].sum(-1), before, rtol=1e-12, atol=1e-12)
    assert Hermite(5).gas(m).a[0, 3:].abs().max() > 1e-3
