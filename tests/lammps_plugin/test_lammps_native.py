"""Our own potentials, which the kernels evaluate: in blocks, on threads, and several of them together."""

from pathlib import Path

import lammps_boxes
import numpy as np
import pytest
from lammps_engine import Engine, mean, reference
from models import KINDS, untrained, write_model
from tolerances import FLOAT32, FLOAT64


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_a_script_and_the_kernels_agree(engine: Engine, kind: str, threads: int) -> None:
    """`reference` runs the script by torch alone; more atoms than a block has."""
    path = write_model(engine.folder / "model.pt", untrained("float64", kind=kind))
    atoms = lammps_boxes.triclinic().repeat((3, 3, 3))
    atoms.positions += np.random.default_rng(1).normal(scale=0.05, size=atoms.positions.shape)
    assert len(atoms) > 256 * threads
    engine.evaluate(path, atoms, before=f"package omp {threads}").assert_close(reference(path, atoms), FLOAT64)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_committee_of_several_kinds(engine: Engine, threads: int) -> None:
    """Five of one projection, more than are pulled back together; one in single precision, one of another encoder."""
    members = [
        *(("float64", seed, "deep_pot_se") for seed in range(1, 6)),
        ("float32", 6, "deep_pot_se"),
        ("float64", 7, "sum"),
    ]
    paths: list[Path] = []
    for number, (dtype, seed, kind) in enumerate(members):
        paths.append(write_model(engine.folder / f"{number}.pt", untrained(dtype, seed=seed, kind=kind)))
    atoms = lammps_boxes.triclinic()
    result = engine.evaluate(" ".join(map(str, paths)), atoms, before=f"package omp {threads}")
    result.assert_close(mean([reference(path, atoms) for path in paths]), FLOAT32)


def test_a_species_that_is_not_there(engine: Engine) -> None:
    path = write_model(engine.folder / "model.pt", untrained("float64"))
    atoms = lammps_boxes.triclinic()
    atoms.symbols[:] = "O"
    engine.evaluate(path, atoms).assert_close(reference(path, atoms), FLOAT64)
