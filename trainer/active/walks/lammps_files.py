"""What LAMMPS reads and writes on a walk: the box and its data file, deviations, dumps."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.data import atomic_masses, atomic_numbers
from numpy.typing import NDArray

HEAD = 9  # lines of a dump's frame before its atoms
MARGIN, FLAT = 5.0, 1e-12  # angstrom, of a box around atoms that nothing repeats; of a tilt that is rounding
Array = NDArray[np.float64]


class Box:
    """The cell as LAMMPS wants it: cell = box @ rotation, box lower triangular with a positive diagonal.

    Directions in which nothing repeats get vectors of their own, at right angles to the others and around the atoms."""

    def __init__(self, atoms: Atoms):
        self.atoms = atoms
        cell = np.where(atoms.pbc[:, None], atoms.cell, 0.0)
        complete = Atoms(cell=cell).cell.complete()
        lower = np.linalg.qr(complete.T)[1].T
        signs = np.sign(np.diag(lower))
        self.matrix = lower * signs
        self.rotation = np.linalg.solve(self.matrix, complete)
        self.positions = atoms.positions @ self.rotation.T

    def data(self, elements: list[str]) -> str:
        """The data file: atom types are the elements."""
        low, high = self.bounds()
        lines = ["", "", f"{len(self.atoms)} atoms", f"{len(elements)} atom types"]
        lines += [f"{a:.17g} {b:.17g} {x}lo {x}hi" for a, b, x in zip(low, high, "xyz", strict=True)]
        tilt = self.matrix[[1, 2, 2], [0, 0, 1]]
        if self.atoms.pbc.all() or np.abs(tilt).max() > FLAT * self.matrix[0, 0]:  # crystals may shear later
            lines.append(" ".join(f"{t:.17g}" for t in tilt) + " xy xz yz")
        lines += ["", "Masses", ""]
        lines += [f"{k} {atomic_masses[atomic_numbers[s]]:.17g}  # {s}" for k, s in enumerate(elements, start=1)]
        lines += ["", "Atoms", ""]
        for k, (symbol, (x, y, z)) in enumerate(zip(self.atoms.symbols, self.positions, strict=True), start=1):
            lines.append(f"{k} {elements.index(symbol) + 1} {x:.17g} {y:.17g} {z:.17g}")
        return "\n".join(lines) + "\n"

    def bounds(self) -> tuple[Array, Array]:
        """[3], [3] lowest and highest corner, without the tilt"""
        low, high = self.positions.min(axis=0) - MARGIN, self.positions.max(axis=0) + MARGIN
        pbc = self.atoms.pbc
        return np.where(pbc, 0.0, low), np.where(pbc, np.diag(self.matrix), high)

    def atoms_of(self, bounds: Array, rows: Array, elements: list[str]) -> Atoms:
        """A frame of a dump, turned back to how the atoms were given, inside the cell."""
        xy, xz, yz = bounds[:, 2] if bounds.shape[1] == 3 else np.zeros(3)
        low, high = bounds[:, 0], bounds[:, 1]
        edges = high - low - [np.ptp([0, xy, xz, xy + xz]), np.ptp([0, yz]), 0]
        matrix = np.array([[edges[0], 0, 0], [xy, edges[1], 0], [xz, yz, edges[2]]])
        cell = np.where(self.atoms.pbc[:, None], matrix @ self.rotation, self.atoms.cell)
        symbols = [elements[int(t) - 1] for t in rows[:, 0]]
        atoms = Atoms(symbols, rows[:, 1:] @ self.rotation, cell=cell, pbc=self.atoms.pbc)
        atoms.wrap()
        return atoms


def read_deviations(path: Path) -> tuple[NDArray[np.int64], Array]:
    """[n], [n, 2] of a file of the pair style; empty where there is none. A torn last line does not count."""
    text = path.read_text() if path.exists() else ""
    lines = [line for line in text[: text.rfind("\n") + 1].splitlines() if not line.startswith("#")]
    if not lines:
        return np.empty(0, np.int64), np.empty((0, 2))
    table = np.loadtxt(lines, usecols=(0, 4, 1), ndmin=2)
    return table[:, 0].astype(np.int64), table[:, 1:]


def read_dump(path: Path, steps: set[int]) -> Iterator[tuple[int, Array, Array]]:
    """step, bounds [3, 2 or 3] and rows [N, (type, x, y, z)] of each whole frame of these steps."""
    if not path.exists():
        return
    with path.open() as lines:
        while head := list(islice(lines, HEAD)):
            count = int(head[3]) if len(head) == HEAD else 0
            rows = list(islice(lines, count))
            if int(head[1]) in steps and len(rows) == count > 0 and rows[-1].endswith("\n"):
                names = head[8].split()[2:]
                columns = [names.index(name) for name in ("id", "type", "x", "y", "z")]
                table = np.loadtxt(rows, usecols=columns, ndmin=2)
                bounds = np.array([line.split() for line in head[5:8]], dtype=float)
                yield int(head[1]), bounds, table[table[:, 0].argsort(), 1:]
