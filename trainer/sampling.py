"""Random numbers as functions of (seed, step): whatever was drawn before, and however often a run was stopped."""

import torch


def generator(seed: int, *key: int) -> torch.Generator:
    """An independent stream of random numbers for every key, e.g. generator(seed, step)."""
    state = seed
    for k in key:  # splitmix64: neighbouring keys give unrelated streams
        state = (state + 0x9E3779B97F4A7C15 * (k + 1)) % 2**64
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) % 2**64
        state ^= state >> 31
    return torch.Generator().manual_seed(state % 2**63)


class Shuffled:
    """Batches without replacement: every epoch is a permutation, a function of (seed, epoch) alone."""

    def __init__(self, size: int, batch: int, seed: int):
        self.size, self.batch, self.seed = size, batch, seed
        self._epoch, self._order = -1, torch.empty(0)

    def __getitem__(self, step: int) -> list[int]:
        """The indices of batch number `step`; it may straddle two epochs."""
        return [self._index(step * self.batch + k) for k in range(self.batch)]

    def _index(self, draw: int) -> int:
        epoch, position = divmod(draw, self.size)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, torch.randperm(self.size, generator=generator(self.seed, epoch))
        return int(self._order[position])
