"""Frames from DeePMD-kit's systems.

A system is a folder with type.raw and type_map.raw, and set.*/ with coord, box, energy, force, virial, fparam, aparam
(.npy, an entry a frame), or these as text beside type.raw (.raw, a line a frame). In the mixed type, the types of every
frame are in real_atom_types.npy, -1 where there is no atom. Other files, such as atom_ener.npy, are not used.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from trainer.data.frame import Array, Frame, known
from trainer.data.settings import DataSettings, tensor
from trainer.errors import UserError, first_line

BLOCK = 5000  # frames that are in memory at once


def systems(folder: Path) -> list[Path]:
    """The systems in or below `folder`. Raises UserError when there is none, or it may not be read."""
    if not os.access(folder, os.R_OK | os.X_OK):
        raise UserError(f"{folder}: may not be read: permission denied")
    found = sorted(path.parent for path in folder.rglob("type.raw"))
    if not found:
        raise UserError(f"{folder}: a folder without type.raw in or below it: not a DeePMD system")
    return found


def read(system: Path, settings: DataSettings, parameters: Sequence[str] = ()) -> Iterator[Frame]:
    """All frames, set by set. Raises UserError naming the file, and the frame that cannot be used."""
    names, types = elements(system)
    for folder in sorted(system.glob("set.*")) or [system]:
        coord = array(folder, "coord", 3 * len(types))
        if coord is None:
            raise UserError(f"{system}: no set.*/coord.npy and no coord.raw in it")
        for start in range(0, len(coord), BLOCK):
            yield from Block(folder, types, slice(start, start + BLOCK), len(coord)).frames(names, settings, parameters)


def elements(system: Path) -> tuple[list[str], npt.NDArray[np.int64]]:
    """type_map.raw holds the element of each number, type.raw a number for each atom."""
    try:
        names = (system / "type_map.raw").read_text().split()
        types = [int(word) for word in (system / "type.raw").read_text().split()]
    except FileNotFoundError as error:
        raise UserError(f"{error.filename}: no such file; it names the elements of type.raw, one a line") from None
    except ValueError as error:
        raise UserError(f"{system / 'type.raw'}: expected whole numbers: {error}") from None
    if not types or min(types) < 0 or max(types) >= len(names):
        raise UserError(f"{system / 'type.raw'}: expected numbers from 0 to {len(names) - 1}, as in type_map.raw")
    return names, np.array(types)


class Block:
    """Consecutive frames of one set. Raises UserError naming the file that is missing or of another shape."""

    def __init__(self, folder: Path, types: npt.NDArray[np.int64], block: slice, frames: int):
        n = len(types)

        def part(name: str, width: int | None) -> Array | None:
            values = array(folder, name, width, frames)
            return None if values is None else np.array(values[block], dtype=np.float64)

        coord = part("coord", 3 * n)
        assert coord is not None
        self.folder, self.start, self.coord = folder, block.start, coord.reshape(-1, n, 3)
        self.box, self.energy, self.virial = part("box", 9), part("energy", 1), part("virial", 9)
        force, fparam, aparam = part("force", 3 * n), part("fparam", None), part("aparam", None)
        self.force = None if force is None else force.reshape(-1, n, 3)
        mixed = part("real_atom_types", n)
        self.types = np.tile(types, (len(coord), 1)) if mixed is None else mixed.astype(np.int64)
        self.inputs: list[Array] = []  # [frames, n, columns]
        if fparam is not None:
            self.inputs.append(np.repeat(fparam[:, None, :], n, axis=1))
        if aparam is not None and aparam.shape[1] % n == 0:
            self.inputs.append(aparam.reshape(len(coord), n, -1))

    def frames(self, names: Sequence[str], settings: DataSettings, parameters: Sequence[str]) -> Iterator[Frame]:
        system = self.folder if (self.folder / "type.raw").exists() else self.folder.parent
        pbc = np.array([not (system / "nopbc").exists()] * 3)
        if self.box is None and pbc.any():
            raise UserError(f"{self.folder / 'box.npy'}: no such file, and the system has no file 'nopbc'")
        inputs = np.concatenate(self.inputs, axis=2) if self.inputs and parameters else None
        if parameters and (inputs is None or inputs.shape[2] != len(parameters)):
            columns = 0 if inputs is None else inputs.shape[2]
            raise UserError(
                f"{self.folder}: {columns} columns in fparam.npy and aparam.npy together, expected one for each of "
                f"{', '.join(parameters)}"
            )
        for k, types in enumerate(self.types):
            source, atoms = f"{self.folder}, frame {self.start + k}", types >= 0
            if types.max() >= len(names):
                raise UserError(f"{source}: atom type {types.max()}, but type_map.raw names {len(names)}")
            virial = None if self.virial is None else known(self.virial[k])
            force = None if self.force is None else known(self.force[k, atoms])
            with np.errstate(over="ignore", invalid="ignore"):  # what comes of it is refused by Frame
                frame = Frame(
                    symbols=tuple(names[t] for t in types[atoms]),
                    positions=self.coord[k, atoms] * settings.angstrom,
                    cell=np.zeros((3, 3)) if self.box is None else self.box[k].reshape(3, 3) * settings.angstrom,
                    pbc=pbc,
                    energy=None
                    if self.energy is None or np.isnan(self.energy[k, 0])
                    else self.energy[k, 0] * settings.eV,
                    forces=None if force is None else force * settings.force_factor,
                    virial=None if virial is None else settings.virial_factor * tensor(virial, settings.virial_order),
                    trajectory=str(system),
                    source=source,
                    weight=settings.weight,
                    parameters=None if inputs is None else inputs[k, atoms],
                )
            yield frame


def array(folder: Path, name: str, width: int | None, frames: int | None = None) -> npt.NDArray[np.generic] | None:
    """[frames, width] numbers of name.npy, which stay on the disk, or of name.raw; None when there is no such file."""
    path = folder / f"{name}.npy"
    try:
        if path.exists():
            values = np.load(path, mmap_mode="r", allow_pickle=False)
        elif (path := folder / f"{name}.raw").exists():
            values = np.loadtxt(path, ndmin=2)
        else:
            return None
    except Exception as error:  # a damaged header fails in many ways
        raise UserError(f"{path}: not an array of numbers: {first_line(error)}") from None
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu":
        raise UserError(f"{path}: not an array of numbers")
    wide = width or max(1, values.size // max(1, frames or 1))
    if values.size % wide or (frames is not None and values.size != frames * wide):
        raise UserError(f"{path}: shape {values.shape}, expected {frames or 'any number of'} frames of {wide} numbers")
    return values.reshape(-1, wide)
