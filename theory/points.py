"""Points [n, d], checked where they come in."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trainer.errors import UserError, first_line

Array = npt.NDArray[np.float64]


@contextmanager
def reading(path: Path, expected: str) -> Iterator[None]:
    """Whatever fails in the block is a UserError: the file is missing, or is not what was `expected`."""
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except UserError:
        raise
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise UserError(f"{path}: expected {expected}; {first_line(error)}") from None


def checked(values: Any, what: str = "data") -> Array:
    """values: [n, d], or [n] for d = 1, n >= 2 -> float64 [n, d]. Raises UserError for anything else."""
    try:
        if np.iscomplexobj(values):
            raise TypeError("they are complex")
        x = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UserError(f"{what}: expected numbers, n points times d coordinates; {first_line(error)}") from None
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or x.shape[0] < 2 or x.shape[1] < 1:
        raise UserError(f"{what}: expected [n, d] with n >= 2 points, got an array of shape {list(np.shape(values))}")
    if not np.isfinite(x).all():
        row, column = np.argwhere(~np.isfinite(x))[0]
        raise UserError(
            f"{what}: expected finite numbers, got {x[row, column]} in row {row}, column {column}; mend or drop it"
        )
    return x


def read(path: Path) -> Array:
    """Points of a .npy file, or of text with a line for every point, and perhaps a first one of names. Unpickles
    nothing."""
    with reading(path, "points as .npy, .csv or text of numbers"):
        if path.suffix == ".npy":
            return checked(np.load(path, allow_pickle=False), str(path))
        lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
        separator = "," if path.suffix == ".csv" else None
        table = [line.split(separator) for line in (lines[1:] if named(lines, separator) else lines)]
        if len({len(row) for row in table}) > 1:
            raise ValueError(f"rows have {len(table[0])} and other numbers of columns")
        return checked([[float(word) for word in row] for row in table], str(path))


def read_npz(path: Path, **shapes: str) -> list[npt.NDArray[Any]]:
    """The arrays of these names in a .npz file, of real numbers. shapes: what is expected of each, in words. Unpickles
    nothing. Raises UserError for any other file."""
    expected = f"arrays {', '.join(f'{name} {shape}' for name, shape in shapes.items())} in .npz"
    with reading(path, expected), path.open("rb") as stream:
        found = np.load(stream, allow_pickle=False)
        if isinstance(found, np.ndarray):
            raise ValueError("it is one array without a name")
        arrays = [found[name] for name in shapes]
        if any(array.dtype.kind not in "fiub" for array in arrays):
            raise ValueError("they are not all real numbers")
        return arrays


def named(lines: list[str], separator: str | None) -> bool:
    """Whether the first line has no number in it, and others follow."""
    return len(lines) > 1 and not any(number(word) for word in lines[0].split(separator))


def number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def repeated(x: Array) -> int:
    """How many points are there again."""
    return len(x) - len(np.unique(x, axis=0))


def with_bias(x: Array) -> Array:
    """z = (x, 1): [n, d] -> [n, d + 1], so that b.x + c = (b, c).z"""
    return np.concatenate([x, np.ones((len(x), 1))], axis=1)
