"""Files that are either the old one or the new one, whenever the process dies or the disk fills up."""

import fcntl
import importlib.metadata
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trainer.errors import UserError


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` by `content` in one step. Raises UserError when it cannot be written; the old file then stays."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the new name itself survives a power cut
        finally:
            os.close(folder)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UserError(f"cannot write {path}: {error.strerror}; nothing there was changed") from error


def read_bytes(path: Path) -> bytes:
    """Raises UserError when it is not there, or cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None


def writable(path: Path) -> None:
    """Raises UserError, before long work, when the folder of `path` is not there or `path` is a folder itself."""
    if not path.parent.is_dir():
        raise UserError(f"cannot write {path}: no folder {path.parent}; make it first")
    if path.is_dir():
        raise UserError(f"cannot write {path}: it is a folder; name a file")


def make_folder(folder: Path) -> None:
    """With those above it; it may be there. Raises UserError when it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {folder}: {error.strerror}") from error


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock file `path`; the system lets go of it when the process dies, however it dies.

    Raises UserError when another process holds it, or it cannot be made."""
    try:
        stream = path.open("a+")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            raise UserError(f"{path.parent} is in use by process {stream.read()}; wait for it or stop it") from None
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        yield


def compiled(source: Path, name: str) -> Path | None:
    """The library `name` that was built for the package of the file `source`, or None where it was not."""
    candidates = [source.with_name(name)]
    # An editable install leaves the sources where they are and puts what it compiled into site-packages.
    try:
        files = importlib.metadata.files("henrici") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    candidates += [Path(str(file.locate())) for file in files if file.name == name]
    return next((path.resolve() for path in candidates if path.is_file()), None)


def loaded(source: Path, name: str) -> bool:
    """Whether there is a library `name` of torch operators for the package of the file `source`; loads it."""
    import torch  # LAMMPS's side reads this file, and does without

    path = compiled(source, name)
    if path is not None:
        torch.ops.load_library(str(path))  # type: ignore[no-untyped-call]
    return path is not None
