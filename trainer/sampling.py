"""Random numbers as functions of (seed, step): whatever was drawn before, and however often a run was stopped."""

import numpy as np
import numpy.typing as npt
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


class Batches:
    """Batches of about equal size: every epoch is a permutation, cut into the same number of consecutive pieces.

    So each item comes once an epoch, and the sum over all batches is the sum over all items, whatever their sizes."""

    def __init__(self, sizes: npt.NDArray[np.int64], target: float, seed: int):
        """sizes: [items], e.g. numbers of atoms, or ones; target: the mean of the sum of sizes in a batch."""
        self.sizes, self.seed = sizes, seed
        self.count = int(np.clip(round(sizes.sum() / target), 1, len(sizes)))  # batches an epoch
        self._epoch, self._order, self._start = -1, np.empty(0, np.int64), np.empty(0, np.int64)

    def __getitem__(self, step: int) -> list[int]:
        """The items of batch number `step`: a function of the seed and the step alone."""
        epoch, batch = divmod(step, self.count)
        if epoch != self._epoch:
            self._epoch, self._order = (
                epoch,
                torch.randperm(len(self.sizes), generator=generator(self.seed, epoch)).numpy(),
            )
            self._start = self._cuts(self.sizes[self._order])
        return [int(k) for k in self._order[self._start[batch] : self._start[batch + 1]]]

    def _cuts(self, sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """[batches + 1] where the batches of a permutation begin, so that none is empty."""
        batch = np.arange(self.count + 1)
        middle = np.cumsum(sizes) - 0.5 * sizes  # an item belongs where its middle falls
        start = np.searchsorted(middle, sizes.sum() / self.count * batch)
        start = np.maximum.accumulate(start - batch) + batch  # at least one item each
        return np.asarray(np.minimum(start, len(sizes) - self.count + batch))
