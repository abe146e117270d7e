"""A walk: the atoms move by a committee's forces, and whatever they come to where it disagrees may be labelled."""

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from trainer.active.jobs import isolated
from trainer.active.settings import StageSettings
from trainer.active.structures import from_json, to_json
from trainer.active.walks import in_lammps
from trainer.active.walks.looks import Bounds, Trajectory, counts, sample, spread
from trainer.active.walks.perturb import start
from trainer.errors import UserError
from trainer.files import write_atomically
from trainer.settings import parse

DEVIATIONS, CANDIDATES, SAMPLE = "deviations.npy", "candidates.json", "sample.json"
NOTHING = {"explored": 0, "accurate": 0, "candidate": 0, "failed": 0, "steps": 0}
MACHINE = re.compile("No space left|quota exceeded|Input/output error|MemoryError|SIGKILL|SIGTERM", re.IGNORECASE)
Json = dict[str, Any]


def check(stage: StageSettings, inputs: Path, structures: list[Atoms], known: set[str]) -> None:
    """Raises UserError, before anything is started, for a stage that cannot walk from these structures.

    known: elements that there will be labels of."""
    if stage.template is not None:
        check_template(inputs / stage.template)
    unknown = {symbol for atoms in structures for symbol in atoms.symbols}.union(stage.composition or {}) - known
    if unknown:
        raise UserError(
            f"the first labels are of {', '.join(sorted(known))}, and a stage walks with {', '.join(sorted(unknown))}: "
            "give a structure with it in `structures`, or labels in `data`"
        )
    for atoms in structures:
        if not atoms.cell.any(axis=1)[atoms.pbc].all():
            raise UserError(f"{atoms.symbols} is periodic without a cell vector: give it one, or pbc = F")
        if stage.ensemble in ("npt", "minimize") and not atoms.pbc.all():
            raise UserError(
                f'ensemble = "{stage.ensemble}" changes the cell, and {atoms.symbols} is not periodic in every '
                'direction: take "nvt"'
            )
        if len(atoms) * np.prod(stage.repeat) < 2:
            raise UserError(f"{atoms.symbols}: one atom does not move; give `repeat`")


def check_template(path: Path) -> None:
    """Raises UserError for one that shows nothing of what a walk looks for."""
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    if not any(name in path.read_text() for name in ("${committee}", "${models}")):
        raise UserError(
            f"{path}: expected the line `include ${{committee}}` in the place of units, atoms and pair_style"
        )


def structures(path: Path) -> list[Json]:
    """Of a file of a walk; none where there is no file."""
    found: list[Json] = json.loads(path.read_text()) if path.exists() else []
    return found


def job(folder: Path) -> Json:
    """In a worker. With `unavailable` in the outcome the machine failed, not the walk: the next call begins anew."""
    outcome = isolated.run("trainer.active.walks.walk:walk", folder)
    ended = outcome["ended"] if "explored" in outcome else outcome["failed"]
    if MACHINE.search(ended):
        (folder / isolated.OUTCOME).unlink()
        return {"failed": ended, "unavailable": True}
    if "explored" not in outcome:  # the process ended, or raised
        write_deviations(folder, np.empty((0, 2)))
        return NOTHING | {"ended": ended, "seconds": outcome["seconds"]}
    return outcome


def walk(folder: Path) -> Json:
    """Does what job.json says -> counts of what was explored; files of deviations and structures in the folder.

    deviations.npy float32 [n, 2]: of each configuration the largest force deviation, eV/angstrom or relative, and the
    largest of the virial's components, eV an atom. candidates.json, sample.json: at most `keep` candidates, spread
    evenly (see Bounds.wanted), and `sample` configurations at random, whatever their deviation."""
    job = isolated.read(folder)
    stage = parse(StageSettings, job["stage"], "stage")
    random = np.random.default_rng([job["seed"], 1])
    atoms = start(from_json(job["structure"]), stage, random)
    if stage.engine == "ase" or stage.ensemble == "displace":
        from trainer.active.walks import in_ase  # torch

        trajectory = in_ase.run(atoms, job, stage)
    else:
        trajectory = in_lammps.run(folder, atoms, job, stage)
    bounds = Bounds(job["lower"], job["upper"], job["virial"] or np.inf)
    candidates = spread(bounds.wanted(trajectory.deviation), job["keep"])
    some = sample(len(trajectory.step), job["sample"], job["seed"])
    write_atomically(folder / CANDIDATES, tables(trajectory, candidates, job))
    write_atomically(folder / SAMPLE, tables(trajectory, some, job))
    write_deviations(folder, trajectory.deviation)
    for dump in in_lammps.DUMPS:
        (folder / dump).unlink(missing_ok=True)
    steps = int(trajectory.step[-1]) if len(trajectory.step) else 0
    return counts(trajectory.deviation, bounds) | {"steps": steps, "ended": trajectory.ended}


def write_deviations(folder: Path, deviation: NDArray[np.float64]) -> None:
    stream = io.BytesIO()
    np.save(stream, deviation.astype(np.float32))
    write_atomically(folder / DEVIATIONS, stream.getvalue())


def tables(trajectory: Trajectory, looks: list[int], job: Json) -> bytes:
    """Structures at these looks, and where they come from."""
    frames = trajectory.frames({int(trajectory.step[k]) for k in looks})
    found = []
    for k in looks:
        step = int(trajectory.step[k])
        if step not in frames:  # a template of the user's writes what it likes
            continue
        atoms = frames[step]
        atoms.info = {"deviation": float(trajectory.deviation[k, 0]), "step": step}
        atoms.info |= {name: job[name] for name in ("temperature", "pressure")}
        found.append(to_json(atoms))
    return json.dumps(found).encode()
