"""Frames from extended XYZ, ase.db and whatever else ase.io reads."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ase.io
import numpy as np
from ase import Atoms

from trainer.data.frame import Array, Frame, known
from trainer.data.settings import DataSettings, tensor
from trainer.errors import UserError, first_line

NAMED = 12  # keys of a frame in a message


def read(path: Path, settings: DataSettings, parameters: Sequence[str] = ()) -> Iterator[Frame]:
    """All frames of the file. Raises UserError naming the file, and the frame that cannot be used.

    parameters: names of what every frame needs besides."""
    images, number = ase.io.iread(path, index=":"), 0
    while True:
        try:
            atoms = next(images)
        except StopIteration:
            break
        except Exception as error:  # each of ASE's parsers fails in its own way on a damaged file
            ended = isinstance(error.__cause__, StopIteration)
            why = "the file ends within the frame" if ended else first_line(error)
            raise UserError(f"{path}, frame {number}: ase.io cannot read it: {why}") from error
        yield frame(atoms, settings, parameters, f"{path}, frame {number}", str(path))
        number += 1
    if number == 0:
        raise UserError(f"{path}: no frames in it")


@np.errstate(over="ignore", invalid="ignore", divide="ignore")  # what comes of it is refused by Frame
def frame(atoms: Atoms, settings: DataSettings, parameters: Sequence[str], source: str, file: str) -> Frame:
    """One frame of ASE's, converted. Labels are looked up in the calculator's results, then in info, then in arrays."""
    energy = label(atoms, settings.energy, source)
    forces = label(atoms, settings.forces, source)
    stressed = any(label(atoms, key, source) is not None for key in (settings.stress, settings.virial))
    there = [name for name in (*atoms.info, *atoms.arrays) if name not in ("numbers", "positions", settings.trajectory)]
    if energy is None and forces is None and not stressed and there:
        names = ", ".join(there[:NAMED])
        raise UserError(
            f"{source}: no energy, forces or stress; name their keys in [data] (there are {names}), or drop the frame"
        )
    cell = np.array(atoms.cell) * settings.angstrom
    trajectory = atoms.info.get(settings.trajectory)
    return Frame(
        symbols=tuple(atoms.get_chemical_symbols()),
        positions=atoms.positions * settings.angstrom,
        cell=cell,
        pbc=np.array(atoms.pbc),
        energy=None if energy is None else scalar(energy, settings.energy, source) * settings.eV,
        forces=None if forces is None else forces * settings.force_factor,
        virial=virial(atoms, settings, abs(np.linalg.det(cell)), source),
        trajectory=file if trajectory is None else f"{file}, {trajectory}",
        source=source,
        weight=settings.weight,
        parameters=inputs(atoms, parameters, source) if parameters else None,
    )


def label(atoms: Atoms, key: str, source: str) -> Array | None:
    """The numbers called `key`; None where there are none, or nan throughout. Raises UserError for words."""
    results = atoms.calc.results if atoms.calc is not None else {}
    value = next((place[key] for place in (results, atoms.info, atoms.arrays) if key in place), None)
    try:
        return None if value is None else known(np.asarray(value, dtype=float))
    except (TypeError, ValueError):
        raise UserError(f"{source}: '{key}' is {str(value)[:60]!r}, expected numbers") from None


def scalar(value: Array, key: str, source: str) -> float:
    if value.size != 1:
        raise UserError(f"{source}: '{key}' is {value.size} numbers, expected one")
    return float(value.reshape(()))


def inputs(atoms: Atoms, names: Sequence[str], source: str) -> Array:
    """[n, P] the parameters called `names`: one number of a frame in info, or one of every atom in arrays.

    Raises UserError naming the frame and the parameter that it lacks."""
    columns = []
    for name in names:
        value = atoms.arrays.get(name, atoms.info.get(name))
        if value is None:
            raise UserError(f"{source}: no '{name}' in its info or arrays, which the input's `parameters` asks for")
        try:
            columns.append(np.broadcast_to(np.asarray(value, dtype=float), len(atoms)))
        except (TypeError, ValueError):
            raise UserError(f"{source}: '{name}': expected a number, or one for each of {len(atoms)} atoms") from None
    return np.stack(columns, axis=1)


def virial(atoms: Atoms, settings: DataSettings, volume: float, source: str) -> Array | None:
    """W = -V * stress, eV. Raises UserError when the frame has both and they disagree."""
    stress, direct = (label(atoms, key, source) for key in (settings.stress, settings.virial))
    of_stress = (
        None if stress is None else -volume * settings.stress_factor * full(stress, settings.stress_order, source)
    )
    if direct is None:
        if of_stress is not None and not volume > 1e-3:
            raise UserError(f"{source}: a stress, but the cell's volume is {volume:.3g} angstrom^3")
        return of_stress
    w = settings.virial_factor * full(direct, settings.virial_order, source)
    if of_stress is not None and not np.allclose(of_stress, w, rtol=1e-2, atol=1e-3 * float(np.abs(w).max()) + 1e-6):
        k = np.unravel_index(np.abs(w).argmax(), (3, 3))
        raise UserError(
            f"{source}: virial and -V * stress disagree ({w[k]:.4g} and {of_stress[k]:.4g} eV): "
            "check stress_unit, positive_stress and stress_order in [data], and those of the virial"
        )
    return w


def full(values: Any, order: str | None, source: str) -> Array:
    """[3, 3] from 3x3 or a list of components. Raises UserError naming the frame."""
    try:
        return tensor(values, order)
    except (TypeError, ValueError) as error:
        raise UserError(f"{source}: {error}") from None
