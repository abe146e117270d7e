"""Labels as [label] of project.toml has them, for the scripts beside it that make what a model is checked against."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ase import Atoms

from trainer.active.jobs import isolated
from trainer.active.labelling import label
from trainer.active.labelling.calculator import merged
from trainer.active.settings import LabelSettings
from trainer.active.structures import from_json, to_json
from trainer.settings import parse, read_toml, resolved

HERE = Path(__file__).parent


def settings() -> dict[str, Any]:
    """Every one of [label]."""
    return resolved(parse(LabelSettings, read_toml(HERE / "project.toml")["label"], "label"))


def labelled(atoms: Atoms, folder: Path, changes: Mapping[str, Any] = MappingProxyType({})) -> Atoms:
    """The geometry with energy (eV), forces (eV/angstrom), stress (eV/angstrom^3); what is in `folder`, if it is there.

    changes: to the keywords. Raises SystemExit where there is no such label."""
    given = settings()
    given["keywords"] = merged(given["keywords"], changes)
    told = {"structure": to_json(atoms), "label": given, "input_folder": str(HERE)}
    outcome = label.job(isolated.prepare(folder.absolute(), told))
    if "failed" in outcome:
        raise SystemExit(f"{folder}: {outcome['failed']}")
    return from_json(outcome["structure"])
