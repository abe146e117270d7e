"""A run as a user makes it: to the end, stopped and resumed, diverging, and asked for what cannot be."""

import dataclasses
import json
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest
import torch
from equations import Quadratic
from solving import henrici
from tolerances import FLOAT32

from bsde.deep.backward import Backward
from bsde.deep.forward import DeepBSDE
from bsde.export import SolutionRun
from bsde.metadata import SolutionMetadata
from bsde.problem import Problem
from bsde.simulation.approximation import of_network
from bsde.simulation.statistics import Mean
from bsde.solve import trained
from bsde.solve.seeds import Seed
from bsde.solve.settings import TrainedSettings, read
from bsde.solve.summary import summarise, together
from trainer import export
from trainer.cli import main
from trainer.errors import UserError
from trainer.settings import read_toml

SHORT = """
problem = "allen-cahn"
[parameters]
dim = 5
[network]
width = 8
[training]
seeds = 2
steps = 60
paths = 16
time_steps = 5
[value]
paths = 2000
time_steps = 10
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("solve")
    (folder / "input.toml").write_text(SHORT)
    assert henrici(str(folder / "input.toml"), "-o", str(folder / "run")) == 0
    return folder / "run"


def result(folder: Path) -> dict:
    return json.loads((folder / "result.json").read_text())


def test_the_answer_is_right_and_its_bounds_hold(finished: Path):
    said = result(finished)["summary"]
    exact = said["reference"]["value"]
    assert abs(said["value"] - exact) < 4 * said["error"] + said["bias"]
    assert said["error"] < 0.02 * exact
    assert said["lower"] < exact < said["upper"]
    assert said["exact_lower"]
    assert said["exact_upper"]
    assert said["relative_error"] == pytest.approx(said["value"] / exact - 1)


def test_the_page_and_the_file_are_there(finished: Path):
    page = (finished / "solution.html").read_text()
    assert page.count("<svg") == 4
    assert "lower bound" in page
    assert "grad u along paths" in page
    document = export.read_document(finished / "solution.pt")
    assert document["kind"] == "pde-solution"
    assert (document["dim"], document["horizon"]) == (5, 0.3)
    assert document["validation"]["u_start_value"] == result(finished)["summary"]["value"]
    assert main(["export", str(finished), "-o", str(finished / "again.pt")]) == 0
    assert export.read_document(finished / "again.pt") == document


def test_the_file_is_the_network_and_needs_torch_alone(finished: Path):
    settings = read(read_toml(finished / "input.toml"), "")
    assert isinstance(settings, TrainedSettings)
    problem = settings.build()
    best = min(trained.read_seeds(finished), key=lambda seed: seed.estimate.residual)  # type: ignore[union-attr]
    approximation = of_network(problem, trained.averaged(settings, problem, finished, best.number))
    t = torch.linspace(0, 0.3, 9)
    x = torch.randn(9, 5)
    u, gradient = approximation(t, x)
    loaded, _ = export.load(finished / "solution.pt", SolutionMetadata)
    with export.torchscript():
        bare = torch.jit.load(str(finished / "solution.pt"))
    for module in (loaded, bare):
        with torch.no_grad():
            v, slope = module(t.double(), x.double())
        torch.testing.assert_close(v, u.double(), rtol=FLOAT32, atol=0)
        torch.testing.assert_close(slope, gradient.double(), rtol=FLOAT32, atol=FLOAT32 * float(gradient.abs().max()))


@pytest.mark.parametrize("at", [0, 31])
def test_stopping_and_resuming_changes_nothing(
    finished: Path, tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch
):
    whole = DeepBSDE.loss

    def interrupted(self: DeepBSDE, step: int, decay: float):
        if step == at and self.seed == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return whole(self, step, decay)

    (tmp_path / "input.toml").write_text(SHORT)
    monkeypatch.setattr(DeepBSDE, "loss", interrupted)
    assert henrici(str(tmp_path / "input.toml"), "-o", str(tmp_path / "run")) == 130
    assert len(trained.read_seeds(tmp_path / "run")) == 1
    monkeypatch.setattr(DeepBSDE, "loss", whole)
    assert henrici("--resume", str(tmp_path / "run")) == 0
    for seed, expected in zip(result(tmp_path / "run")["seeds"], result(finished)["seeds"], strict=True):
        assert seed["estimate"] == expected["estimate"]
    for k in (1, 2):
        log = f"seed-{k}/log.csv"
        assert (tmp_path / "run" / log).read_text() == (finished / log).read_text()


DIVERGING = """
from bsde.problem import Problem


class Explosion(Problem):
    dim: int = 2
    horizon: float = 5.0
    power: float = 9.0

    def f(self, t, x, y, z):
        return (y * y.abs() ** self.power).exp()

    def g(self, x):
        return 1 + x.square().sum(1)
"""


def test_divergence_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A solution that explodes in finite time."""
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(DIVERGING)
    with pytest.raises(UserError, match=r"Explosion\.f: not finite near the start"):
        henrici("mine.py:Explosion", "--seeds", "1", "--steps", "5")
    assert not Path("solution").exists()
    Path("mine.py").write_text(DIVERGING.replace(".exp()", ""))
    with pytest.raises(UserError, match=r"all 2 seeds diverged; the (loss|gradient|expectation)"):
        henrici("mine.py:Explosion", "--seeds", "2", "--steps", "40")
    assert all(seed["trouble"] for seed in result(Path("solution"))["seeds"])


def test_a_new_problem_takes_one_class_and_one_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """u_t + Laplacian u / 2 - u = 0 from sum x: u = exp(t - T) sum x."""
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(
        "from bsde.problem import Problem\n\n\nclass Decay(Problem):\n"
        "    def f(self, t, x, y, z):\n        return -y\n\n    def g(self, x):\n        return x.sum(1)\n\n"
        "    def exact(self, t, x):\n        return (t - self.horizon).exp() * x.sum(1)\n"
    )
    assert henrici("mine.py:Decay", "--dim", "3", "--start", "1", "2", "3", "--seeds", "1", "--steps", "40") == 0
    said = result(Path("solution"))["summary"]
    assert abs(said["value"] - 6 * np.exp(-1)) < 4 * said["error"] + said["bias"]
    assert any("one seed" in remark for remark in said["remarks"])


def test_what_cannot_be_exported_is_said_before_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(
        "import torch\nfrom bsde.problem import Problem\n\n\nclass Counting(Problem):\n"
        "    def f(self, t, x, y, z):\n        return -y\n\n"
        "    def g(self, x):\n        return x.sum(1) * torch.ones(len(x))\n"
    )
    with pytest.raises(UserError, match=r"Counting: its features cannot be exported: .*shapes by torch.zeros_like"):
        henrici("mine.py:Counting", "--dim", "3")
    assert not Path("solution").exists()


def test_paths_begin_at_the_input_and_a_run_goes_on_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "problem").mkdir()
    (tmp_path / "problem/heat.py").write_text(SAMPLED)
    text = "problem = 'heat.py:Heat'\nmethod = 'feynman-kac'\n[feynman_kac]\nhalf_width = 0.1\ntime_steps = 1\n"
    (tmp_path / "problem/heat.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert henrici("problem/heat.toml", "-o", "plain") == 0
    assert henrici("problem/heat.py:Heat", "--seeds", "1", "--steps", "5", "-o", "problem/network") == 0
    assert "<title>Solution of heat.py:Heat</title>" in Path("problem/network/solution.html").read_text()
    (tmp_path / "problem/heat.toml").write_text(f"{text}control = 'network/solution.pt'\n")
    assert henrici("problem/heat.toml", "-o", "controlled") == 0
    monkeypatch.chdir(tmp_path / "problem")
    for run in ("../plain", "../controlled", "network"):
        before = result(Path(run))
        assert henrici("--resume", run) == 0
        assert result(Path(run)) == before
    Path("heat.py").write_text(SAMPLED.replace("0 * y", "-y"))
    with pytest.raises(UserError, match=r"heat\.py: not what the run began with; restore it, or start a new run"):
        henrici("--resume", "../plain")


def test_a_run_whose_input_was_changed_is_not_gone_on_with(finished: Path, tmp_path: Path):
    shutil.copytree(finished, tmp_path / "run")
    (tmp_path / "run/input.toml").write_text((finished / "input.toml").read_text().replace("steps = 60", "steps = 61"))
    with pytest.raises(UserError, match="is not what the run began with; restore it"):
        henrici("--resume", str(tmp_path / "run"))


def test_a_folder_with_a_run_is_left_alone(finished: Path):
    before = (finished / "input.toml").read_bytes()
    with pytest.raises(UserError, match="already holds a run; --resume"):
        henrici("hjb", "-o", str(finished))
    assert (finished / "input.toml").read_bytes() == before


def test_seeds_that_disagree_widen_the_error():
    agreeing = together([Mean(1.0, 0.1), Mean(1.0, 0.1)])
    assert agreeing.value == 1.0
    assert agreeing.error == pytest.approx(0.1 / 2**0.5)
    apart = together([Mean(0.0, 0.1), Mean(2.0, 0.1)])
    assert apart.error == pytest.approx(1.0)  # sqrt(2) / sqrt(2)


def test_when_some_seeds_are_lost_it_says_so(finished: Path):
    seeds = [*trained.read_seeds(finished), Seed(3, None, "the loss is nan", 0.0)]
    problem = read(read_toml(finished / "input.toml"), "").build()
    assert "1 of 3 seeds diverged (3) and are left out" in summarise(problem, "deep-bsde", seeds).remarks
    with pytest.raises(UserError, match="all 1 seeds diverged"):
        summarise(Quadratic(), "deep-bsde", seeds[2:])


SAMPLED = """
from bsde.problem import Problem


class Heat(Problem):
    dim: int = 2

    def f(self, t, x, y, z):
        return 0 * y

    def g(self, x):
        return x.square().sum(1)

    def exact(self, t, x):
        return self.g(x) + self.dim * (self.horizon - t)
"""


@pytest.mark.parametrize(("method", "error"), [("feynman-kac", "0.05"), ("multilevel", "0.05"), ("picard", "1")])
def test_methods_without_networks_say_as_much(method: str, error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """2 at 0 in two dimensions; a run that was done is read, and one that lost its end finds it in the pieces."""
    monkeypatch.chdir(tmp_path)
    Path("heat.py").write_text(SAMPLED)
    options = [] if method == "picard" else ["--error", error]
    assert henrici("heat.py:Heat", "--method", method, *options) == 0
    said = result(Path("solution"))
    summary = said["summary"]
    assert abs(summary["value"] - 2.0) < 4 * summary["error"] + (method == "multilevel") * summary["bias"]
    assert (summary["lower"] is not None) == (method == "feynman-kac")
    assert (summary["gradient"] is not None) == (method == "picard")
    assert Path("solution/solution.html").read_text().count("<svg") == 1
    Path("solution/result.json").unlink()
    monkeypatch.setattr(Problem, "step", None)  # nothing is simulated again
    assert henrici("--resume", "solution") == 0
    assert result(Path("solution"))["found"] == said["found"]
    with pytest.raises(UserError, match=f"{method} leaves a value, not a model"):
        SolutionRun(Path("solution")).export(Path("model.pt"))


PUT = """
problem = "american-put"
method = "dbdp2"
[parameters]
dim = 2
[network]
width = 8
[training]
seeds = 1
steps = 20
paths = 64
time_steps = 4
[value]
paths = 4000
time_steps = 8
"""


def test_an_american_put_from_the_command_stopped_and_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Bounds hold, the export says when, and a stop in the third of four networks changes nothing."""
    (tmp_path / "input.toml").write_text(PUT)
    assert henrici(str(tmp_path / "input.toml"), "-o", str(tmp_path / "whole")) == 0
    said = result(tmp_path / "whole")["summary"]
    exact = said["reference"]["value"]
    assert said["lower"] < exact < said["upper"]
    assert (said["exact_lower"], said["exact_upper"]) == (True, False)
    solution, _ = export.load(tmp_path / "whole/solution.pt", SolutionMetadata)
    u, _ = solution(torch.tensor([0.0, 0.6, 0.9]).double(), torch.ones(3, 2).double())
    assert torch.isfinite(u).all()
    whole = Backward.loss

    def interrupted(self: Backward, step: int, decay: float):
        if step == 9 and self.number == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return whole(self, step, decay)

    monkeypatch.setattr(Backward, "loss", interrupted)
    assert henrici(str(tmp_path / "input.toml"), "-o", str(tmp_path / "run")) == 130
    monkeypatch.setattr(Backward, "loss", whole)
    assert henrici("--resume", str(tmp_path / "run")) == 0
    assert result(tmp_path / "run")["seeds"][0]["estimate"] == result(tmp_path / "whole")["seeds"][0]["estimate"]


def test_a_value_outside_of_its_bounds_is_not_passed_over(finished: Path):
    problem = read(read_toml(finished / "input.toml"), "").build()
    (seed, *_) = trained.read_seeds(finished)
    assert seed.estimate is not None
    off = dataclasses.replace(seed.estimate, extrapolated=Mean(0.9 * seed.estimate.fine.value, 1e-4))
    assert not any("outside" in remark for remark in summarise(problem, "deep-bsde", [seed]).remarks)
    remarks = summarise(problem, "deep-bsde", [dataclasses.replace(seed, estimate=off)]).remarks
    assert any("outside of the bounds" in remark for remark in remarks)
