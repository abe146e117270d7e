"""Ends of a tube: what flows in comes in, and diffuse walls heat the gas and keep it."""

import math

import pytest
import torch
from gas import centers, uniform, wave

from kinetic import Discretisation, Flow, Wall, errors, solve


@pytest.mark.parametrize("model", ["euler", "waves-5", "hme-2v-3"])
@pytest.mark.parametrize("speed", [-12.0, -0.5, 0.3, 3.0])
def test_a_gas_that_flows_in_as_it_is_stays_as_it_is(model: str, speed: float):
    end = Wall("inflow", 1.2, speed, 0.9)
    still = uniform(24, 1.2, speed, 0.9, 0.1)
    found = solve(model, Flow(still.density, still.velocity, still.temperature, still.knudsen, 1.0, end, end), [0.2])
    for q, expected in ((found.density, 1.2), (found.velocity, speed), (found.temperature, 0.9)):
        torch.testing.assert_close(q, torch.full_like(q, expected), rtol=0, atol=1e-10)


def test_only_half_of_a_maxwellian_flows_in():
    """Beside BGK, where molecules come in and others go out. 0.8 % when moments of whole ones stood beyond the ends."""
    ends = Wall("inflow", 1.2, 0.3, 1.3), Wall("inflow", 0.9, -0.2, 0.8)
    flow = wave(60, 0.02)
    tube = Flow(flow.density, flow.velocity, flow.temperature, flow.knudsen, 1.0, *ends)
    exact = solve("bgk", tube, [0.2, 0.5], Discretisation(velocities=80))
    assert float(errors(solve("waves-5", tube, [0.2, 0.5]), exact)[0, 3]) < 3e-3


def between(still: Flow, cold: float, hot: float) -> Flow:
    """A gas between two diffuse walls."""
    walls = Wall("diffuse", temperature=cold), Wall("diffuse", temperature=hot)
    return Flow(still.density, still.velocity, still.temperature, still.knudsen, 1.0, *walls)


def test_a_gas_as_warm_as_its_diffuse_walls_stays_as_it_is():
    flow = between(uniform(12, 1.3, 0, 0.8, 1.0), 0.8, 0.8)
    torch.testing.assert_close(solve("hme-5", flow, [0.2]).state, flow.moments(5), rtol=0, atol=1e-9)


@pytest.mark.parametrize("model", ["grad-4", "hme-5"])
def test_a_gas_between_a_hot_and_a_cold_wall_is_not_lost_where_nothing_collides(model: str):
    """Two half Maxwellians, of temperatures 1 and 4, as walls emit them: expansions of what arrives are negative."""
    found = solve(model, between(uniform(24, 1, 0, 1.5, 1e3), 1.0, 4.0), [4.0])
    assert float(found.density[0, 0].mean()) == pytest.approx(1.0, abs=1e-12)
    assert float(found.temperature.max()) < 4.0


@pytest.mark.parametrize("model", ["navier-stokes", "hme-5", "waves-5"])
def test_diffuse_walls_heat_the_gas_as_in_the_bgk_model_and_keep_it(model: str):
    """Beside a warm and a cold wall, eps = 0.05; 0.06 of the warmest gas's rise is the layer that few moments miss."""
    flow = between(uniform(32, 1, 0, 1, 0.05), 0.8, 1.3)
    found, exact = (solve(name, flow, [0.4]) for name in (model, "bgk"))
    assert float(found.moments[0, 0, 0].mean()) == pytest.approx(1.0, abs=1e-12)
    risen = exact.temperature[0, 0] - 1.0
    assert float(risen.max()) > 0.1
    off = (found.temperature - exact.temperature)[0, 0, 3:-3]
    assert float(off.abs().max()) < 0.06 * float(risen.max() - risen.min())


def test_a_jump_at_a_diffuse_wall_spoils_nothing_on_a_fine_mesh():
    """Two gases that mix almost without collisions, of which one comes in. 15 % when slopes of the jump flew, too."""
    angle, left = 2 * math.pi * centers(150), centers(150) < 0.5
    eps = 10.0 ** (2.0 - 0.5 * (1.0 + angle.cos()))
    fields = [torch.where(left, a, b).double()[None, None] for a, b in ((1.0, 0.4), (0.3, -0.2), (1.5, 0.8))]
    flow = Flow(*fields, eps[None], 1.0, Wall("inflow", 1.0, 0.3, 1.5), Wall("diffuse"))
    exact = solve("bgk", flow, [0.2, 0.4], Discretisation(velocities=120))
    found = solve("waves-5", flow, [0.2, 0.4])
    assert float(errors(found, exact)[0, 3]) < 0.03
    assert found.flagged < 0.02
