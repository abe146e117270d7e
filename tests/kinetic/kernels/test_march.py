"""Many steps in one call are those of one at a time: as long, stopped anywhere, and where one loses the gas."""

import pytest
import torch
from gas import wave
from torch import Tensor

from kinetic import Discretisation, Flow, Wall, kernels
from kinetic.models import system
from kinetic.numerics import imex
from kinetic.numerics.imex import Marched, march

MODELS = ["bgk", "navier-stokes", "hme-5", "waves-5", "waves-2v-3"]
SAME = 1e-12  # over the largest value: the same arithmetic in another order, in some ten steps
HOW = Discretisation(velocities=40)
TUBES = {
    "periodic": (Wall(), Wall()),
    "open": (Wall("inflow", 1.2, 0.4, 0.9), Wall("outflow")),
    "closed": (Wall("diffuse", temperature=1.3), Wall("reflecting")),
    "mirrored": (Wall("outflow"), Wall("diffuse", temperature=0.8)),
    "sucked": (Wall("reflecting"), Wall("inflow", 0.7, 0.3, 1.1)),
}


def gases(left: Wall, right: Wall) -> Flow:
    """Two flows with different speeds of their signals and Knudsen numbers."""
    one = wave(20, 0.2)
    parts = one.density, one.velocity, one.temperature, one.knudsen * torch.linspace(1.0, 3.0, 20, dtype=torch.float64)
    return Flow(*(torch.cat([q, 1.5 * q.flip(-1)]) for q in parts), 1.0, left, right)


def streams() -> Flow:
    """Which part and meet, at nine times the speed of sound: a step with the largest Courant number loses the gas."""
    gas = wave(20, 1.0)
    return Flow(gas.density, 4.0 * gas.velocity.sign(), 0.2 * gas.temperature, gas.knudsen)


def marched(model: str, flow: Flow, end: float, courant: float = 0.5) -> tuple[Tensor, list[float], float]:
    """The state at the end, the lengths of the steps, and the share of flagged cells."""
    computed, taken = system(model, flow, HOW), list[float]()
    y = march(computed, computed.start(flow), 0.0, end, courant, taken.append)
    return y, taken, computed.flagged


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("tube", TUBES)
def test_they_equal_the_torch_code(model: str, tube: str, monkeypatch: pytest.MonkeyPatch):
    gas = gases(*TUBES[tube])
    found, taken, _ = marched(model, gas, 0.08)
    monkeypatch.setattr(kernels, "usable", lambda tensor: False)
    expected, one_by_one, _ = marched(model, gas, 0.08)
    assert len(taken) > 5
    assert taken == pytest.approx(one_by_one, rel=1e-12)
    torch.testing.assert_close(found, expected, rtol=0, atol=SAME * float(expected.abs().max()))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("tube", ["periodic", "closed"])
def test_a_march_that_pauses_is_the_same_to_the_bit(model: str, tube: str, monkeypatch: pytest.MonkeyPatch):
    gas = gases(*TUBES[tube])
    whole = marched(model, gas, 0.08)
    monkeypatch.setattr(kernels, "AT_ONCE", 0)
    paused = marched(model, gas, 0.08)
    assert torch.equal(whole[0], paused[0])
    assert whole[1:] == paused[1:]


def test_what_was_given_is_left_as_it_was():
    gas = gases(*TUBES["periodic"])
    computed = system("hme-5", gas, HOW)
    m = computed.start(gas)
    before = m.clone()
    march(computed, m, 0.0, 0.02, 1.0)
    assert torch.equal(m, before)


@pytest.mark.parametrize("end", [0.05, 0.1])
def test_a_step_that_loses_the_gas_is_made_again_shorter(end: float, monkeypatch: pytest.MonkeyPatch):
    """And the others are made together; what they count, too."""
    apart, one_step = list[float](), imex.one_step

    def counted(*arguments: object) -> Marched:
        found = one_step(*arguments)  # type: ignore[arg-type]
        apart.extend(found.lengths)
        return found

    monkeypatch.setattr(imex, "one_step", counted)
    found, taken, flagged = marched("hme-5", streams(), end, 1.0)
    assert 1 <= len(apart) < 0.2 * len(taken)
    computed = system("hme-5", streams(), HOW)
    assert apart[0] == pytest.approx(0.5 * computed.longest_step(computed.start(streams()), 1.0))
    monkeypatch.setattr(kernels, "usable", lambda tensor: False)
    expected, one_by_one, alone = marched("hme-5", streams(), end, 1.0)
    assert len(taken) == len(one_by_one)
    assert flagged == pytest.approx(alone, abs=0.01)
    torch.testing.assert_close(found[:, :3], expected[:, :3], rtol=0, atol=1e-6 * float(expected[:, :3].abs().max()))
