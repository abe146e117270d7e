"""A trajectory to try the readers on, and LAMMPS's way of writing it."""

from pathlib import Path

import numpy as np
from ase import Atoms
from physics import TRICLINIC

SYMBOLS = ("O", "H", "H", "O", "H") * 8
FRAMES = 60


def images(wrapped: bool = True) -> list[Atoms]:
    """Atoms that wander through a triclinic cell that breathes, in an orientation of its own."""
    random = np.random.default_rng(1)
    turn = np.linalg.qr(random.normal(size=(3, 3)))[0]
    scaled = random.uniform(0, 1, (len(SYMBOLS), 3))
    result = []
    for k in range(FRAMES):
        cell = 3 * TRICLINIC * (1 + 0.01 * np.sin(k)) @ turn
        scaled = scaled + random.normal(0, 0.02, scaled.shape)
        result.append(Atoms(SYMBOLS, (scaled % 1.0 if wrapped else scaled) @ cell, cell=cell, pbc=True))
    return result


def write_dump(path: Path, frames: list[Atoms], columns: str = "id type element x y z") -> None:
    """As LAMMPS writes it: in its orientation, the atoms in any order, the corner of the box anywhere."""
    random, lines = np.random.default_rng(2), []
    for k, atoms in enumerate(frames):
        cell = np.array(atoms.cell.standard_form()[0])
        scaled = atoms.get_scaled_positions(wrap=False)
        # MDAnalysis 2.11 shifts scaled coordinates by the corner once more, which shows where the cell changes
        low = np.array([0.0, 0.0, 0.0] if "xs" in columns else [0.5, -1.0, 2.0])
        (xx, _, _), (xy, yy, _), (xz, yz, zz) = cell
        bounds = [
            (low[0] + min(0, xy, xz, xy + xz), low[0] + xx + max(0, xy, xz, xy + xz), xy),
            (low[1] + min(0, yz), low[1] + yy + max(0, yz), xz),
            (low[2], low[2] + zz, yz),
        ]
        lines += ["ITEM: TIMESTEP", str(100 * k), "ITEM: NUMBER OF ATOMS", str(len(atoms))]
        lines += ["ITEM: BOX BOUNDS xy xz yz pp pp pp", *(" ".join(f"{v:.12g}" for v in b) for b in bounds)]
        lines.append(f"ITEM: ATOMS {columns}")
        for i in random.permutation(len(atoms)):
            r = scaled[i] if "xs" in columns else scaled[i] @ cell + low
            symbol = atoms.symbols[i]
            cells = {"id": i + 1, "type": 1 + "HO".index(symbol), "element": symbol, "mol": i // 5 + 1}
            cells |= dict(zip(("x", "y", "z"), r, strict=True))
            lines.append(" ".join(str(cells[c.rstrip("su")]) for c in columns.split()))
    path.write_text("\n".join(lines) + "\n")
