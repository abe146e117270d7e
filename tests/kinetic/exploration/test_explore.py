"""Data by active learning: what is chosen, a project that can be stopped anywhere, and what is refused."""

import csv
from pathlib import Path

import pytest
import torch
from kinetic_commands import call, interrupted
from torch import Tensor

from kinetic.closure import data
from kinetic.closure.generate import generate, one
from kinetic.closure.run import ClosureRun
from kinetic.closure.settings import DataSettings
from kinetic.exploration import committee
from kinetic.exploration.explore import CANDIDATES, PAGE
from kinetic.flow import Flow
from kinetic.moments.classical import HME
from kinetic.moments.system import Closure
from kinetic.settings import CaseSettings
from trainer.errors import UserError

CASE = """
[data]
flows = 5
batch = 2
cells = 32
time = 0.04
interval = 0.02
validation = 0.2
[solver]
velocities = 32
[exploration]
committee = 2
candidates = 4
[closure]
order = 4
width = 4
[training]
steps = 2
batch = 2
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    path = tmp_path / "case.toml"
    path.write_text(CASE)
    return path


def test_what_the_committee_disagrees_on_is_computed(case: Path, tmp_path: Path):
    folder, settings = tmp_path / "data", CaseSettings.read(case)
    assert call("explore", case, "-o", folder) == 0
    for batch, count in ((1, 2), (2, 1)):
        with (folder / f"round-{batch}" / CANDIDATES).open() as stream:
            rows = list(csv.DictReader(stream))
        assert [int(row["flow"]) for row in rows] == list(range(2 + 4 * (batch - 1), 6 + 4 * (batch - 1)))
        rows.sort(key=lambda row: -float(row["disagreement"]))
        chosen = sorted(int(row["flow"]) for row in rows[:count])
        expected = torch.cat([one(settings.data, number).knudsen for number in chosen])
        assert torch.equal(torch.load(folder / data.name(batch))["knudsen"], expected)
    assert "How far the committee is apart" in (folder / PAGE).read_text()
    assert ClosureRun.start(case, tmp_path / "run", data=str(folder))  # it is data as any other

    before = {path: path.read_bytes() for path in folder.glob("*.pt")}
    with interrupted(1), pytest.raises(KeyboardInterrupt):
        call("explore", case, "-o", tmp_path / "parts")
    assert call("explore", case, "-o", tmp_path / "parts") == 0
    assert {tmp_path / "parts" / path.name: content for path, content in before.items()} == {
        path: path.read_bytes() for path in (tmp_path / "parts").glob("*.pt")
    }

    with pytest.raises(UserError, match="holds data of other settings"):
        generate(settings.data, settings.solver, folder)


def test_disagreement_is_relative_and_infinite_where_a_member_loses_the_gas(monkeypatch: pytest.MonkeyPatch):
    settings = CaseSettings(data=DataSettings(cells=24, time=0.04, interval=0.02))
    assert float(committee.disagreement([HME(4), HME(4)], settings, range(1))) == 0.0
    flow = one(settings.data, 0)
    a, b = (committee.run(member, flow, settings.data.time) for member in (HME(4), HME(5)))
    off = (a - b)[:, 0].square().sum((0, 2)) / 2.0  # their variance
    mean = (a + b)[:, 0] / 2.0
    scale = torch.stack([mean[:, 0].square(), mean[:, 0] * mean[:, 2], mean[:, 2].square()], 1).sum((0, 2))
    expected = float((off / scale).sum().sqrt())
    assert float(committee.disagreement([HME(4), HME(5)], settings, range(1))) == pytest.approx(expected)

    run, lost = committee.run, one(settings.data, 2).knudsen

    def lose(member: Closure, flow: Flow, end: float) -> Tensor:
        """The third flow of all."""
        if any(torch.equal(eps, lost[0]) for eps in flow.knudsen):
            raise UserError("the temperature is not positive everywhere")
        return run(member, flow, end)

    monkeypatch.setattr(committee, "run", lose)
    found = committee.disagreement([HME(4), HME(5)], settings, range(3))
    assert found[2] == float("inf")
    assert bool(torch.isfinite(found[:2]).all())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("flows = 5", "flows = 2", "expected more flows than the first batch"),
        ("candidates = 4", "candidates = 1", "and candidates >= batch"),
        ("committee = 2", "committee = 1", "expected committee >= 2"),
        ("width = 4", "rollout = 3", "fewer intervals than the data's 2"),
        ("width = 4", "halvings = 2", "a mesh of 16 cells cannot be halved"),
        ("width = 4", "moments = 'none.pt'", "none.pt: no such file"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(old: str, new: str, message: str, case: Path, tmp_path: Path):
    case.write_text(CASE.replace(old, new))
    with pytest.raises(UserError, match=message) as caught:
        call("explore", case, "-o", tmp_path / "data")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "data").exists()
