"""What is said of lengths and labels before a training."""

import numpy as np
import pytest

from trainer.data import doubts
from trainer.data.frame import Frame
from trainer.data.store import in_memory

BOHR = 1.8897261  # per angstrom


@pytest.mark.parametrize(
    ("shortest", "unit"),
    [
        ({"H-O": 0.89, "O-O": 2.4}, BOHR),  # the bound pair counts
        ({"Si-Si": 1.83}, BOHR),  # strained crystals
        ({"Si-Si": 1.83}, 0.1),  # nm
    ],
)
def test_another_unit_of_length_is_seen(shortest: dict[str, float], unit: float):
    assert not list(doubts.lengths(shortest))
    words = " ".join(doubts.lengths({pair: unit * r for pair, r in shortest.items()}))
    assert "another length_unit" in words


@pytest.mark.parametrize("shortest", [{}, {"Ar-Ar": 3.4}, {"Na-Na": 3.7}, {"Og2-MOL": 9.0}, {"Cl-Na": 2.7, "Na-Na": 4}])
def test_no_alarm(shortest: dict[str, float]):
    assert not list(doubts.lengths(shortest))


def test_missing_labels_are_said():
    zero = np.zeros((1, 3))
    frame = Frame(("H",), zero, np.zeros((3, 3)), np.zeros(3, bool), 1.0, None, None, "a", "a, frame 0")
    (words,) = doubts.labels(in_memory([frame]))
    assert words.startswith("no forces")
