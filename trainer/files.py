"""Files that are either the old one or the new one, whenever the process dies or the disk fills up."""

import os
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


def writable(path: Path) -> None:
    """Raises UserError, before long work, when the folder of `path` is not there or `path` is a folder itself."""
    if not path.parent.is_dir():
        raise UserError(f"cannot write {path}: no folder {path.parent}; make it first")
    if path.is_dir():
        raise UserError(f"cannot write {path}: it is a folder; name a file")
