"""A sample of benchmarks/fuzz.py: whatever a file holds, it is read or refused in one line."""

from pathlib import Path

import pytest
from fuzzing import Reader, outcome, readers

INPUTS = 24  # a reader


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reader]:
    return readers(tmp_path_factory.mktemp("good"))


def test_good_files_are_read(every: dict[str, Reader]):
    for reader in every.values():
        reader.read(reader.folder)


def test_mutated_files_are_read_or_refused_in_one_line(every: dict[str, Reader], tmp_path: Path):
    for name, reader in every.items():
        seen = {number: outcome(reader, tmp_path / name.replace("/", "-"), number) for number in range(INPUTS)}
        assert set(seen.values()) == {"read", "refused"}, (name, seen)
