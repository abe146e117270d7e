"""A model file is a program: what its script may do is decided before it runs, also while it is being loaded."""

import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from trainer import export
from trainer.contract import PotentialMetadata
from trainer.errors import UserError

METADATA = PotentialMetadata(dtype="float64", units={"energy": "eV", "length": "angstrom"}, species=("H",), cutoff=4.0)


class Writes(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        torch.save(x, "written")
        return x


class WritesOnLoading(nn.Module):
    """`from_file` with shared=True creates a file; __setstate__ runs inside torch.jit.load."""

    def __init__(self) -> None:
        super().__init__()
        self.x = torch.zeros(2)

    @torch.jit.export
    def __getstate__(self) -> tuple[torch.Tensor, bool]:
        return self.x, self.training

    @torch.jit.export
    def __setstate__(self, state: tuple[torch.Tensor, bool]) -> None:
        self.x = torch.from_file("written", True, 10)
        self.training = state[1]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


@pytest.mark.parametrize(("module", "name"), [(Writes(), "save"), (WritesOnLoading(), "(from_file|__setstate__)")])
def test_a_script_that_touches_files_is_refused_before_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: nn.Module, name: str
):
    monkeypatch.chdir(tmp_path)
    export.save(module, METADATA, tmp_path / "hostile.pt")
    with pytest.raises(UserError, match=rf"hostile\.pt: its script .* uses '{name}'.*refused"):
        export.load(tmp_path / "hostile.pt", PotentialMetadata)
    assert not (tmp_path / "written").exists()


@pytest.mark.parametrize("call", ["ops.debugprims.load_tensor(x)", "ops . c10d.send(x)", "(torch\n  .\n save)(x)"])
def test_other_spellings_are_refused_too(float64_file: Path, tmp_path: Path, call: str):
    target = tmp_path / "hostile.pt"
    with zipfile.ZipFile(float64_file) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            new.writestr(entry, content + call.encode() if entry.filename.endswith("mechanics.py") else content)
    with pytest.raises(UserError, match="refused"):
        export.load(target, PotentialMetadata)


def test_a_file_that_would_fill_the_memory_is_refused(float64_file: Path, tmp_path: Path):
    target = tmp_path / "bomb.pt"
    target.write_bytes(float64_file.read_bytes())
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/99", bytes(100 * 2**20))
    with pytest.raises(UserError, match=r"bomb\.pt: \d+ bytes that unpack to \d+"):
        export.load(target, PotentialMetadata)


def test_a_tensor_that_is_larger_than_its_data_is_refused(float64_file: Path, tmp_path: Path):
    """torch would load it, and read beyond the end of the memory when the model is used."""
    with zipfile.ZipFile(float64_file) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    tensors = [name for name, data in content.items() if "/data/" in name and data]
    assert len(tensors) > 10
    for name in tensors:
        for size in {0, len(content[name]) // 2 if len(content[name]) > 100 else 0}:
            with zipfile.ZipFile(tmp_path / "short.pt", "w") as short:
                for other, data in content.items():
                    short.writestr(other, data[:size] if other == name else data)
            with pytest.raises(UserError, match=r"short\.pt: .*larger than its data"):
                export.load(tmp_path / "short.pt", PotentialMetadata)
