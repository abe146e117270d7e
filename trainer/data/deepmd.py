"""Frames from DeePMD-kit's systems: type.raw, type_map.raw and set.*/{box,coord,energy,force,virial}.npy."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from trainer.data.frame import Array, Frame
from trainer.data.settings import DataSettings, tensor
from trainer.errors import UserError


def systems(folder: Path) -> list[Path]:
    """The systems in or below `folder`. Raises UserError when there is none."""
    found = sorted(path.parent for path in folder.rglob("type.raw"))
    if not found:
        raise UserError(f"{folder}: a folder without type.raw in or below it: not a DeePMD system")
    return found


def read(system: Path, settings: DataSettings) -> Iterator[Frame]:
    """All frames, set by set. Raises UserError naming the file, and the frame that cannot be used."""
    symbols = elements(system)
    pbc = np.array([not (system / "nopbc").exists()] * 3)
    sets = sorted(system.glob("set.*"))
    if not sets:
        raise UserError(f"{system}: no set.* folders in it")
    for folder in sets:
        yield from read_set(folder, symbols, pbc, settings)


def elements(system: Path) -> tuple[str, ...]:
    """type.raw holds a number for each atom, type_map.raw the element of each number."""
    try:
        names = (system / "type_map.raw").read_text().split()
        types = [int(word) for word in (system / "type.raw").read_text().split()]
    except FileNotFoundError as error:
        raise UserError(f"{error.filename}: no such file; it names the elements of type.raw, one a line") from None
    except ValueError as error:
        raise UserError(f"{system / 'type.raw'}: expected whole numbers: {error}") from None
    if not types or min(types) < 0 or max(types) >= len(names):
        raise UserError(f"{system / 'type.raw'}: expected numbers from 0 to {len(names) - 1}, as in type_map.raw")
    return tuple(names[t] for t in types)


def read_set(folder: Path, symbols: tuple[str, ...], pbc: np.ndarray, settings: DataSettings) -> Iterator[Frame]:
    n = len(symbols)
    coord = array(folder / "coord.npy", 3 * n)
    if coord is None:
        raise UserError(f"{folder / 'coord.npy'}: no such file")
    frames = len(coord)
    box = array(folder / "box.npy", 9, frames)
    if box is None and pbc.any():
        raise UserError(f"{folder / 'box.npy'}: no such file, and the system has no file 'nopbc'")
    energy = array(folder / "energy.npy", 1, frames)
    force = array(folder / "force.npy", 3 * n, frames)
    virial = array(folder / "virial.npy", 9, frames)
    for k in range(frames):
        yield Frame(
            symbols=symbols,
            positions=coord[k].reshape(n, 3) * settings.angstrom,
            cell=np.zeros((3, 3)) if box is None else box[k].reshape(3, 3) * settings.angstrom,
            pbc=pbc,
            energy=None if energy is None else float(energy[k, 0]) * settings.eV,
            forces=None if force is None else force[k].reshape(n, 3) * settings.force_factor,
            virial=None if virial is None else settings.virial_factor * tensor(virial[k], settings.virial_order),
            trajectory=str(folder.parent),
            source=f"{folder}, frame {k}",
            weight=settings.weight,
        )


def array(path: Path, width: int, frames: int | None = None) -> Array | None:
    """[frames, width] float64, or None when there is no such file."""
    try:
        values = np.load(path, allow_pickle=False).astype(np.float64)
    except FileNotFoundError:
        return None
    except (ValueError, EOFError, OSError) as error:
        raise UserError(f"{path}: not a NumPy array of numbers: {error}") from None
    if values.size % width or (frames is not None and values.size != frames * width):
        expected = f"{frames or 'any number of'} frames of {width} numbers"
        raise UserError(f"{path}: shape {values.shape}, expected {expected}")
    return np.asarray(values.reshape(-1, width))
