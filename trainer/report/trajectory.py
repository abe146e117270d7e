"""Snapshots of a trajectory, one by one: what ase.io reads, by ASE; LAMMPS dumps, DCD, XTC, ..., by MDAnalysis."""

import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from trainer.data.frame import Array
from trainer.errors import UserError, first_line

DUMPS = (".lammpstrj", ".lammpsdump", ".dump")
DATA = (".data", ".lmp", ".lammps")  # LAMMPS data files
BINARY = (".dcd", ".xtc", ".trr", ".nc", ".ncdf")  # positions only: a second file names the atoms
TIMED = (".xtc", ".trr", ".nc", ".ncdf")  # these hold the time in ps; a LAMMPS dump or DCD holds step numbers


class Snapshot(NamedTuple):
    """One frame. Positions may be wrapped into the cell or not."""

    positions: Array  # [n, 3] angstrom
    cell: Array  # [3, 3] angstrom, rows are the lattice vectors
    scalars: dict[str, float]  # what the file has of SCALARS
    time: float | None  # ps


@dataclass(frozen=True)
class Source:
    """Where a trajectory is, and what its file leaves unsaid.

    topology: a structure of the same atoms, for a DCD, XTC, ...: LAMMPS data file, PDB, GRO, whatever ase.io reads.
    types: element of each LAMMPS type, from 1 on, where the file has no elements.
    dt: ps from one frame to the next, where the file has no times. Without it times are counted in frames.
    skip: frames at the start that are left out.
    """

    path: Path
    topology: Path | None = None
    types: tuple[str, ...] = ()
    dt: float | None = None
    skip: int = 0

    def snapshots(self) -> Iterator[tuple[tuple[str, ...], Snapshot]]:
        """Elements of the atoms, the same in each frame, and the frame.

        Raises UserError where the file cannot be read, atoms come or go, or the cell is not periodic."""
        for path in (self.path, self.topology):
            if path is not None and not path.is_file():
                raise UserError(f"{path}: no such file")
        atoms: tuple[str, ...] | None = None
        frames = by_mdanalysis(self) if self.is_for_mdanalysis() else by_ase(self.path)
        for k, (symbols, snapshot) in enumerate(frames):
            if atoms is not None and symbols != atoms:
                raise UserError(
                    f"{self.path}, frame {k}: other atoms than in frame 0; expected the same in the same order"
                )
            atoms = symbols
            if not abs(np.linalg.det(snapshot.cell)) > 1e-3 or not np.isfinite(snapshot.positions).all():
                raise UserError(f"{self.path}, frame {k}: expected a periodic cell and finite positions")
            if k >= self.skip:
                yield symbols, snapshot

    def is_for_mdanalysis(self) -> bool:
        """By its name, or its first line."""
        if self.topology or self.path.suffix.lower() in DUMPS + BINARY:
            return True
        with self.path.open("rb") as stream:
            return stream.read(14) == b"ITEM: TIMESTEP"


def guarded(frames: Iterator[Any], path: Path, reader: str) -> Iterator[Any]:
    """The same, but what the reader raises on a damaged file is one line, and its warnings of guesses are not shown."""
    number = 0
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                frame = next(frames)
        except StopIteration:
            return
        except Exception as error:  # each parser fails in its own way
            said = first_line(error)
            drop(error)
            raise UserError(f"{path}, frame {number}: {reader} cannot read it: {said}") from None
        yield frame
        number += 1


def drop(error: Exception) -> None:
    """Let go of what the error holds: MDAnalysis's readers complain at their deletion if they could not open a file."""
    hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
    traceback.clear_frames(error.__traceback__)
    sys.unraisablehook = hook


def by_ase(path: Path) -> Iterator[tuple[tuple[str, ...], Snapshot]]:
    import ase.io

    for k, atoms in enumerate(guarded(ase.io.iread(path, index=":"), path, "ase.io")):
        if not atoms.pbc.all():
            raise UserError(f"{path}, frame {k}: expected a cell periodic in all three directions, got pbc {atoms.pbc}")
        scalars = {}
        if atoms.calc is not None and "energy" in atoms.calc.results:
            scalars["potential energy"] = float(atoms.calc.results["energy"]) / len(atoms)
        if atoms.has("momenta") and atoms.get_momenta().any():
            scalars["temperature"] = float(atoms.get_temperature())
        yield tuple(atoms.get_chemical_symbols()), Snapshot(atoms.positions.copy(), np.array(atoms.cell), scalars, None)


def by_mdanalysis(source: Source) -> Iterator[tuple[tuple[str, ...], Snapshot]]:
    """Positions and cell in MDAnalysis's orientation, angstrom."""
    import MDAnalysis  # noqa: F401 (it changes the filters of warnings; so before `guarded` does)

    suffix = source.path.suffix.lower()
    if suffix in BINARY and source.topology is None:
        raise UserError(
            f"{source.path}: holds positions only; name its atoms by --topology (a LAMMPS data file, PDB, ...)"
        )
    symbols = None if source.topology is None else of_structure(source.topology, source.types)
    universe = next(guarded((open_universe(source, symbols) for _ in range(1)), source.path, "MDAnalysis"))
    symbols = symbols or of_dump(universe, source)
    for k, step in enumerate(guarded(steps(universe), source.path, "MDAnalysis")):
        if step.dimensions is None:
            raise UserError(f"{source.path}, frame {k}: expected a periodic cell, got none")
        time = float(step.time) if suffix in TIMED else None
        cell = np.array(step.triclinic_dimensions, dtype=float)
        yield symbols, Snapshot(step.positions.astype(float), cell, {}, time)


def steps(universe: Any) -> Iterator[Any]:
    yield from universe.trajectory


def open_universe(source: Source, symbols: tuple[str, ...] | None) -> Any:
    """symbols: of the atoms, where the file does not name them."""
    import MDAnalysis

    if symbols is None:
        return MDAnalysis.Universe(str(source.path), topology_format="LAMMPSDUMP", format="LAMMPSDUMP")
    binary = source.path.suffix.lower() in BINARY
    universe = MDAnalysis.Universe.empty(len(symbols), trajectory=True)
    return universe.load_new(str(source.path), format=None if binary else "LAMMPSDUMP")


def of_dump(universe: Any, source: Source) -> tuple[str, ...]:
    """Elements from `types` if given, else as the dump says. Raises UserError when neither does."""
    if source.types:
        return by_type(universe.atoms.types, source.types, source.path)
    if hasattr(universe.atoms, "elements") and all(universe.atoms.elements):
        return tuple(str(s).capitalize() for s in universe.atoms.elements)
    raise UserError(f"{source.path}: no elements in it; give that of each atom type by --types, as --types O H")


def of_structure(path: Path, types: tuple[str, ...]) -> tuple[str, ...]:
    """Elements from `types` if given, else as the file says; of a LAMMPS data file, by its masses. Raises UserError."""
    import ase.io

    style = "lammps-data" if path.suffix.lower() in DATA else None
    atoms = next(guarded((ase.io.read(path, format=style) for _ in range(1)), path, "ase.io"))
    if types:
        return by_type(atoms.arrays.get("type", ["none"]), types, path)
    if style and "masses" not in atoms.arrays:
        raise UserError(f"{path}: no masses in it; give the element of each atom type by --types, as --types O H")
    return tuple(atoms.get_chemical_symbols())


def by_type(numbers: Sequence[str], types: tuple[str, ...], path: Path) -> tuple[str, ...]:
    try:
        index = [int(number) for number in numbers]
    except ValueError:
        raise UserError(f"{path}: --types is for atom types that are numbers, got {numbers[0]!r}") from None
    if min(index) < 1 or max(index) > len(types):
        raise UserError(f"{path}: atom types {min(index)} to {max(index)}, but --types names {len(types)} elements")
    return tuple(types[k - 1] for k in index)
