"""The model file: loads with torch alone, and everything that is not one is refused in one line."""

import json
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from models import CUTOFF, ELEMENTS, untrained
from physics import assert_close, cluster
from tolerances import FLOAT32, FLOAT64
from torch import nn

from trainer import contract, export
from trainer.contract import PotentialMetadata
from trainer.errors import UserError
from trainer.potentials import build

ALONE = """
import sys, torch
sys.path = [p for p in sys.path if "site-packages" in p or "lib/python" in p]
for name in ("trainer", "ase_calculator", "lammps_plugin"):
    sys.modules[name] = None  # importing it fails
model = torch.jit.load(sys.argv[1])
arguments = torch.load(sys.argv[2])
torch.save(model(*arguments), sys.argv[3])
"""


def test_loads_with_plain_torch_in_a_process_without_our_code(model_file: Path, tmp_path: Path):
    environment = cluster(6, 1).environment(CUTOFF)
    torch.save(tuple(environment), tmp_path / "in.pt")
    command = [sys.executable, "-c", ALONE, str(model_file), str(tmp_path / "in.pt"), str(tmp_path / "out.pt")]
    subprocess.run(command, check=True, cwd=tmp_path)
    energy, gradient = torch.load(tmp_path / "out.pt")
    expected_energy, expected_gradient = untrained(model_file.stem)(*environment)
    tolerance = {"float64": FLOAT64, "float32": FLOAT32}[model_file.stem]  # the script here, native kernels there
    assert_close(energy.numpy(), expected_energy.numpy(), tolerance)
    assert_close(gradient.numpy(), expected_gradient.numpy(), tolerance)


def test_metadata_comes_back(model_file: Path):
    _, metadata = export.load(model_file, PotentialMetadata)
    assert metadata.species == ELEMENTS
    assert metadata.cutoff == CUTOFF
    assert metadata.dtype == model_file.stem
    assert metadata.units == {"energy": "eV", "length": "angstrom"}


def rewritten(source: Path, target: Path, **changes: object) -> Path:
    """A copy of a model file with other metadata."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith(export.NAME):
                content = json.dumps(json.loads(content) | changes).encode()
            new.writestr(entry, content)
    return target


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "moment-closure"}, "expected a potential model, got kind 'moment-closure'"),
        ({"format": export.FORMAT + 1}, "install a newer henrici"),
        ({"format": "one"}, "has no format number"),
        ({"cutoff": -1.0}, "cutoff > 0"),
        ({"species": ["H", "\x1b[31m"]}, "can be printed"),
        ({"cutoff": "six"}, "cutoff: expected a number, got 'six'"),
        ({"surprise": 1}, "unknown key 'surprise'"),
    ],
)
def test_other_models_are_refused(float64_file: Path, tmp_path: Path, changes: dict[str, object], message: str):
    path = rewritten(float64_file, tmp_path / "other.pt", **changes)
    with pytest.raises(UserError, match=message) as caught:
        export.load(path, PotentialMetadata)
    assert "\n" not in str(caught.value)
    assert "other.pt" in str(caught.value)


def test_every_truncation_is_refused(float64_file: Path, tmp_path: Path):
    content = float64_file.read_bytes()
    for size in [0, 1, 100, *range(1000, len(content), len(content) // 25), len(content) - 1]:
        (tmp_path / "cut.pt").write_bytes(content[:size])
        with pytest.raises(UserError, match=r"cut\.pt") as caught:
            export.load(tmp_path / "cut.pt", PotentialMetadata)
        assert "\n" not in str(caught.value)


def test_every_flipped_byte_of_the_content_is_noticed(float64_file: Path, tmp_path: Path):
    content = float64_file.read_bytes()
    with zipfile.ZipFile(float64_file) as archive:
        entries = [e for e in archive.infolist() if e.compress_size > 200]
    for e in entries:
        # a local header: 30 bytes, the last four of them the lengths of the name and of the padding that follow
        header = content[e.header_offset : e.header_offset + 30]
        name, padding = struct.unpack("<HH", header[26:])
        place = e.header_offset + 30 + name + padding + e.compress_size // 2
        (tmp_path / "bad.pt").write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        with pytest.raises(UserError, match=r"bad\.pt: (corrupt|not a model file)"):
            export.load(tmp_path / "bad.pt", PotentialMetadata)


def test_files_of_other_programs_are_refused(tmp_path: Path):
    torch.save(nn.Linear(1, 1).state_dict(), tmp_path / "foreign.pt")
    (tmp_path / "text.pt").write_text("not an archive")
    for name, message in (
        ("foreign.pt", "not written by henrici"),
        ("text.pt", "not a model file"),
        ("none.pt", "no such file"),
    ):
        with pytest.raises(UserError, match=message):
            export.load(tmp_path / name, PotentialMetadata)


def test_a_model_that_breaks_the_contract_dies_at_export(model: nn.Module):
    class Sum(nn.Module):
        def forward(self, species: torch.Tensor, row: torch.Tensor, neighbor: torch.Tensor, displacement: torch.Tensor):
            return displacement.sum(), displacement

    metadata = PotentialMetadata(dtype="float64", units={}, species=ELEMENTS, cutoff=CUTOFF)
    with pytest.raises(UserError, match="the model answers shapes"):
        contract.check_potential(export.script(Sum()), metadata)
    contract.check_potential(export.script(build.finished(model)), metadata)  # type: ignore[arg-type]


def test_a_foreign_script_is_loaded_after_the_same_checks(tmp_path: Path):
    module = nn.Linear(3, 2)
    with export.torchscript():
        torch.jit.script(module).save(str(tmp_path / "foreign.pt"))
    x = torch.rand(4, 3)
    assert torch.equal(export.load_script(tmp_path / "foreign.pt")(x), module(x))
    content = (tmp_path / "foreign.pt").read_bytes()
    (tmp_path / "cut.pt").write_bytes(content[: len(content) // 2])
    with pytest.raises(UserError, match="not a model file"):
        export.load_script(tmp_path / "cut.pt")
