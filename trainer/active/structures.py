"""Atoms in JSON, to the last bit."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ase.io
import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from trainer.errors import UserError, first_line

LABELS = ("energy", "forces", "stress")


def to_json(atoms: Atoms) -> dict[str, Any]:
    """symbols, positions (angstrom), cell, pbc, info; with a calculator's results, energy (eV), forces, stress."""
    table = {
        "symbols": list(atoms.symbols),
        "positions": atoms.positions.tolist(),
        "cell": atoms.cell.tolist(),
        "pbc": atoms.pbc.tolist(),
        "info": atoms.info,
    }
    results = atoms.calc.results if atoms.calc is not None else {}
    return table | {name: np.asarray(results[name]).tolist() for name in LABELS if name in results}


def from_json(table: dict[str, Any]) -> Atoms:
    """The inverse."""
    geometry = {name: table[name] for name in ("symbols", "positions", "cell", "pbc", "info")}
    atoms = Atoms(**geometry)
    labels = {name: table[name] for name in LABELS if name in table}
    if labels:
        arrays = {name: value if name == "energy" else np.array(value) for name, value in labels.items()}
        atoms.calc = SinglePointCalculator(atoms, **arrays)
    return atoms


def read_structures(files: Sequence[str], folder: Path) -> list[Atoms]:
    """Every frame of every file. Raises UserError for one that ase.io cannot read, or that has no atoms."""
    frames = (atoms for _, atoms in read(files, folder))
    return [Atoms(a.symbols, a.positions, cell=a.cell, pbc=a.pbc) for a in frames]


def read_labelled(files: Sequence[str], folder: Path) -> list[Atoms]:
    """The same with energies, forces and info. Raises UserError, too, for a frame without energy or forces."""
    found = []
    for path, atoms in read(files, folder):
        if atoms.calc is None or not {"energy", "forces"} <= set(atoms.calc.results):
            raise UserError(f"{path}: expected energy and forces in every frame, as ase.io reads them; some have none")
        found.append(atoms)
    return found


def read(files: Sequence[str], folder: Path) -> Iterator[tuple[Path, Atoms]]:
    """Frames, and the file of each."""
    for file in files:
        path = folder / file
        if not path.exists():
            raise UserError(f"{path}: no such file")
        try:
            frames = ase.io.read(path, ":")
        except Exception as error:  # readers of ase.io raise anything
            raise UserError(f"{path}: ase.io cannot read it: {first_line(error)}") from None
        if not all(len(atoms) for atoms in frames) or not frames:
            raise UserError(f"{path}: no atoms")
        yield from ((path, atoms) for atoms in frames)
