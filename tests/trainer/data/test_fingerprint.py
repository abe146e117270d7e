"""A model file's sample of its training frames finds exactly those of other frames that it can look up."""

import dataclasses

import numpy as np
import pytest

from trainer.data.fingerprint import BYTES, SAMPLE, Overlap, fingerprint, identity
from trainer.data.frame import Frame


def frames(n: int, seed: int) -> list[Frame]:
    random = np.random.default_rng(seed)
    return [
        Frame(
            symbols=("H", "O"),
            positions=random.uniform(0, 5, (2, 3)),
            cell=np.zeros((3, 3)),
            pbc=np.array([False] * 3),
            energy=float(random.normal()),
            forces=None,
            virial=None,
            trajectory="t",
            source="f",
        )
        for _ in range(n)
    ]


def count(sample: str, other: list[Frame]) -> Overlap.Count:
    overlap = Overlap(sample)
    for frame in other:
        overlap.add(frame)
    return overlap.count


def test_a_small_set_is_known_frame_by_frame():
    known, others = frames(50, 1), frames(30, 2)
    sample = identity(known)["sample"]
    assert count(sample, known[::-1]) == (50, 50)
    assert count(sample, others) == (30, 0)
    assert count(sample, known[:7] + others) == (37, 7)


def test_of_a_large_set_a_share_is_known():
    known, others = frames(2000, 3), frames(2000, 4)
    sample = identity(known)["sample"]
    assert len(sample) == 2 * BYTES * SAMPLE
    assert count(sample, known) == (SAMPLE, SAMPLE)
    checked, found = count(sample, others)
    assert found == 0
    # the share of the hashes below the 128th of 2000: 128 of 2000, to within (128 + 128)^(1/2) = 16
    assert abs(checked - SAMPLE) < 4 * 16


def test_rounding_and_labels_change_nothing_but_the_fingerprint():
    known = frames(200, 5)
    moved = [dataclasses.replace(f, positions=f.positions + 1e-9, energy=0.0) for f in known[::-1]]
    assert identity(known)["sample"] == identity(moved)["sample"]
    assert fingerprint(known) != fingerprint(moved)
    assert fingerprint(known) == identity(known)["fingerprint"]


def test_the_same_frame_twice_is_one():
    known = frames(SAMPLE, 6)
    assert identity(known + known)["sample"] == identity(known)["sample"]


@pytest.mark.parametrize("sample", ["", "zz" * 8, "12"])
def test_a_sample_that_is_none_knows_nothing(sample: str):
    assert count(sample, frames(20, 7)).found == 0
