"""Points with values."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from theory.points import Array, checked, read_npz
from trainer.errors import UserError


class Sample(NamedTuple):
    x: Array  # [n, d]
    y: Array  # [n]


def checked_sample(x: Any, y: Any, what: str = "data") -> Sample:
    """Raises UserError unless they are finite and as many."""
    points = checked(x, f"{what}: x")
    values = checked(y, f"{what}: y")
    if values.shape != (len(points), 1):
        raise UserError(f"{what}: expected x [n, d] and y [n], got {list(np.shape(x))} and {list(np.shape(y))}")
    return Sample(points, values[:, 0])


def read_sample(path: Path) -> Sample:
    """Of a .npz file. Unpickles nothing."""
    x, y = read_npz(path, x="[n, d]", y="[n]")
    return checked_sample(x, y, str(path))


def read_pair(train: Path, test: Path) -> tuple[Sample, Sample]:
    """Raises UserError when they are in different dimensions."""
    one, other = read_sample(train), read_sample(test)
    if one.x.shape[1] != other.x.shape[1]:
        raise UserError(f"expected one dimension, got {one.x.shape[1]} in train and {other.x.shape[1]} in test")
    return one, other
