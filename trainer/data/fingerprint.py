"""Which frames a model was trained on: a fingerprint of all in their order, and a sample by which others are looked up.

The sample of a set is the SAMPLE smallest of the hashes of its frames' geometries. Any frame whose hash is not larger
than the largest of these is in the set if and only if its hash is in the sample: so a share of frames, SAMPLE over the
size of the set, can be looked up, in whatever order or format they come. (The sketch by smallest hashes: Broder,
Compression and Complexity of Sequences, 1997.)
"""

import hashlib
import heapq
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from trainer.data.frame import Frame

SAMPLE = 128
BYTES = 8  # of a hash
RESOLUTION = 1e-3  # angstrom: positions that differ by less are mostly taken for the same


class Fingerprint:
    """Of a stream of frames of any length."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._smallest: list[int] = []  # negative, so that the heap's first is the largest hash
        self._held: set[int] = set()

    def add(self, frame: Frame) -> None:
        self._digest.update(" ".join(frame.symbols).encode())
        values = [frame.positions, frame.cell, frame.pbc, frame.energy, frame.forces, frame.virial]
        for value in values if frame.parameters is None else [*values, frame.parameters]:
            self._digest.update(b"none" if value is None else np.ascontiguousarray(value).tobytes())
        number = geometry(frame)
        if number in self._held or (len(self._smallest) == SAMPLE and number > -self._smallest[0]):
            return
        self._held.add(number)
        heapq.heappush(self._smallest, -number)
        if len(self._smallest) > SAMPLE:
            self._held.remove(-heapq.heappop(self._smallest))

    def __str__(self) -> str:
        """SHA-256 of all that a model can learn from the frames, in their order."""
        return self._digest.hexdigest()

    def sample(self) -> str:
        """The smallest hashes in ascending order, as hexadecimal digits without a space."""
        return "".join(f"{-number:0{2 * BYTES}x}" for number in sorted(self._smallest, reverse=True))


class Overlap:
    """How many frames of a stream are among those that a sample was taken of."""

    class Count(NamedTuple):
        checked: int  # frames that could be looked up
        found: int

    def __init__(self, sample: str):
        """sample: as Fingerprint gives it; an empty one knows no frame."""
        width = 2 * BYTES
        digits = set("0123456789abcdef")
        words = [sample[k : k + width] for k in range(0, len(sample), width)] if set(sample) <= digits else []
        self._known = {int(word, 16) for word in words}
        whole = len(words) < SAMPLE  # the set had no more frames: every frame can be looked up
        self._largest = -1 if not words else 2 ** (8 * BYTES) if whole else max(self._known)
        self.count = Overlap.Count(0, 0)

    def add(self, frame: Frame) -> None:
        number = geometry(frame)
        if number <= self._largest:
            self.count = Overlap.Count(self.count.checked + 1, self.count.found + (number in self._known))


def geometry(frame: Frame) -> int:
    """A hash of elements, positions and cell, but not of labels."""
    digest = hashlib.sha256(" ".join(frame.symbols).encode())
    for value in (frame.positions, frame.cell * frame.pbc[:, None]):
        digest.update(np.round(value / RESOLUTION).astype("<i8").tobytes())
    return int.from_bytes(digest.digest()[:BYTES], "big")


def fingerprint(frames: Iterable[Frame]) -> str:
    """`Fingerprint` of all of them, as text."""
    return identity(frames)["fingerprint"]


def identity(frames: Iterable[Frame]) -> dict[str, str]:
    """What a model file keeps of its training frames: {"fingerprint": ..., "sample": ...}."""
    result = Fingerprint()
    for frame in frames:
        result.add(frame)
    return {"fingerprint": str(result), "sample": result.sample()}
