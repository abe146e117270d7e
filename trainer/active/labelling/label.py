"""Labels: energy, forces and stress of one structure by an ASE calculator, attempt by attempt until one converges.

folder/job.json        the structure, the settings of [label], the folder of the input
folder/attempt-0/      a process of its own in scratch/, with what it wrote there; attempt-1, ... are the retries
folder/outcome.json    the structure with its labels and their level of theory, or why there are none
"""

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ase import Atoms

from trainer.active.jobs import isolated
from trainer.active.labelling.calculator import merged
from trainer.active.labelling.labels import ISOLATED
from trainer.active.settings import LabelSettings
from trainer.errors import UserError
from trainer.files import write_atomically
from trainer.settings import resolved

ATTEMPT, MADE = "trainer.active.labelling.calculator:attempt", "trainer.active.labelling.calculator:made"
CONVERGED = "converged"
PROBE = 1_000_000  # bytes that must still fit on the disk for a failure to be the structure's

Json = dict[str, Any]


def job(folder: Path) -> Json:
    """In a worker: {"structure", "level", "attempts", "seconds"}, or {"failed": why, "attempts", "seconds"}.

    attempts: the verdict of each, "converged" or why not. A good attempt of an earlier process is not made again.
    With `unavailable` beside `failed` nothing was tried, and nothing is written: the next call tries it.
    Raises UserError when the disk is full."""
    if (folder / isolated.OUTCOME).exists():
        return isolated.read(folder, isolated.OUTCOME)
    told = isolated.read(folder)
    attempts, seconds, outcome = list[str](), 0.0, Json()
    for k, keywords in enumerate(changed(told["label"], alone=ISOLATED in told["structure"]["info"])):
        where = fresh(folder / f"attempt-{k}")
        isolated.prepare(where, told | {"label": told["label"] | {"keywords": keywords}})
        outcome = isolated.run(ATTEMPT, where, told["label"]["timeout"])
        if "unavailable" in outcome:
            return outcome
        attempts.append(outcome.get("failed", CONVERGED))
        seconds += outcome["seconds"]
        if "failed" not in outcome:
            break
        check_space(folder)
    outcome |= {"attempts": attempts, "seconds": seconds}
    write_atomically(folder / isolated.OUTCOME, json.dumps(outcome).encode())
    return outcome


def changed(label: Json, alone: bool) -> list[Json]:
    """Keywords of each attempt. label: resolved LabelSettings; alone: of an isolated atom."""
    keywords = merged(label["keywords"], label["isolated_keywords"] if alone else {})
    return [keywords, *(merged(keywords, retry) for retry in label["retries"])]


def fresh(attempt: Path) -> Path:
    """Nothing is left of an attempt that did not converge, or did not end."""
    outcome = attempt / isolated.OUTCOME
    if attempt.exists() and (not outcome.exists() or "failed" in isolated.read(attempt, isolated.OUTCOME)):
        shutil.rmtree(attempt)
    return attempt


def check_space(folder: Path) -> None:
    """Raises UserError when the disk is full: programs fail of that in words of their own."""
    probe = folder / "space"
    write_atomically(probe, bytes(PROBE))
    probe.unlink()


def check(settings: LabelSettings, input_folder: Path) -> None:
    """Sets the calculator up, with the keywords of each attempt, and does no more.

    Raises UserError when it is unknown, takes no such keywords, or its program is not there."""
    label = resolved(settings)
    if settings.pseudo_dir is not None and not (input_folder / settings.pseudo_dir).is_dir():
        raise UserError(f"label.pseudo_dir: no folder {input_folder / settings.pseudo_dir}")
    wanted = changed(label, alone=False) + (changed(label, alone=True)[:1] if settings.isolated else [])
    with tempfile.TemporaryDirectory() as scratch:
        for k, keywords in enumerate(wanted):
            told = {"label": label | {"keywords": keywords}, "input_folder": str(input_folder)}
            folder = isolated.prepare(Path(scratch) / str(k), told)
            outcome = isolated.run(MADE, folder, settings.timeout)
            if "failed" in outcome:
                raise UserError(f"label: {outcome['failed']}")


def isolated_atoms(structures: Sequence[Atoms], settings: LabelSettings) -> list[Atoms]:
    """One atom of each element in a cube of settings.isolated_cell, periodic where a structure is.

    Their spin is the user's matter: what is not said in isolated_keywords is as in bulk, and for most elements the
    ground state of an atom has another spin."""
    periodic, edge = any(atoms.pbc.any() for atoms in structures), settings.isolated_cell
    return [
        Atoms(element, [[edge / 2] * 3], cell=[edge] * 3, pbc=periodic, info={ISOLATED: True})
        for element in sorted({element for atoms in structures for element in atoms.symbols})
    ]
