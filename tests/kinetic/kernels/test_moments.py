"""Compiled moment systems say what the torch code says: parts of a step, whole steps, learned closures, a lost gas."""

import pytest
import torch
from gas import centers, flow, wave
from torch import Tensor

from kinetic import Flow, Wall, kernels
from kinetic.autoencoder.functions import Autoencoder
from kinetic.closure.burnett.network import untrained
from kinetic.closure.generalised.network import GeneralisedClosure
from kinetic.closure.hermite.network import LearnedClosure
from kinetic.gas import LostGas, Molecules
from kinetic.kernels import closures
from kinetic.models import closure
from kinetic.moments.burnett.closures import LearnedBurnett
from kinetic.moments.generalised import Generalised
from kinetic.moments.learned import Learned
from kinetic.moments.system import Closure, MomentSystem
from kinetic.numerics.imex import march, step
from trainer.export import script
from trainer.sampling import generator

ROUNDING = 1e-12  # over the largest value: the same arithmetic in another order
MODELS = ["euler", "navier-stokes", "grad-4", "hme-3", "hme-6", "waves-5"]
BURNETT = ["euler-2v", "hme-2v-4", "hme-3v-8", "waves-2v-4", "waves-3v-3"]
LEARNED = ["hermite-4", "hermite-5", "hermite-6-7", "learned-4", "learned-5-7", "burnett-3", "burnett-4-7"]
DISKS = Molecules(exponent=1.0)  # whose collisions couple moments, and are more frequent where it is hot


def shaken(module: torch.nn.Module) -> torch.jit.ScriptModule:
    """With parameters as training could leave them, and a domain that some gases are beyond."""
    random = generator(5)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.2 * torch.randn(parameter.shape, generator=random, dtype=parameter.dtype)
        module.limit.fill_(0.04)
        module.scale.fill_(0.05)
    return script(module)


def learned(name: str) -> Closure:
    """kind-M or kind-M-width"""
    kind, order, *rest = name.split("-")
    width = int(rest[0]) if rest else 0
    if kind == "burnett":
        return LearnedBurnett(shaken(untrained(int(order), width, generator(1))), int(order), DISKS)
    if kind == "hermite":
        return Learned(shaken(LearnedClosure(int(order), width, generator(1))), int(order))
    moments = Autoencoder(int(order), 2, 5, generator(2))
    return Generalised(shaken(GeneralisedClosure(moments, width, generator(1))))


def named(name: str) -> Closure:
    return learned(name) if name in LEARNED else closure(name, molecules=DISKS)


def jump(cells: int, left: str = "periodic", right: str = "periodic", varies: float = 0.0) -> Flow:
    """Out of equilibrium after a few steps, and so steep that face values are limited. varies: eps, by so much."""
    x = centers(cells)
    state = torch.where(x < 0.5, 1.0, 0.02).double(), 0.4 * x, torch.where(x < 0.4, 1.0, 0.3).double()
    one = flow(*state, 0.2, left, right)
    eps = one.knudsen * (1.0 + varies * x)
    pair = [torch.cat([q, q.flip(-1)]) for q in (one.density, 0.5 * one.velocity, one.temperature, eps)]
    return Flow(*pair, 1.0, one.left, one.right)


def close(found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=0, atol=ROUNDING * float(expected.abs().max()))


def parts(system: MomentSystem, m: Tensor) -> list[Tensor]:
    return [
        system.transport(m),
        system.relax(m, 0.01),
        torch.tensor(system.longest_step(m, 0.5)),
        step(system, m, 1e-3),
    ]


@pytest.mark.parametrize("model", MODELS + BURNETT + LEARNED)
@torch.no_grad()
def test_a_step_and_its_parts_equal_the_torch_code(model: str, monkeypatch: pytest.MonkeyPatch):
    equations = named(model)
    tubes = [
        jump(21),
        jump(22),
        jump(12, varies=2.0),
        jump(16, "reflecting", "diffuse", 1.0),
        jump(13, "diffuse", "outflow"),
        jump(41, "outflow", "reflecting", 1.0),  # more cells than whose flights are one product
    ]
    for tube in tubes:
        system = MomentSystem(tube, equations)
        m = march(system, system.start(tube), 0.0, 0.01, 0.2)
        found, flagged = parts(system, m), equations.flagged
        assert model not in LEARNED or 0.0 < flagged < 1.0  # in its domain, and beyond it
        monkeypatch.setattr(kernels, "usable", lambda tensor: False)
        for a, b in zip(found, parts(system, m), strict=True):
            close(a, b)
        assert equations.flagged == pytest.approx(flagged, abs=0.2)
        monkeypatch.undo()


@pytest.mark.parametrize("name", ["hermite-5", "learned-4", "burnett-3"])
@torch.no_grad()
def test_many_steps_count_the_cells_beyond_the_domain(name: str, monkeypatch: pytest.MonkeyPatch):
    found = []
    for compiled in (True, False):
        if not compiled:
            monkeypatch.setattr(kernels, "usable", lambda tensor: False)
        system = MomentSystem(jump(20), learned(name))
        found.append((march(system, system.start(jump(20)), 0.0, 0.02, 0.2), system.flagged))
    (m, flagged), (expected, alone) = found
    assert 0.0 < flagged < 1.0
    assert flagged == pytest.approx(alone, rel=1e-6)
    close(m, expected)


@pytest.mark.parametrize("name", LEARNED)
def test_learned_closures_are_found_in_their_script(name: str):
    equations = learned(name).equations
    assert equations is not None
    assert equations.closing.kind == ("hermite" if name.startswith("hermite") else "symmetric")


def test_a_script_that_answers_something_else_is_asked():
    """Which has all the parameters, and another formula; and a module that is none, since it may be in training."""

    class Another(torch.nn.Module):
        def __init__(self, of: GeneralisedClosure):
            super().__init__()
            self.order, self.small, self.tiny, self.most, self.change = of.order, of.small, of.tiny, of.most, of.change
            self.network, self.damping, self.shifting = of.network, of.damping, of.shifting
            for name in ("odd", "alike", "unlike", "symmetric", "scale", "limit"):
                self.register_buffer(name, getattr(of, name))

        def forward(self, b: Tensor, g: Tensor, arrived: Tensor, excess: Tensor, path: Tensor) -> tuple[Tensor, Tensor]:
            return g[..., 3:], path > 0

    module = GeneralisedClosure(Autoencoder(4, 2, 5, generator(2)), 7, generator(1))
    assert closures.symmetric(module).kind == "asked"
    assert closures.symmetric(script(Another(module))).kind == "asked"
    assert closures.symmetric(script(module)).kind == "symmetric"


@torch.no_grad()
def test_the_inflow_of_a_wall(monkeypatch: pytest.MonkeyPatch):
    still = wave(12, 0.1)
    ends = Wall("inflow", 1.2, 0.5, 0.9), Wall("inflow", 0.7, -0.1, 1.1)
    tube = Flow(still.density, still.velocity, still.temperature, still.knudsen, 1.0, *ends)
    system = MomentSystem(tube, closure("hme-5"))
    found = system.transport(system.start(tube))
    monkeypatch.setattr(kernels, "usable", lambda tensor: False)
    close(found, system.transport(system.start(tube)))


@pytest.mark.parametrize("model", ["hme-4", "hme-5", "hme-6", "waves-5", "learned-5-7", "hme-2v-4", "hme-3v-3"])
@torch.no_grad()
def test_what_no_gas_can_be_is_drawn_as_by_torch(model: str, monkeypatch: pytest.MonkeyPatch):
    """Two streams that part and meet, fast: some cells are drawn towards equilibrium, and as far."""
    gas = wave(20, 1.0)
    streams = Flow(gas.density, 4.0 * gas.velocity.sign(), 0.2 * gas.temperature, gas.knudsen)
    system = MomentSystem(streams, named(model))
    m = march(system, system.start(streams), 0.0, 0.01, 0.2)
    m[:, 3:] *= 4.0
    before = system.flagged
    found = system.relax(m, 1e-3), step(system, m, 1e-4)
    assert system.flagged > before
    monkeypatch.setattr(kernels, "usable", lambda tensor: False)
    for a, b in zip(found, (system.relax(m, 1e-3), step(system, m, 1e-4)), strict=True):
        for q, r in zip(a.unbind(1), b.unbind(1), strict=True):
            close(q, r)


@pytest.mark.parametrize("moment", [0, 2])
def test_a_lost_gas_is_told(moment: int):
    tube = wave(12, 0.1)
    system = MomentSystem(tube, closure("hme-4"))
    m = system.start(tube)
    m[0, moment, 5] = -1.0
    for call in (system.transport, lambda m: system.relax(m, 0.1), lambda m: system.longest_step(m, 0.5)):
        with pytest.raises(LostGas, match="density" if moment == 0 else "temperature"):
            call(m)
    m[0, moment, 5] = torch.nan
    with pytest.raises(LostGas):
        step(system, m, 1e-3)


@pytest.mark.parametrize("name", ["hermite-4", "learned-4", "burnett-3"])
def test_the_gradient_of_a_closure_goes_through_steps(name: str, monkeypatch: pytest.MonkeyPatch):
    """With respect to its parameters, beside the torch code alone."""
    tube, equations = wave(12, 0.3), learned(name)
    system = MomentSystem(tube, equations)
    module = equations.module  # type: ignore[attr-defined]
    some = [p for p in module.parameters() if p.requires_grad]

    def gradients() -> list[Tensor]:
        m = system.start(tube)
        for _ in range(2):
            m = step(system, m, 2e-3)
        return list(torch.autograd.grad(m.square().sum(), some))

    found = gradients()
    monkeypatch.setattr(kernels, "usable", lambda tensor: False)
    for a, b in zip(found, gradients(), strict=True):
        close(a, b)
    assert max(float(g.abs().max()) for g in found) > 0


def test_many_flows_are_treated_as_each_by_itself():
    tube = jump(20)
    system = MomentSystem(tube, closure("waves-5"))
    m = system.start(tube)
    after = step(system, m, 1e-3)
    for k in range(2):
        one = Flow(*(q[k : k + 1] for q in (tube.density, tube.velocity, tube.temperature, tube.knudsen)))
        alone = MomentSystem(one, closure("waves-5"))
        assert torch.equal(step(alone, m[k : k + 1], 1e-3), after[k : k + 1])
        close(step(alone, m[k].expand(3, -1, -1), 1e-3), after[k].expand(3, -1, -1))  # more of them, by torch


def test_without_the_library_torch_does_all(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kernels, "available", lambda: False)
    assert not kernels.usable(torch.zeros(1, dtype=torch.float64))
    equations = learned("learned-4").equations
    assert equations is not None
    assert equations.closing.kind == "asked"
