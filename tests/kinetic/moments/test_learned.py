"""A moment solver that runs from a file: beyond the domain of the closure it falls back, conserves, and says so."""

from pathlib import Path

import pytest
import torch
from gas import wave

from kinetic import solve
from kinetic.closure.contract import ClosureMetadata
from kinetic.closure.hermite.network import LearnedClosure
from kinetic.moments.learned import load
from trainer import export
from trainer.errors import UserError
from trainer.sampling import generator


def file(path: Path, limit: float) -> str:
    """A closure of random speeds that was 'trained' on |a_k| / sqrt(k!) up to `limit`."""
    module = LearnedClosure(5, 8, generator(1)).requires_grad_(False)
    module.speeds[-1].weight.normal_(0.0, 0.5, generator=generator(2))
    module.limit.fill_(limit)
    export.save(module, ClosureMetadata(dtype="float64", units={}, order=5), path)
    return str(path)


def test_beyond_its_domain_a_closure_is_that_of_linear_waves_and_is_flagged(tmp_path: Path):
    flow = wave(24, 1.0)
    waves = solve("waves-5", flow, [0.05])
    inside = solve(file(tmp_path / "wide.pt", 10.0), flow, [0.05])
    beyond = solve(file(tmp_path / "narrow.pt", 1e-9), flow, [0.05])
    assert inside.flagged == 0.0
    assert beyond.flagged > 0.9  # all but the first step, which begins in equilibrium
    assert float((inside.moments - beyond.moments).abs().max()) > 1e-6
    torch.testing.assert_close(beyond.moments, waves.moments, rtol=0, atol=1e-9)
    for found in (inside, beyond):
        before = flow.moments(2).sum(-1)
        torch.testing.assert_close(found.moments[:, 0, :3].sum(-1), before, rtol=0, atol=1e-12)


def test_other_files_are_refused(tmp_path: Path):
    with pytest.raises(UserError, match=r"none\.pt: no such file"):
        load(tmp_path / "none.pt")
    (tmp_path / "text.pt").write_text("no model")
    with pytest.raises(UserError, match="not a model file"):
        solve(str(tmp_path / "text.pt"), wave(8, 1.0), [0.1])


class Short(torch.nn.Module):
    """A closure of another kind of solver, which knows no flights."""

    def forward(self, a: torch.Tensor, g: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return 0.0 * g[..., 0], a[..., 0] < 1.0


def test_a_closure_that_asks_for_something_else_is_one_line(tmp_path: Path):
    export.save(Short(), ClosureMetadata(dtype="float64", units={}, order=5), tmp_path / "short.pt")
    with pytest.raises(UserError, match=r"short\.pt: expected a closure that is asked with 3 arrays, got .* takes 2"):
        load(tmp_path / "short.pt")
