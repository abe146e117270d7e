"""Data sets to train, to test and to move, as they are published."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms
from mlearn import convert

from comparison.programs import Programs


@dataclass(frozen=True)
class Set:
    """data, batch: lines of the input; test: frames; cell: what is copied copies^3 times in MD."""

    data: str
    batch: str
    steps: int
    test: Path
    cell: Atoms
    copies: int

    @property
    def species(self) -> list[str]:
        return sorted(set(self.cell.get_chemical_symbols()))


def water(source: Path, folder: Path) -> Set:
    path = source / "water"
    train = ", ".join(f'"{path}/data_{k}"' for k in range(3))
    data = f'train = [{train}]\nvalidation = ["{path}/data_3"]'
    return Set(data, "batch = 1", 4000, path / "data_3", Programs(path, folder, None).atoms, 2)


def mlearn(element: str, source: Path, folder: Path) -> Set:
    """The cell is of the test frames the one with the most atoms."""
    convert(source / "mlearn" / element, folder / element)
    data = f'train = ["{folder}/{element}/train.xyz"]\nvalidation = ["{folder}/{element}/test.xyz"]'
    if element == "Li":  # mlearn.py says why
        data += "\ncheck = false"
    cell = max(ase.io.iread(folder / element / "test.xyz"), key=len)
    return Set(data, "", 6000, folder / element / "test.xyz", cell, 3)


def ethanol(source: Path, folder: Path) -> Set:
    """In MD, molecules that do not see each other."""
    path = source / "ethanol"
    data = f'train = ["{path}/train.xyz"]\nvalidation = ["{path}/test_MD.xyz"]'
    cell = ase.io.read(path / "train.xyz")
    cell.set_cell(20.0 * np.eye(3))
    cell.pbc = True
    cell.center()
    return Set(data, "", 3000, path / "test_MD.xyz", cell, 5)


SETS: dict[str, Callable[[Path, Path], Set]] = {
    "water": water,
    "Si": partial(mlearn, "Si"),
    "Li": partial(mlearn, "Li"),
    "ethanol": ethanol,
}
