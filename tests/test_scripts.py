"""The scripts that no other test runs find what they import from us."""

import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted([*(ROOT / "benchmarks").glob("*.py"), *(ROOT / "examples").glob("*/*.py")])
OURS = {"trainer", "ase_calculator", "lammps_plugin", "kinetic", "bsde", "theory"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_finds_its_imports(script: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "path", [str(script.parent), *sys.path])
    try:
        runpy.run_path(str(script), run_name="imported")
    except ModuleNotFoundError as error:  # a peer's package, which its own table needs
        if str(error.name).split(".")[0] in OURS:
            raise
        pytest.skip(f"needs {error.name}")
