"""Solutions: resumed runs, errors, and what is refused."""

import math
from dataclasses import replace

import pytest
import torch
from gas import uniform, wave

from kinetic import Discretisation, Flow, Solution, Wall, errors, solve
from trainer.errors import UserError

TIMES = [0.02, 0.05, 0.1]


@pytest.mark.parametrize("model", ["bgk", "hme-4"])
def test_a_stopped_run_goes_on_to_the_same_bits(model: str):
    flow, so_far = wave(16, 0.1), list[Solution]()
    how = Discretisation(velocity_limit=7.0, velocities=32)
    whole = solve(model, flow, TIMES, how, reached=so_far.append)
    for part in so_far:
        resumed = solve(model, flow, TIMES, how, known=part)
        assert torch.equal(resumed.moments, whole.moments)
        assert torch.equal(resumed.state, whole.state)


def test_the_start_is_a_time_too():
    flow = wave(16, 0.1)
    first = solve("hme-5", flow, [0.0, 0.01])
    torch.testing.assert_close(first.moments[:, 0], flow.moments(5))
    torch.testing.assert_close(first.temperature[0, 0], flow.temperature[0, 0])


def test_a_batch_is_its_flows():
    """Flows of a batch share their steps, so that one alone differs by the error in time."""
    both = [
        torch.cat([a, b])
        for a, b in zip(
            *(
                [f.density, f.velocity, f.temperature, f.knudsen]
                for f in (wave(32, 0.1), uniform(32, 1.0, 0.1, 0.9, 0.1))
            ),
            strict=True,
        )
    ]
    together = solve("hme-5", Flow(*both), [0.1])
    alone = solve("hme-5", wave(32, 0.1), [0.1])
    torch.testing.assert_close(together.moments[:1], alone.moments, rtol=0, atol=1e-5)


def test_errors_are_relative():
    flow = wave(16, 0.1)
    a = solve("hme-5", flow, TIMES)
    assert float(errors(a, a).max()) == 0.0
    twice = Solution(a.model, a.x, a.times, 2 * a.moments, a.state, 0.0, 0.0)
    found = errors(twice, a)[0]
    assert float(found[0]) == pytest.approx(1.0)
    assert float(found[2]) == pytest.approx(1.0)
    fine = solve("hme-5", wave(48, 0.1), TIMES)
    assert float(errors(a, fine).max()) < 5e-2
    assert torch.equal(a.x, fine.x[1::3])
    with pytest.raises(UserError, match="as many cells, or an odd multiple"):
        errors(a, solve("hme-5", wave(32, 0.1), TIMES))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"knudsen": 0.0}, r"knudsen: expected numbers > 0, got 0"),
        ({"temperature": -0.1}, r"temperature: expected numbers > 0"),
        ({"density": 0.0}, r"density: expected numbers > 0"),
        ({"velocity": float("nan")}, r"finite everywhere"),
        ({"knudsen": float("inf")}, r"finite everywhere"),
        ({"length": 0.0}, r"length: expected a number > 0"),
        ({"left": Wall("reflecting")}, r"either both ends are periodic or none"),
        ({"knudsen": torch.ones(2, 8)}, r"expected density, velocity, temperature \[B, S, nx >= 8\]"),
    ],
)
def test_what_is_no_flow_is_refused(change: dict[str, object], message: str):
    good = uniform(8, 1.0, 0.0, 1.0, 0.1)
    fields = {name: getattr(good, name) for name in ("density", "velocity", "temperature", "knudsen")}
    for name, value in change.items():
        if name in fields and isinstance(value, float):
            fields[name] = fields[name].clone()
            fields[name][..., 3] = value
        else:
            fields[name] = value
    with pytest.raises(UserError, match=message):
        Flow(**fields)


@pytest.mark.parametrize(
    ("model", "times", "message"),
    [
        ("hme", [0.1], "no 'hme'"),
        ("hme-2", [0.1], "expected an order from 3 to 16, got 2"),
        ("grad-99", [0.1], "expected an order from 2 to 16, got 99"),
        ("bkg", [0.1], "did you mean 'bgk'"),
        ("bgk", [], "expected ascending numbers"),
        ("bgk", [0.2, 0.1], "expected ascending numbers"),
        ("bgk", [-0.1], "expected ascending numbers"),
        ("bgk", [0.1, float("nan")], "expected ascending numbers"),
        ("bgk", [float("inf")], "expected ascending numbers"),
    ],
)
def test_what_is_no_run_is_refused(model: str, times: list[float], message: str):
    with pytest.raises(UserError, match=message):
        solve(model, uniform(8, 1.0, 0.0, 1.0, 0.1), times)


@pytest.mark.parametrize("model", ["bgk", "hme-5"])
@pytest.mark.parametrize("device", ["gpu", "cuda:99"])
def test_a_device_that_there_is_not_is_one_line(model: str, device: str):
    with pytest.raises(UserError, match=f"device: expected one that torch can use here, such as 'cpu', got '{device}'"):
        solve(model, uniform(8, 1.0, 0.0, 1.0, 0.1), [0.1], Discretisation(device=device))


def test_a_temperature_that_turns_negative_is_one_line():
    """Fourier's law takes more heat from a thin gas than there is, and the solver says so."""
    x = torch.linspace(0, 1, 24, dtype=torch.float64)[None, None]
    one, ends = torch.ones_like(x), (Wall("outflow"), Wall("outflow"))
    thin = Flow(torch.where(x < 0.5, 1.0, 1e-6).double(), 0.0 * one, one, 10.0 * one[:, 0], 1.0, *ends)
    with pytest.raises(UserError, match=r"(density|temperature) is not positive") as caught:
        solve("navier-stokes", thin, [0.05])
    assert "\n" not in str(caught.value)


def test_a_wave_that_has_died_out_is_not_said_to_be_back():
    """Of molecules that never collide: neighbouring velocities, 0.2 apart, would be in phase again at t = 5. By
    exp(-(2 pi t)^2 T / 2) nothing is left then, as enough velocities have it. Collisions let them forget."""
    for walls in ("periodic", "reflecting"):
        free = replace(wave(24, 1e3), left=Wall(walls), right=Wall(walls))
        with pytest.raises(UserError, match="use at least 168 velocities"):
            solve("bgk", free, [5.0])
        later = solve("bgk", free, [5.0], Discretisation(velocities=168, courant=1.0)).density
        assert float((later - later.mean()).abs().max()) < 3e-3
    assert float((solve("bgk", wave(24, 0.5), [5.0]).density - 1.0).abs().max()) < 1e-3
    ended = replace(wave(24, 1e3), left=Wall("outflow"), right=Wall("outflow"))
    assert float(solve("bgk", ended, [5.0], Discretisation(courant=1.0)).density.max()) < 1.5


def test_where_nothing_varies_nothing_comes_back():
    """Velocities 0.2 apart, at t = 20, molecules that never collide, and steps as long as they can be."""
    for walls, speed in (("periodic", 0.4), ("reflecting", 0.0)):
        still = replace(uniform(8, 1.2, speed, 0.9, 1e3), left=Wall(walls), right=Wall(walls))
        torch.testing.assert_close(
            solve("bgk", still, [20.0], Discretisation(courant=1.0)).moments[:, 0, :3],
            still.moments(2),
            rtol=1e-9,
            atol=1e-9,
        )
    pushed = replace(uniform(8, 1.2, 0.4, 0.9, 1e3), left=Wall("reflecting"), right=Wall("reflecting"))
    with pytest.raises(UserError, match="come in phase again"):
        solve("bgk", pushed, [20.0])


def test_a_gas_too_fast_for_its_moments_is_one_line():
    """A wave of 1e-6 in a gas at 20 sqrt(T), which after two rounds is where it would be in a gas at rest."""
    wind = torch.full((1, 1, 24), 20.0, dtype=torch.float64)
    angle = 2 * math.pi * (torch.arange(24, dtype=torch.float64)[None, None] + 0.5) / 24
    small = 1e-6 * angle.sin()
    fast, slow = (Flow(1 + small, u, 1 - small, torch.full((1, 24), 0.3).double()) for u in (wind, 0.0 * wind))
    for model in ("hme-12", "grad-16"):
        with pytest.raises(UserError, match=r"order 1[26] of a gas at 20 times sqrt T are lost in rounding"):
            solve(model, fast, [0.1])
    seen, known = (solve("hme-5", flow, [0.1]).temperature for flow in (fast, slow))
    assert float((seen - known).abs().max()) < 5e-8


def test_a_gas_that_becomes_hotter_than_its_velocities_is_one_line():
    """Streams of Mach 1.7 that meet: behind the shocks T = 11, and the velocities of the start end at 2.4 sqrt(T)."""
    x = torch.linspace(0, 1, 40, dtype=torch.float64)[None, None]
    one = torch.ones_like(x)
    meeting = Flow(one, torch.where(x < 0.5, 3.0, -3.0).double(), one, 1e-3 * one[:, 0], 1.0, *2 * [Wall("outflow")])
    with pytest.raises(UserError, match=r"the gas comes to a temperature of 11\.\d; expected a limit of about 1\d"):
        solve("bgk", meeting, [0.05])
    assert float(solve("shakhov", meeting, [0.05]).temperature.max()) < 5.0  # gamma = 5/3
    beams = Flow(*(torch.cat([a, b], 1) for a, b in ((one, one), (3 * one, -3 * one), (one, one))), 1e3 * one[:, 0])
    assert float(solve("bgk", beams, [0.05]).temperature.max()) == pytest.approx(10.0, rel=1e-6)  # nothing collides


def test_what_was_flagged_before_a_stop_counts():
    """Streams that part and meet; and no cell counts twice."""
    gas, so_far = wave(40, 1.0), list[Solution]()
    streams = Flow(gas.density, 12.0 * gas.velocity.sign(), 0.2 * gas.temperature, gas.knudsen)
    times = [0.005, 0.02]
    whole = solve("hme-5", streams, times, reached=so_far.append)
    resumed = solve("hme-5", streams, times, known=so_far[0])
    assert resumed.flagged == pytest.approx(whole.flagged, rel=0.2)


@pytest.mark.parametrize("model", ["bgk", "es-bgk", "hme-5", "waves-5"])
def test_a_flow_of_single_precision_is_computed_in_double(model: str):
    """As are one of NumPy's arrays, and one with an eps of `torch.where`."""
    flow = wave(16, 0.125)
    names = ("density", "velocity", "temperature", "knudsen")
    single = Flow(*(getattr(flow, name).float() for name in names))
    arrays = Flow(*(getattr(single, name).numpy() for name in names))
    a, b = (solve(model, f, [0.1]) for f in (single, arrays))
    assert torch.equal(a.moments, b.moments)
    total = single.moments(2).sum(-1)[0]
    torch.testing.assert_close(a.moments[0, 0, :2].sum(-1), total[:2], rtol=1e-12, atol=1e-12)


def test_walls_need_a_gas():
    with pytest.raises(UserError, match="expected density > 0, temperature > 0"):
        Wall("inflow", temperature=-1.0)
