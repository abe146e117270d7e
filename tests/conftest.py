"""Models and files that many tests use: random parameters, since physics must hold before any training."""

from pathlib import Path

import pytest
import torch
from models import untrained, write_model

from trainer.potentials.potential import Potential

torch.set_num_threads(1)  # small systems, and other processes on the same cores


@pytest.fixture(scope="session")
def model() -> Potential:
    return untrained("float64")


@pytest.fixture(scope="session", params=["float64", "float32"])
def model_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported file in either precision."""
    return write_model(tmp_path_factory.mktemp("model") / f"{request.param}.pt", untrained(request.param))


@pytest.fixture(scope="session")
def float64_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("model") / "float64.pt", untrained("float64"))
