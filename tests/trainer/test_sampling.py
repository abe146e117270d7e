"""Batches and random streams that do not depend on history."""

import torch

from trainer.sampling import Shuffled, generator


def test_every_epoch_is_a_permutation():
    batches = Shuffled(size=10, batch=4, seed=3)
    drawn = [k for step in range(10) for k in batches[step]]
    for epoch in range(4):
        assert sorted(drawn[10 * epoch : 10 * epoch + 10]) == list(range(10))
    assert drawn[:10] != drawn[10:20]
    assert Shuffled(10, 4, 3)[7] == batches[7]  # a function of the step, not of what was drawn before


def test_streams_of_different_keys_are_different_and_repeat():
    draws = {key: torch.rand(4, generator=generator(7, *key)).tolist() for key in ((), (0,), (1,), (0, 1), (1, 0))}
    assert len({tuple(d) for d in draws.values()}) == 5
    assert torch.rand(4, generator=generator(7, 0, 1)).tolist() == draws[0, 1]
