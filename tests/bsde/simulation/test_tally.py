"""Pieces of a simulation are computed once, whatever interrupts it."""

from pathlib import Path

import pytest
import torch

from bsde.simulation.tally import Tally
from trainer.errors import UserError
from trainer.loop import processes


def third(key: tuple[int, ...]) -> torch.Tensor:
    return torch.tensor([key[0] / 3, key[1] ** 0.5], dtype=torch.float64)


KEYS = [(k, k + 1) for k in range(40)]


def test_what_was_interrupted_goes_on_to_the_same_bits(tmp_path: Path):
    asked = []

    def interrupted(key: tuple[int, ...]) -> torch.Tensor:
        asked.append(key)
        if len(asked) == 25:
            raise KeyboardInterrupt
        return third(key)

    with pytest.raises(KeyboardInterrupt):
        Tally(tmp_path / "pieces.json").gather(KEYS, 2, interrupted)
    rest = []

    def counted(key: tuple[int, ...]) -> torch.Tensor:
        rest.append(key)
        return third(key)

    found = Tally(tmp_path / "pieces.json").gather(KEYS, 2, counted)
    assert torch.equal(found, Tally().gather(KEYS, 2, third))
    assert rest == KEYS[16:]  # a round is kept as a whole


def test_processes_share_the_pieces(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(processes, "size", lambda: 2)
    monkeypatch.setattr(processes, "total", lambda rows: rows)
    parts = []
    for rank in (0, 1):
        monkeypatch.setattr(processes, "rank", lambda rank=rank: rank)
        parts.append(Tally().gather(KEYS, 2, third))
    monkeypatch.undo()
    assert torch.equal(parts[0] + parts[1], Tally().gather(KEYS, 2, third))
    assert ((parts[0][:, 1] > 0) ^ (parts[1][:, 1] > 0)).all()


def test_what_is_not_finite_is_said_at_once():
    with pytest.raises(UserError, match="simulated values are not finite"):
        Tally().gather(KEYS, 2, lambda key: third(key) / (key[0] - 20))


def test_a_damaged_file_is_one_line(tmp_path: Path):
    (tmp_path / "pieces.json").write_text("[1")
    with pytest.raises(UserError, match="remove it, and it is computed again"):
        Tally(tmp_path / "pieces.json")
