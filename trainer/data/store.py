"""Labelled frames in one HDF5 file, so that any number of them takes little memory.

An entry a frame: atoms, cell, pbc, energy, virial, weight, set, held, trajectory, file, number; an entry an atom:
species, positions, forces, and parameters if there are any. eV and angstrom; a label that is missing is nan. File and
number make the frame's source; species, trajectory and file are numbers in the lists of words of the same names.
"""

import json
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import h5py
import numpy as np
import numpy.typing as npt

from trainer.data.frame import Frame
from trainer.errors import UserError, first_line

BLOCK, BLOCK_ATOMS = 1000, 100_000  # that are written, or read in order, at once
ROOM = 4 * 2**20  # bytes for what HDF5 adds to the data of a block: chunks that are not full, indices
WORDS = ("species", "trajectory", "file")
Column = tuple[tuple[int, ...], type]
PER_ATOM: dict[str, Column] = {"species": ((), np.int32), "positions": ((3,), np.float64), "forces": ((3,), np.float64)}
PER_FRAME: dict[str, Column] = {
    **{name: ((), np.int64) for name in ("atoms", "set", "trajectory", "file", "number")},
    **{name: ((), np.float64) for name in ("energy", "weight")},
    **{name: ((), np.bool_) for name in ("held", "has_forces", "has_virial")},
    "pbc": ((3,), np.bool_),
    "cell": ((3, 3), np.float64),
    "virial": ((3, 3), np.float64),
}
IN_MEMORY = [name for name in PER_FRAME if name not in ("cell", "virial")]  # 62 bytes a frame


class Frames(Sequence[Frame]):
    """Frames of a store: frames[k] reads one from the disk. What splits and batches must know of all is in memory.

    Columns, an entry a frame: atoms, set (which [[data]]), trajectory, file, number: int64; energy (eV, nan where there
    is none), weight: float64; held (only for validation), has_forces, has_virial: bool."""

    def __init__(self, path: Path | h5py.File):
        """Raises UserError when there is no store at `path`, or a damaged one."""
        try:
            self._file = h5py.File(path, "r") if isinstance(path, Path) else path
            about = json.loads(self._file["about"][()])
            self.sources: dict[str, Any] = about["sources"]
            self._words: dict[str, list[str]] = about["words"]
            self._disk = {name: self._file[name] for name in (*PER_ATOM, "cell", "virial")}
            self._parameters = self._file.get("parameters")
            self._columns: dict[str, npt.NDArray[Any]] = {name: self._file[name][:] for name in IN_MEMORY}
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            raise UserError(f"{path}: not a store of frames, or damaged; delete it: {first_line(error)}") from None
        self._number = np.arange(len(self._columns["atoms"]))  # of the frames of this selection, in the file
        self._first = np.concatenate([[0], np.cumsum(self._columns["atoms"])])

    def subset(self, numbers: npt.NDArray[np.int64]) -> "Frames":
        """The frames self[k] for k in `numbers`, of the same file."""
        part = object.__new__(Frames)
        part.__dict__ |= self.__dict__ | {"_number": self._number[numbers]}
        return part

    def column(self, name: str) -> npt.NDArray[Any]:
        """[frames] one of the columns named above."""
        return np.asarray(self._columns[name][self._number])

    @property
    def atoms(self) -> npt.NDArray[np.int64]:
        """[frames] number of atoms"""
        return self.column("atoms")

    @property
    def labels(self) -> dict[str, npt.NDArray[np.bool_]]:
        """[frames] which have an energy, forces, a virial: by these names"""
        has = {"forces": self.column("has_forces"), "virial": self.column("has_virial")}
        return {"energy": ~np.isnan(self.column("energy")), **has}

    @property
    def species(self) -> tuple[str, ...]:
        """The elements that occur, in alphabetical order."""
        found: set[int] = set()
        for start, stop in self._runs():
            found.update(np.unique(self._disk["species"][self._first[start] : self._first[stop]]).tolist())
        return tuple(sorted(self._words["species"][t] for t in found))

    def __len__(self) -> int:
        return len(self._number)

    @overload
    def __getitem__(self, k: int) -> Frame: ...
    @overload
    def __getitem__(self, k: slice) -> "Frames": ...
    def __getitem__(self, k: int | slice) -> "Frame | Frames":
        if isinstance(k, slice):
            return self.subset(np.arange(len(self))[k])
        number = int(self._number[k])
        return next(self._read(number, number + 1))

    def __iter__(self) -> Iterator[Frame]:
        for start, stop in self._runs():
            yield from self._read(start, stop)

    def _runs(self) -> Iterator[tuple[int, int]]:
        """First number and end of consecutive frames in the file, at most BLOCK of them."""
        ends = np.flatnonzero(np.diff(self._number) != 1) + 1
        for run in np.split(self._number, ends) if len(self) else ():
            for part in np.split(run, range(BLOCK, len(run), BLOCK)):
                yield int(part[0]), int(part[-1]) + 1

    def _read(self, start: int, stop: int) -> Iterator[Frame]:
        """Frames start ... stop - 1 of the file, with one look into it."""
        first, last = self._first[start], self._first[stop]
        species, positions, forces = (self._disk[name][first:last] for name in PER_ATOM)
        parameters = None if self._parameters is None else self._parameters[first:last]
        cells, virials = self._disk["cell"][start:stop], self._disk["virial"][start:stop]
        for k in range(start, stop):
            own = slice(self._first[k] - first, self._first[k + 1] - first)
            entry = {name: column[k] for name, column in self._columns.items()}
            yield Frame(
                symbols=tuple(self._words["species"][t] for t in species[own]),
                positions=positions[own],
                cell=cells[k - start],
                pbc=entry["pbc"],
                energy=None if np.isnan(entry["energy"]) else float(entry["energy"]),
                forces=forces[own] if entry["has_forces"] else None,
                virial=virials[k - start] if entry["has_virial"] else None,
                trajectory=self._words["trajectory"][entry["trajectory"]],
                source=f"{self._words['file'][entry['file']]}, frame {entry['number']}",
                weight=float(entry["weight"]),
                parameters=None if parameters is None else parameters[own],
            )


def write(path: Path, frames: Iterable[tuple[Frame, int, bool]], sources: dict[str, Any]) -> Frames:
    """A store of frames, their sets, and whether they are for validation only. `path` appears when it is complete.

    sources: what the frames were read from, kept beside them. Raises UserError when the disk is full."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with h5py.File(partial, "w") as file, partial.open("r+b") as disk:
            for bytes_to_come in fill(file, frames, sources):
                # HDF5 cannot even close a file that it could not write: ask for the room first
                os.posix_fallocate(disk.fileno(), 0, file.id.get_filesize() + bytes_to_come + ROOM)
            size = file.id.get_filesize()
        with partial.open("r+b") as disk:
            disk.truncate(size)
            os.fsync(disk.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UserError(f"cannot write {path}: {error.strerror}; nothing there was changed") from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return Frames(path)


def in_memory(frames: Iterable[Frame]) -> Frames:
    """The same without a file, for a few frames."""
    file = h5py.File(uuid.uuid4().hex, "w", driver="core", backing_store=False)
    for _ in fill(file, ((frame, 0, False) for frame in frames), {}):
        pass
    return Frames(file)


def fill(file: h5py.File, frames: Iterable[tuple[Frame, int, bool]], sources: dict[str, Any]) -> Iterator[int]:
    """Write all columns, and the words that their numbers stand for; says beforehand how many bytes come next."""
    for name, (shape, dtype) in (PER_ATOM | PER_FRAME).items():
        create(file, name, shape, np.dtype(dtype))
    yield 0
    words: dict[str, dict[str, int]] = {name: {} for name in WORDS}
    block: list[dict[str, Any]] = []
    atoms = 0
    for frame, number, held in frames:
        block.append(entries(frame, words) | {"set": number, "held": held})
        atoms += len(frame.symbols)
        if len(block) == BLOCK or atoms > BLOCK_ATOMS:
            yield from append(file, block)
            block, atoms = [], 0
    yield from append(file, block)
    about = json.dumps({"sources": sources, "words": {name: list(words[name]) for name in WORDS}})
    yield len(about)
    file["about"] = about


def create(file: h5py.File, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> h5py.Dataset:
    """A column that can grow, in pieces of 64 kB."""
    rows = 2**16 // (int(np.prod(shape)) * dtype.itemsize)
    return file.create_dataset(name, (0, *shape), maxshape=(None, *shape), dtype=dtype, chunks=(rows, *shape))


def entries(frame: Frame, words: dict[str, dict[str, int]]) -> dict[str, Any]:
    """Of one frame, without those that say what it is used for."""
    n, (name, _, number) = len(frame.symbols), frame.source.rpartition(", frame ")

    def place(kind: str, word: str) -> int:
        return words[kind].setdefault(word, len(words[kind]))

    return {
        "atoms": n,
        "species": np.array([place("species", symbol) for symbol in frame.symbols]),
        "positions": frame.positions,
        "forces": np.full((n, 3), np.nan) if frame.forces is None else frame.forces,
        "cell": frame.cell,
        "pbc": frame.pbc,
        "energy": np.nan if frame.energy is None else frame.energy,
        "virial": np.full((3, 3), np.nan) if frame.virial is None else frame.virial,
        "has_forces": frame.forces is not None,
        "has_virial": frame.virial is not None,
        "weight": frame.weight,
        "trajectory": place("trajectory", frame.trajectory),
        "file": place("file", name),
        "number": int(number),
    } | ({} if frame.parameters is None else {"parameters": frame.parameters})


def append(file: h5py.File, block: list[dict[str, Any]]) -> Iterator[int]:
    """A block of frames at the end of all columns; says beforehand how many bytes they are."""
    joined = {}
    for name in block[0] if block else ():
        values = [entry[name] for entry in block]
        joined[name] = np.array(values) if name in PER_FRAME else np.concatenate(values)
    yield sum(values.nbytes for values in joined.values())
    for name, rows in joined.items():
        column = file[name] if name in file else create(file, name, rows.shape[1:], rows.dtype)
        column.resize(len(column) + len(rows), axis=0)
        column[len(column) - len(rows) :] = rows
