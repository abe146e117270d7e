"""Batches and random streams that do not depend on history."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from trainer.sampling import Batches, generator


@given(
    sizes=st.lists(st.integers(1, 300), min_size=1, max_size=60),
    target=st.floats(0.5, 2000.0),
    seed=st.integers(0, 5),
)
def test_every_epoch_is_a_permutation_in_batches_that_are_never_empty(sizes: list[int], target: float, seed: int):
    batches = Batches(np.array(sizes), target, seed)
    for epoch in range(3):
        parts = [batches[epoch * batches.count + k] for k in range(batches.count)]
        assert sorted(k for part in parts for k in part) == list(range(len(sizes)))
        assert all(parts)
    again = Batches(np.array(sizes), target, seed)  # a function of the step, not of what was drawn before
    assert again[2 * batches.count] == batches[2 * batches.count]


def test_batches_of_molecules_and_crystals_hold_about_so_many_atoms():
    sizes = np.random.default_rng(0).choice([3, 8, 64], size=500)
    batches = Batches(sizes, 64, seed=1)
    atoms = np.array([sizes[batches[k]].sum() for k in range(batches.count)])
    assert abs(atoms.mean() - 64) < 1
    assert atoms.max() < 64 + 64  # a large frame's halves may reach into both neighbours' room
    assert atoms.std() < 25
    assert batches[0] != batches[batches.count]


def test_batches_of_so_many_frames():
    batches = Batches(np.ones(12, np.int64), 4, seed=1)
    assert [len(batches[k]) for k in range(6)] == [4] * 6


def test_streams_of_different_keys_are_different_and_repeat():
    draws = {key: torch.rand(4, generator=generator(7, *key)).tolist() for key in ((), (0,), (1,), (0, 1), (1, 0))}
    assert len({tuple(d) for d in draws.values()}) == 5
    assert torch.rand(4, generator=generator(7, 0, 1)).tolist() == draws[0, 1]
