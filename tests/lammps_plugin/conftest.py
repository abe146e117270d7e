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
    lammps_toy.save(folder / "toy32.pt", lammps_toy.Toy(dtype=torch.float32), dtype="float32")
    return folder


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(tmp_path)
