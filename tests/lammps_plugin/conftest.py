from pathlib import Path

import lammps_toy
import pytest
import torch
from lammps_engine import Engine


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of model files."""
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    lammps_toy.save(folder / "toy.pt", lammps_toy.Toy())
    lammps_toy.save(folder / "toy32.pt", lammps_toy.Toy(dtype=torch.float32), dtype="float32", some_key_of_the_future=1)
    return folder


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(tmp_path)


@pytest.fixture(scope="session")
def committee(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Four files that agree in their elements alone: one numbers them otherwise, one has a cutoff of its own."""
    folder = tmp_path_factory.mktemp("committee")
    return [
        lammps_toy.save(folder / "a.pt", lammps_toy.varied(1)),
        lammps_toy.save(folder / "b.pt", lammps_toy.varied(2)),
        lammps_toy.save(folder / "c.pt", lammps_toy.renumbered(lammps_toy.varied(3)), species=["O", "H"]),
        lammps_toy.save(folder / "d.pt", lammps_toy.varied(4, cutoff=3.3), cutoff=3.3),
    ]
