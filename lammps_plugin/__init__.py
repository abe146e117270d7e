"""The LAMMPS pair style `henrici`: C++, and the entry point (group `lammps.plugins`) by which `lmp` finds it."""

from pathlib import Path

from trainer.files import compiled

__all__ = ["plugin_folder"]

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
