"""Data, training, export, the solver from the file: a run that can be stopped anywhere, and what is refused."""

import importlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from gas import wave
from kinetic_commands import call, interrupted
from torch import Tensor

from kinetic import Discretisation, solve
from kinetic.autoencoder.run import AutoencoderRun, load
from kinetic.autoencoder.settings import MomentsSettings
from kinetic.closure import data
from kinetic.closure.generalised import task as generalised
from kinetic.closure.generate import generate
from kinetic.closure.hermite.network import LearnedClosure
from kinetic.closure.hermite.task import HermiteTask, exact
from kinetic.closure.run import ClosureRun
from kinetic.closure.settings import ClosureSettings, ClosureTraining, DataSettings
from kinetic.moments.learned import Learned
from kinetic.moments.linear import linear_coefficients
from kinetic.moments.system import MomentSystem
from kinetic.runs import solve_case
from trainer import export
from trainer.cli import main
from trainer.errors import UserError
from trainer.loop.run import INPUT, MODEL
from trainer.sampling import generator
from trainer.settings import parse

CASE = """
[data]
flows = 5
batch = 3
cells = 32
time = 0.08
interval = 0.02
distributions = 2
validation = 0.2
[solver]
velocities = 32
[closure]
width = 4
rollout = 1
[training]
steps = 6
batch = 3
report = 2
"""
HOW = Discretisation(velocities=32)
FEW = DataSettings(flows=5, batch=3, cells=32, time=0.08, interval=0.02, distributions=2, validation=0.2)


class WavesSlope(torch.nn.Module):
    linear = linear_coefficients(5)

    def forward(self, a: Tensor, g: Tensor, s: Tensor) -> tuple[Tensor, Tensor]:
        return s @ self.linear, g[..., 0].abs() >= 0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A case, and its data."""
    folder = tmp_path_factory.mktemp("data")
    case = folder / "case.toml"
    case.write_text(CASE)
    generate(FEW, HOW, folder / "data")
    return case, folder / "data"


def test_data_that_were_stopped_go_on_to_the_same_bits(made: tuple[Path, Path]):
    _, folder = made
    before = [(folder / data.name(k)).read_bytes() for k in range(2)]
    (folder / data.name(1)).unlink()
    with pytest.raises(UserError, match=r"flows-0001\.pt is missing; go on with the command"):
        data.read(folder)
    generate(FEW, HOW, folder)
    assert [(folder / data.name(k)).read_bytes() for k in range(2)] == before
    with pytest.raises(UserError, match="holds data of other settings"):
        generate(DataSettings(flows=6, batch=3), HOW, folder)


def test_a_folder_without_flows_is_free(tmp_path: Path):
    """What was refused may be mended and begun again; a device that there is not leaves no folder behind."""
    with pytest.raises(UserError, match="device: expected one that torch can use here"):
        generate(FEW, replace(HOW, device="gpu"), tmp_path / "data")
    assert not (tmp_path / "data").exists()
    with pytest.raises(UserError, match="velocities: expected a limit of at least"):
        generate(FEW, replace(HOW, velocity_limit=3.0), tmp_path / "data")
    generate(FEW, HOW, tmp_path / "data")


def test_data_of_another_kind_are_one_line(made: tuple[Path, Path], tmp_path: Path):
    shutil.copytree(made[1], tmp_path / "old")
    state = torch.load(tmp_path / "old" / data.name(0))
    del state["distributions"]
    torch.save(state, tmp_path / "old" / data.name(0))
    with pytest.raises(UserError, match="data without distributions, of another version"):
        data.read(tmp_path / "old")


def test_a_command_that_is_stopped_goes_on_to_the_same_bits(
    made: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Ctrl-C in the midst of the second batch: the first one stays, nothing half-written does."""
    case, folder = made
    arguments = ["generate", str(case), "-o", str(tmp_path / "data")]
    solver = importlib.import_module("kinetic.solve")  # in `kinetic` the function of this name
    marched, calls = solver.march, [0]

    def stopping(*those: object) -> Tensor:
        calls[0] += 1
        if calls[0] == 8:  # five times a batch
            raise KeyboardInterrupt
        return marched(*those)

    monkeypatch.setattr(solver, "march", stopping)
    with pytest.raises(KeyboardInterrupt):
        call(*arguments)
    assert sorted(p.name for p in (tmp_path / "data").iterdir()) == ["data.json", data.name(0)]
    monkeypatch.setattr(solver, "march", marched)
    assert call(*arguments) == 0
    for k in range(2):
        assert (tmp_path / "data" / data.name(k)).read_bytes() == (folder / data.name(k)).read_bytes()


def test_validation_is_of_other_flows(made: tuple[Path, Path]):
    training, held = data.read(made[1])
    assert training.moments.shape == (4, 5, 9, 32)
    assert held.moments.shape == (1, 5, 9, 32)
    assert held.distributions.shape == (1, 3, 32, 32)
    f, dv = held.distributions.double(), held.velocities[1] - held.velocities[0]
    torch.testing.assert_close(f.sum(2) * dv, held.moments[:, ::2, 0], rtol=1e-6, atol=0)
    assert not any(torch.equal(held.moments[0], m) for m in training.moments)


def test_halving_a_mesh_interpolates():
    fine, coarse = (wave(n, 0.1).moments(5)[:, None] for n in (64, 32))
    eps, v = torch.full((1, 64), 0.1, dtype=torch.float64), torch.linspace(-2.0, 2.0, 5, dtype=torch.float64)
    halved = data.Data(fine, eps, 0.1, wave(64, 0.1).distribution(v)[:, None], 1, v).halved(1)
    torch.testing.assert_close(halved.moments, coarse, rtol=0, atol=1e-4)
    torch.testing.assert_close(halved.distributions[:, 0], wave(32, 0.1).distribution(v), rtol=0, atol=1e-4)
    torch.testing.assert_close(halved.knudsen, torch.full((1, 32), 0.1, dtype=torch.float64))
    with pytest.raises(UserError, match="a mesh of 16 cells cannot be halved"):
        halved.halved(2)


def test_the_slope_that_is_fitted_is_the_one_that_closes_the_equations(made: tuple[Path, Path]):
    """With g_(M+1) of the data instead of a closure, the moment system's transport is -d_x m_(k+1) of the data."""
    m = wave(64, 0.1).moments(7)
    m = m + 0.3 * m.flip(-1)  # out of equilibrium
    flow = wave(64, 0.1)
    target = exact(m, flow.knudsen, 5).target
    known = Learned(LearnedClosure(5, 0, generator(1)), 5)
    known.beyond = lambda local, flights: target.unsqueeze(-2)  # type: ignore[method-assign]
    system = MomentSystem(flow, known)
    k = 2j * torch.pi * torch.fft.rfftfreq(64, 1 / 64, dtype=torch.float64)
    expected = -torch.fft.irfft(k * torch.fft.rfft(m[:, 1:7]), 64)
    torch.testing.assert_close(
        system.transport(m[:, :6]), expected, rtol=0, atol=2e-2 * float(expected.abs().max()) / 50
    )


def stop_and_go_on(case: Path, folder: Path, tmp_path: Path) -> None:
    """A run in tmp_path/whole, and the same in parts, which end in the same bits."""
    assert ClosureRun.start(case, tmp_path / "whole", data=str(folder))
    with interrupted(3):
        assert not ClosureRun.start(case, tmp_path / "parts", data=str(folder))
    assert ClosureRun(tmp_path / "parts").resume()
    states = [torch.load(tmp_path / name / "checkpoint.pt")["module"] for name in ("whole", "parts")]
    assert all(torch.equal(a, b) for a, b in zip(states[0].values(), states[1].values(), strict=True))


def test_a_run_that_is_stopped_ends_in_the_same_bits(made: tuple[Path, Path], tmp_path: Path):
    case, folder = made
    stop_and_go_on(case, folder, tmp_path)
    file = tmp_path / "whole" / MODEL
    document = export.read_document(file)
    assert document["kind"] == "moment-closure"
    assert document["order"] == 5
    assert main(["export", str(file.parent), "-o", str(tmp_path / "again.pt")]) == 0
    assert export.read_document(tmp_path / "again.pt") == document
    flow = wave(24, 0.3)
    found = solve(str(file), flow, [0.02])
    assert 0.0 <= found.flagged < 1.0
    near = solve("hme-5", flow, [0.02])  # a few steps of training from HME
    torch.testing.assert_close(found.moments[:, :, :3], near.moments[:, :, :3], rtol=0, atol=2e-3)

    with pytest.raises(UserError, match="already holds a run"):
        ClosureRun.start(case, tmp_path / "whole", data=str(folder))
    (tmp_path / "whole" / INPUT).write_text(CASE.replace("width = 4", "width = 5"))
    with pytest.raises(UserError, match="is not what the run began with"):
        ClosureRun(tmp_path / "whole").resume()


def test_the_loss_falls(made: tuple[Path, Path]):
    training, held = data.read(made[1])
    task = HermiteTask(ClosureSettings(width=8), ClosureTraining(batch=20), training, held)
    optimizer = torch.optim.Adam(task.module.parameters(), 1e-2)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        loss, _ = task.loss(0, 1.0)
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]


def test_a_lost_run_counts_and_does_not_stop_training(made: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch):
    def lose(*arguments: object) -> None:
        raise UserError("the temperature is not positive everywhere")

    training, held = data.read(made[1])
    task = HermiteTask(ClosureSettings(width=4, rollout=1), ClosureTraining(batch=2), training, held)
    monkeypatch.setattr(task, "run", lose)
    loss, errors = task.loss(0, 1.0)
    assert errors["runs_lost"] == (1.0, 1.0)
    assert bool(torch.isfinite(loss))
    assert task.validate(task.module) == {"conserved_relative": 1.0}


def test_a_rollout_of_the_truth_has_no_error(made: tuple[Path, Path]):
    """Of linear waves, computed by the same solver at the same times."""
    flow = wave(32, 0.1)
    m = solve("waves-5", flow, [0.0, 0.02, 0.04]).moments
    higher = torch.cat([m, m[:, :, :2]], 2)  # the fit, which is not looked at, wants one more
    exact_data = data.read(made[1])[0]._replace(moments=higher, knudsen=flow.knudsen, interval=0.02)
    task = HermiteTask(ClosureSettings(rollout=2), ClosureTraining(), exact_data, exact_data)
    found = task.run(WavesSlope(), exact_data, [0], [0], 2)
    assert float(found) < 2e-8  # the root of what keeps its derivative finite


def test_the_two_steps_of_learned_moments_stopped_anywhere_end_in_the_same_bits(
    made: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(generalised, "fit", lambda module: None)  # seconds, and nothing random
    first = tmp_path / "moments.toml"
    first.write_text("[moments]\nextra = 1\nwidth = 4\nplaces = 64\n[training]\nsteps = 6\nreport = 2\n")
    assert AutoencoderRun.start(first, tmp_path / "moments", data=str(made[1]))
    encoder = tmp_path / "moments" / MODEL
    assert load(encoder, 5).shape == [5, 1, 4]
    case = tmp_path / "case.toml"
    case.write_text(CASE.replace("width = 4", f'width = 4\nmoments = "{encoder}"'))
    stop_and_go_on(case, made[1], tmp_path)

    file = tmp_path / "whole" / MODEL
    document = export.read_document(file)
    assert (document["kind"], document["moments"]) == ("moment-closure", "learned")
    assert document["domain"]["largest |b_4|"] > 0
    conv = tmp_path / "conv.toml"
    conv.write_text(case.read_text().replace("rollout = 1", "stencil = 3").replace("steps = 6", "steps = 2"))
    assert ClosureRun.start(conv, tmp_path / "conv", data=str(made[1]))
    assert export.read_document(tmp_path / "conv" / MODEL)["cells"] == 32

    encoder.rename(tmp_path / "elsewhere.pt")  # the file needs no other one
    assert main(["export", str(file.parent), "-o", str(tmp_path / "again.pt")]) == 0
    assert export.read_document(tmp_path / "again.pt") == document
    flow = wave(24, 0.3)
    near = solve("hme-5", flow, [0.02])
    found = solve(str(file), flow, [0.02])
    torch.testing.assert_close(found.moments[:, :, :3], near.moments[:, :, :3], rtol=0, atol=2e-3)

    shown = tmp_path / "shown.toml"
    shown.write_text('models = ["bgk", "model.pt"]\ntimes = [0.02]\n[flow]\ncells = 24\n[solver]\nvelocities = 32\n')
    monkeypatch.chdir(file.parent)
    solve_case(shown, tmp_path / "shown")
    page = (tmp_path / "shown/solution.html").read_text()
    assert "Characteristic speeds of the closure" in page
    assert page.count("from 6 of model.pt") == 3  # distributions

    with pytest.raises(UserError, match=r"moments of order 5; \[closure\] wants order = 4"):
        load(tmp_path / "elsewhere.pt", 4)
    with pytest.raises(UserError, match="expected a generalised-moments model, got kind 'moment-closure'"):
        load(file, 5)


@pytest.mark.parametrize(
    ("cls", "table", "message"),
    [
        (ClosureSettings, {"order": 2}, "an order from 3 to 7"),
        (MomentsSettings, {"order": 3}, "an order from 4 to 7"),
        (ClosureSettings, {"stencil": 3}, "an odd number of cells, and `moments` beside it, got 3"),
        (ClosureSettings, {"stencil": 4, "moments": "x.pt"}, "an odd number of cells, and `moments` beside it, got 4"),
        (ClosureSettings, {"halvings": -1}, "halvings >= 0"),
        (ClosureTraining, {"start": "x.pt"}, "a closure begins untrained"),
        (DataSettings, {"knudsen": [0.0, 1.0]}, r"expected \[smallest, largest\], both > 0"),
        (DataSettings, {"families": ["vortex"]}, "families"),
        (DataSettings, {"interval": 2.0}, "0 < interval <= time"),
        (DataSettings, {"flows": 0}, "flows, batch and distributions >= 1"),
    ],
)
def test_bad_tables_are_one_line(cls: type, table: dict[str, object], message: str):
    with pytest.raises(UserError, match=message) as caught:
        parse(cls, table, "case.toml")
    assert "\n" not in str(caught.value)


def test_missing_data_are_one_line(made: tuple[Path, Path], tmp_path: Path):
    with pytest.raises(UserError, match="no data; make them with: henrici kinetic generate"):
        ClosureRun.start(made[0], tmp_path / "run", data=str(tmp_path / "nowhere"))
    assert not (tmp_path / "run").exists()
    long = tmp_path / "long.toml"
    long.write_text(CASE.replace("rollout = 1", "rollout = 9"))
    with pytest.raises(UserError, match="expected fewer intervals than the data's 4"):
        ClosureRun.start(long, tmp_path / "run", data=str(made[1]))
    assert not (tmp_path / "run").exists()
