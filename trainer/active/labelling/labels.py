"""What is labelled: rows of the journal as atoms, as files to train on, and as reference energies."""

import io
from collections.abc import Sequence
from pathlib import Path

import ase.io
from ase import Atoms

from trainer.active.journal import Journal
from trainer.files import write_atomically

TRAIN, HELD_OUT, ISOLATED = "train", "held_out", "isolated"  # `use` of a label


def labelled(journal: Journal, use: str, before: int) -> list[Atoms]:
    """Structures with their labels, of the rounds before one; info says more: round, temperature, ..."""
    found = []
    for row in journal.labels(use=use):
        if row.round < before:
            atoms = row.toatoms()
            atoms.info.update(row.key_value_pairs)
            found.append(atoms)
    return found


def write_frames(path: Path, frames: Sequence[Atoms]) -> Path:
    """Extended XYZ; no file where there is no frame."""
    if frames:
        stream = io.StringIO()
        ase.io.write(stream, frames, format="extxyz")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, stream.getvalue().encode())
    return path


def reference_energies(journal: Journal) -> dict[str, float]:
    """eV, of the isolated atoms that are labelled, by element."""
    return {row.symbols[0]: row.energy for row in journal.labels(use=ISOLATED)}
