"""Files that the tests of the calculator share."""

from pathlib import Path

import pytest
from morse import write_morse


@pytest.fixture(scope="session")
def morse_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_morse(tmp_path_factory.mktemp("model") / "morse.pt")
