"""Data for trainings."""

from pathlib import Path

import pytest
from training_runs import INPUT, write_alloy


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with alloy.xyz and two inputs."""
    folder = tmp_path_factory.mktemp("data")
    write_alloy(folder / "alloy.xyz")
    (folder / "input.toml").write_text(INPUT.format(steps=400))
    (folder / "short.toml").write_text(INPUT.format(steps=120))
    return folder
