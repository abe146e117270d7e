"""Closures of a gas in two velocity dimensions: what holds whatever their parameters, from data to the file, what is
refused."""

from pathlib import Path
from typing import Any

import pytest
import torch
from gas import wave
from kinetic_commands import call
from torch import Tensor

from kinetic import Flow, solve
from kinetic.closure.burnett.network import begin, untrained
from kinetic.closure.burnett.task import exact
from kinetic.closure.contract import ClosureMetadata, check_closure, growth_of_waves
from kinetic.closure.symmetric import MOST, SymmetricClosure
from kinetic.gas import Molecules
from kinetic.kernels.moments import Local
from kinetic.moments.burnett.closures import HME, LearnedBurnett, Waves, in_the_plane
from kinetic.moments.burnett.functions import Burnett
from kinetic.moments.flights import Flights
from kinetic.moments.system import MomentSystem
from kinetic.numerics.imex import march
from trainer import export
from trainer.errors import UserError
from trainer.sampling import generator

GAS = Molecules()
WAVES = Waves(3, 2, GAS)
METADATA = ClosureMetadata(dtype="float64", units={}, order=3, moments="burnett", exponent=0.0)
CASE = """
models = ["{run}/model.pt"]
times = [0.05]
[flow]
cells = 24
[knudsen]
low = 0.5
[data]
model = "boltzmann"
families = ["wave"]
flows = 2
batch = 2
cells = 16
knudsen = [0.1, 1.0]
time = 0.02
interval = 0.01
validation = 0.5
[solver]
velocity_limit = 7.2
velocities = 64
angles = 2
courant = 0.9
[closure]
order = 3
width = 4
rollout = 1
[training]
steps = 3
batch = 2
"""


def closure(degree: int = 3) -> SymmetricClosure:
    """With parameters far from those that training begins with."""
    module, random = untrained(degree, 8, generator(1)), generator(2)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(0.0, 0.5, generator=random)
    return module.requires_grad_(False)


def gas(shift: float = 0.0, velocity: float = 1.0, density: float = 1.0, length: float = 1.0, cells: int = 24) -> Flow:
    """Out of equilibrium, seen from elsewhere and in other units; eps is that of unit density."""
    one = wave(cells, 0.3 * length / velocity * density)
    rho = torch.cat([0.6 * one.density, 0.5 / one.temperature], 1) * density
    u = torch.cat([one.velocity + 0.5, 0.3 - one.velocity], 1) * velocity + shift
    theta = torch.cat([0.7 * one.temperature, 0.9 * one.density], 1) * velocity**2
    return Flow(rho, u, theta, one.knudsen, length)


def later(flow: Flow, module: SymmetricClosure, time: float = 0.02) -> tuple[Tensor, Tensor]:
    """b_3, ... [M - 2, nx] after a time of that flow in its own units, and the sums of what is conserved."""
    system = MomentSystem(flow, LearnedBurnett(module, 3, GAS))
    m = march(system, system.start(flow), 0.0, time, 0.5)
    return system.variables.gas(m).a[0, 3:], m[0, :3].sum(-1)


def test_invariances_in_a_flow():
    """Of units of velocity, density and length to 1e-10; of the frame, whose steps are others, to their error."""
    expected, _ = later(gas(), closure())
    assert float(expected.abs().max()) > 1e-2
    for change, time in (({"velocity": 2.5}, 0.4), ({"density": 7.0}, 1.0), ({"length": 40.0}, 40.0)):
        torch.testing.assert_close(later(gas(**change), closure(), 0.02 * time)[0], expected, rtol=0, atol=1e-10)
    learned = LearnedBurnett(closure(), 3, GAS)
    here, there = (production(gas(shift), learned, Still()) for shift in (0.0, 1.3))
    torch.testing.assert_close(there, here, rtol=1e-10, atol=1e-10)


def production(flow: Flow, closing: Waves | LearnedBurnett, flights: Any) -> Tensor:
    system = MomentSystem(flow, closing)
    state, d = system.slopes(system.start(flow))
    state, d = type(state)(*(q[..., 3:-3] for q in state)), type(d)(*(q[..., 3:-3] for q in d))
    p = closing.production(state, d, d, flow.knudsen, flights)
    assert p is not None
    return p


class Still:
    """Flights that bring what is here: the frame is all that is tested."""

    def every(self, local: Local, parity: Tensor) -> tuple[Tensor, Tensor]:
        g = local.g[..., 3:, :]
        return g, torch.stack([g, 0.5 * g], 1)


def test_a_reflected_flow_is_the_flow_reflected_and_nothing_is_lost():
    there = gas()
    back = Flow(there.density.flip(-1), -there.velocity.flip(-1), there.temperature.flip(-1), there.knudsen)
    (a, kept), (b, _) = (later(flow, closure()) for flow in (there, back))
    parity = Burnett(3, 2).parity[3:, None]
    torch.testing.assert_close(b.flip(-1) * parity, a, rtol=0, atol=1e-10)
    variables = HME(3, 2, GAS).variables
    torch.testing.assert_close(kept, variables.start(there)[0, :3].sum(-1), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("degree", [3, 4])
def test_speeds_are_real_and_bounded_and_no_small_wave_grows(degree: int):
    module, functions = closure(degree), Burnett(degree, 2)
    b = torch.randn(100, len(functions.n) - 3, generator=generator(3), dtype=torch.float64)
    z = module.characteristic(b)
    assert float(z.abs().max()) <= float(module.fastest)
    assert float((z - module.characteristic(0.0 * b)).abs().max()) <= MOST
    torch.testing.assert_close(module.characteristic(b * functions.parity[3:]), -z.flip(-1), rtol=0, atol=1e-10)
    metadata = ClosureMetadata(dtype="float64", units={}, order=degree, moments="burnett", exponent=1.0)
    assert growth_of_waves(module, metadata) < 1e-10
    check_closure(export.script(module), metadata)


def test_it_begins_as_that_of_linear_waves():
    module, flow = untrained(3, 8, generator(1)).requires_grad_(False), gas()
    begin(module, 3, GAS)
    found = [production(flow, one, Flights(flow, one.frequency)) for one in (LearnedBurnett(module, 3, GAS), WAVES)]
    torch.testing.assert_close(found[0], found[1], rtol=1e-10, atol=1e-10)


def test_the_h_that_is_fitted_is_the_one_that_closes_the_equations():
    """With it transport is, in all rows, that of the equations of one degree more, which know what goes beyond."""
    flow = gas(cells=48)
    above = MomentSystem(flow, HME(4, 2, GAS))
    m = above.start(flow)
    seen = exact(m, flow.knudsen, 3, GAS)
    assert float(seen.target.abs().max()) > 0.05
    fixed = LearnedBurnett(closure(), 3, GAS)
    fixed.answer = lambda *_: (seen.target.mT, seen.local.path > 0)  # type: ignore[method-assign]
    expected = above.transport(m)[:, :6]
    found = MomentSystem(flow, fixed).transport(m[:, :6])
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-3 * float(expected.abs().max()))  # speeds limit fluxes


def test_moments_of_a_distribution():
    v = torch.linspace(-9.0, 9.0, 60, dtype=torch.float64)
    flow = gas(cells=8)
    f = torch.zeros(1, 60, 60, 8, dtype=torch.float64)
    for s in range(2):
        rho, u, theta = (q[:, s, None, None] for q in (flow.density, flow.velocity, flow.temperature))
        square = (v[:, None] - u).square() + v[:, None, None].square()
        f += rho / (2 * torch.pi * theta) * torch.exp(-0.5 * square / theta)
    expected = HME(5, 2, GAS).variables.start(flow)
    torch.testing.assert_close(in_the_plane(f, v, 5), expected, rtol=0, atol=1e-9)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A case, and the folder of its data and its run."""
    folder = tmp_path_factory.mktemp("plane")
    case = folder / "case.toml"
    case.write_text(CASE.format(run=folder / "run"))
    assert call("generate", case, "-o", folder / "data") == 0
    assert call("train", case, "--data", folder / "data", "-o", folder / "run") == 0
    return case, folder


def test_from_data_of_boltzmann_to_a_file_that_runs_alone(made: tuple[Path, Path]):
    case, folder = made
    assert call("solve", case, "-o", folder / "out") == 0
    assert "Characteristic speeds of the closure" in (folder / "out/solution.html").read_text()
    flow = wave(24, 0.5)
    found = solve(str(folder / "run/model.pt"), flow, [0.05])
    assert found.moments.shape == (1, 1, 7, 24)
    assert float(found.temperature.mean()) == pytest.approx(1.0, abs=0.05)  # it knows that it has two dimensions
    before = HME(3, 2, GAS).variables.start(flow)[0, :3].sum(-1)
    torch.testing.assert_close(found.moments[0, 0, :3].sum(-1), before, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("what", "change", "message"),
    [
        ("encode", ("", ""), "without distributions; learned moments are learned from bgk"),
        ("explore", ("", ""), "explore computes flows by bgk, got model = 'boltzmann'"),
        ("train", ("order = 3", "order = 3\nmoments = 'm.pt'"), "takes no `moments`"),
        ("solve", ("[flow]", "[gas]\nexponent = 1.0\n[flow]"), r"a closure for exponent = 0 in \[gas\], got 1"),
    ],
)
def test_what_does_not_go_together_is_one_line(
    made: tuple[Path, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    what: str,
    change: tuple[str, str],
    message: str,
):
    case, folder = made
    other = tmp_path / "case.toml"
    other.write_text(case.read_text().replace(*change) if change[0] else case.read_text())
    with pytest.raises(UserError, match=message):
        call(what, other, *(["--data", folder / "data"] if what in ("encode", "train") else []), "-o", tmp_path / "out")
