"""The one door of the model file: a TorchScript archive that says what it is (`henrici.json`, an extra file inside)."""

import dataclasses
import importlib.metadata
import io
import json
import platform
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import torch
from torch import nn

from trainer import archive, kernels
from trainer.errors import UserError, first_line
from trainer.files import write_atomically
from trainer.settings import parse

FORMAT = 1
NAME = "henrici.json"
LIMIT = 16 * 2**20  # bytes of metadata that a reader accepts: a hostile file cannot fill the memory with it


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What every kind of model says about itself; each kind is a subclass that adds what its engines must know."""

    kind: ClassVar[str]

    dtype: str
    units: dict[str, str]
    config: dict[str, Any] = field(default_factory=dict)  # the input that made the model
    data: dict[str, Any] = field(default_factory=dict)  # fingerprint and size of the training set
    domain: dict[str, Any] = field(default_factory=dict)  # where the model was trained
    validation: dict[str, Any] = field(default_factory=dict)  # its errors, units in the names
    versions: dict[str, Any] = field(default_factory=dict)


M = TypeVar("M", bound=Metadata)


def versions() -> dict[str, str]:
    """Of everything that shapes a result."""
    return {
        "python": platform.python_version(),
        **{p: importlib.metadata.version(p) for p in ("henrici", "torch", "numpy", "ase", "vesin")},
    }


@contextmanager
def torchscript() -> Iterator[None]:
    """torch 2.13 calls TorchScript deprecated; LAMMPS and the contract need it, so that is no news here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*torch.jit", category=DeprecationWarning)
        yield


def script(module: nn.Module) -> torch.jit.ScriptModule:
    """`module` compiled for export, in evaluation mode."""
    with torchscript():
        return torch.jit.script(module.eval())


def save(module: nn.Module, metadata: Metadata, path: Path) -> None:
    """Script `module` and write it with its metadata, atomically. Raises UserError when `path` cannot be written."""
    scripted = module if isinstance(module, torch.jit.ScriptModule) else script(module)
    document = {"format": FORMAT, "kind": metadata.kind, **dataclasses.asdict(metadata)}
    stream = io.BytesIO()
    with torchscript():
        torch.jit.save(scripted, stream, _extra_files={NAME: json.dumps(document, indent=1)})
    write_atomically(path, stream.getvalue())


def read_document(path: Path) -> dict[str, Any]:
    """The metadata of any kind of model file, after all checks of trainer.archive. Runs nothing that it contains."""
    with archive.opened(path) as (opened, _):
        return document_of(opened, path)


def document_of(opened: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    entry = next((i for i in opened.infolist() if i.filename.endswith(f"/extra/{NAME}")), None)
    if entry is None:
        raise UserError(f"{path}: a zip archive without {NAME} inside: not written by henrici")
    if entry.file_size > LIMIT:
        raise UserError(f"{path}: {entry.file_size} bytes of metadata, at most {LIMIT} are accepted")
    document = json.loads(opened.read(entry))
    if not isinstance(document, dict) or not isinstance(document.get("format"), int):
        raise UserError(f"{path}: {NAME} has no format number")
    if document["format"] > FORMAT:
        raise UserError(
            f"{path}: format {document['format']}, this henrici reads up to {FORMAT}; install a newer henrici"
        )
    return document


def load(path: Path, schema: type[M], device: str | torch.device = "cpu") -> tuple[torch.jit.ScriptModule, M]:
    """A model of the kind that `schema` describes. Raises UserError for any other file, in one line."""
    with archive.opened(path) as (opened, content):
        document = document_of(opened, path)
        if document.get("kind") != schema.kind:
            raise UserError(f"{path}: expected a {schema.kind} model, got kind {document.get('kind')!r}")
        fields = {key: value for key, value in document.items() if key not in ("format", "kind")}
        metadata = parse(schema, fields, f"{path}: {NAME}")
        script = compiled(content, path)
    return script.to(device), metadata


def load_script(path: Path) -> torch.jit.ScriptModule:
    """A TorchScript file of any origin, after the same checks. Raises UserError for any other file, in one line."""
    with archive.opened(path) as (_, content):
        return compiled(content, path)


def compiled(content: io.BytesIO, path: Path) -> torch.jit.ScriptModule:
    try:
        with torchscript():
            script = torch.jit.load(content, map_location="cpu")  # type: ignore[no-untyped-call]
        kernels.check_memory(script)
    except Exception as error:  # RuntimeError, IndexError and whatever else torch's C++ throws at a damaged file
        words = first_line(error).split(". ")[0]  # torch goes on with advice that is not ours
        raise UserError(
            f"{path}: not a TorchScript file, as torch.jit.script(module).save(path) writes it: {words}"
        ) from None
    assert isinstance(script, torch.jit.ScriptModule)
    return script
