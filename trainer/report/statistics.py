"""Statistics of a stream: one pass, and memory that does not grow with its length."""

import heapq
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from trainer.data.frame import Array

R = TypeVar("R")


class Reservoir:
    """A uniform random sample of rows, without replacement: those with the `size` smallest of uniform random keys."""

    def __init__(self, size: int, seed: int = 0):
        self._size, self._random = size, np.random.default_rng(seed)
        self._keys, self.seen = np.empty(0), 0
        self._rows: Array | None = None

    def add(self, rows: Array) -> None:
        """rows: [n, columns]"""
        self.seen += len(rows)
        keys = self._random.random(len(rows))
        if len(self._keys) == self._size:
            new = keys < self._keys.max()
            keys, rows = keys[new], rows[new]
        keys = np.concatenate([self._keys, keys])
        rows = rows.copy() if self._rows is None else np.concatenate([self._rows, rows])
        if len(keys) > self._size:
            kept = np.argpartition(keys, self._size)[: self._size]
            keys, rows = keys[kept], rows[kept]
        self._keys, self._rows = keys, rows

    def rows(self, columns: int) -> Array:
        """[min(seen, size), columns]"""
        return np.empty((0, columns)) if self._rows is None else self._rows


class LogBins:
    """Counts, and sums of columns, in bins of equal width in log10 x. What is outside goes to the outermost bins."""

    def __init__(self, low: float, high: float, per_decade: int, columns: int = 0):
        bins = round(np.log10(high / low) * per_decade)
        self.edges: Array = low * 10 ** (np.arange(bins + 1) / per_decade)
        self.count: npt.NDArray[np.int64] = np.zeros(bins, dtype=np.int64)
        self.sums: Array = np.zeros((bins, columns))

    def add(self, x: Array, values: Array | None = None) -> None:
        """x: [n] >= 0, values: [n, columns]"""
        bins = len(self.count)
        k = np.clip(np.searchsorted(self.edges, x, side="right") - 1, 0, bins - 1)
        self.count += np.bincount(k, minlength=bins)
        if values is not None:
            for column, weights in enumerate(values.T):
                self.sums[:, column] += np.bincount(k, weights=weights, minlength=bins)

    def quantile(self, q: float) -> float:
        """The x below which a fraction q lies, to the width of a bin."""
        below = np.concatenate([[0], np.cumsum(self.count)]) / max(1, self.count.sum())
        k = min(int(np.searchsorted(below, q)), len(self.count))
        share = (q - below[k - 1]) / (below[k] - below[k - 1]) if k and below[k] > below[k - 1] else 0.0
        return float(self.edges[max(0, k - 1)] * (self.edges[1] / self.edges[0]) ** share)


class Largest(Generic[R]):
    """The `size` records of largest value; of equal ones the first."""

    def __init__(self, size: int):
        self._size = size
        self._heap: list[tuple[float, int, R]] = []
        self._seen = 0

    def wants(self, value: float) -> bool:
        return len(self._heap) < self._size or value > self._heap[0][0]

    def add(self, value: float, record: R) -> None:
        self._seen += 1
        heapq.heappush(self._heap, (value, -self._seen, record))
        if len(self._heap) > self._size:
            heapq.heappop(self._heap)

    def records(self) -> list[R]:
        """Largest first."""
        return [record for _, _, record in sorted(self._heap, key=lambda entry: entry[:2], reverse=True)]
