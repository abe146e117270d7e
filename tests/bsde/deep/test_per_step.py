"""The published method: it solves what it can, by the loss that it says."""

import pytest
import torch
from equations import Quadratic

from bsde.deep.per_step import PerStepDeepBSDE
from bsde.networks.per_step import PerStepNetworks
from trainer.loop import processes
from trainer.loop.loop import Loop
from trainer.loop.settings import TrainingSettings
from trainer.sampling import generator


def task(paths: int = 64) -> PerStepDeepBSDE:
    problem = Quadratic()
    torch.manual_seed(1)
    module = PerStepNetworks(10, problem.dim, (2.0, 3.0), torch.float64)
    return PerStepDeepBSDE(problem, module, 10, paths, 1, torch.float64)


def test_it_finds_y0(tmp_path):
    """The heat equation from |x|^2: u(0, 1/2) = 3/4 + 3, and Z explains most of Var |x + W|^2 = 2 d + 4 |x|^2 = 9."""
    t = task()
    Loop(t, TrainingSettings(steps=300, learning_rate=0.03, final_learning_rate=3e-4, report=300), tmp_path).run()
    end = t.validate(t.module)
    assert end["Y0"] == pytest.approx(3.75, rel=0.02)
    assert end["difference"] ** 2 < 9 / 2


def test_networks_are_normalised_by_the_batch():
    module = task().module
    x = 5 + 3 * torch.randn(9, 500, 3, dtype=torch.float64, generator=generator(1))
    h = module.normalised(0, x)
    torch.testing.assert_close(h.mean(1, keepdim=True), module.beta[0].detach(), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(h.std(1, keepdim=True, unbiased=False), module.gamma[0].detach(), rtol=1e-6, atol=0)


def test_shares_of_several_processes_differ_and_are_all_paths(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(processes, "size", lambda: 2)
    lengths = []
    for rank in (0, 1):
        monkeypatch.setattr(processes, "rank", lambda rank=rank: rank)
        lengths.append(len(task().differences(task().module, generator(1), 7)))
    assert lengths == [4, 3]
