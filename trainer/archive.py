"""The zip archive around a TorchScript model, checked before torch sees it.

torch.jit.load runs the `__setstate__` of what it loads and compares no checksums, and TorchScript has operators that
write files: a model file from a stranger is a program. So its script is read before it runs, and refused if it names
one of those.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trainer.errors import UserError
from trainer.files import read_bytes

EXPANSION = 64 * 2**20  # bytes by which an archive may grow when it is unpacked: tensors are stored as they are

# The operators of torch that reach outside the process, by the one identifier that a script cannot do without; and what
# would run while the file is loaded, before anything else in it has been checked.
OUTSIDE = re.compile(rb"\b(save|from_file|rpc_sync|rpc_async|rpc_remote|__setstate__)\b")
NAMESPACE = re.compile(rb"\bops\s*\.\s*(?!(?:prim|aten)\b)(\w+)")  # of operators that other libraries register


@contextmanager
def opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, io.BytesIO]]:
    """The archive and its bytes, read once: what is checked is what will be run. Raises UserError in one line."""
    content = read_bytes(path)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check_integrity(archive, len(content), path)
            check_script(archive, path)
            yield archive, io.BytesIO(content)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path}: not a model file, or truncated ({error})") from None


def check_integrity(archive: zipfile.ZipFile, size: int, path: Path) -> None:
    """Every member against its checksum, and that unpacking cannot fill the memory."""
    unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > size + EXPANSION:
        raise UserError(f"{path}: {size} bytes that unpack to {unpacked}: not written by henrici")
    damaged = archive.testzip()
    if damaged is not None:
        raise UserError(f"{path}: corrupt: {damaged!r} does not match its checksum; copy or export the file again")


def check_script(archive: zipfile.ZipFile, path: Path) -> None:
    """That the script computes and does nothing else."""
    for entry in archive.infolist():
        if entry.filename.endswith(".py"):
            script = archive.read(entry)
            found = OUTSIDE.search(script) or NAMESPACE.search(script)
            if found:
                raise UserError(
                    f"{path}: its script {entry.filename!r} uses '{found[1].decode()}', which is no arithmetic "
                    "and may touch files: refused; ask where the file comes from"
                )
