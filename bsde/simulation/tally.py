"""Pieces of a simulation by their key, kept in a file: what was computed is not computed again."""

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from trainer.errors import UserError
from trainer.files import write_atomically
from trainer.loop import processes

Key = tuple[int, ...]
ROUND = 16  # pieces of each process between two exchanges
REST = 2.0  # seconds at least between two writings


class Tally:
    """Every piece is a function of its key, a few numbers in float64; processes share the work, to the same digits."""

    def __init__(self, file: Path | None = None):
        """file: where pieces are kept, if anywhere. Raises UserError when it is damaged."""
        self.file, self.written = file, time.monotonic()
        self.pieces: dict[Key, Tensor] = {}
        if file is not None and file.exists():
            try:
                table = json.loads(file.read_text())
                self.pieces = {
                    tuple(map(int, key.split())): torch.tensor(row, dtype=torch.float64) for key, row in table.items()
                }
            except (ValueError, TypeError, AttributeError) as error:
                raise UserError(f"{file}: cannot be read: {error}; remove it, and it is computed again") from None

    def gather(self, keys: Iterable[Key], size: int, piece: Callable[[Key], Tensor], what: str = "") -> Tensor:
        """What `piece` says for each of the keys, [size] each: [keys, size]. Ctrl-C keeps what there is.

        Raises UserError when it is not finite."""
        keys = list(keys)
        missing = [key for key in keys if key not in self.pieces]
        step = ROUND * processes.size()
        try:
            with tqdm(total=len(missing), desc=what, leave=False, delay=3, disable=None) as progress:
                for begin in range(0, len(missing), step):
                    now = missing[begin : begin + step]
                    rows = torch.zeros(len(now), size, dtype=torch.float64)
                    for k in range(processes.rank(), len(now), processes.size()):
                        rows[k] = piece(now[k])
                    rows = processes.total(rows)
                    if not torch.isfinite(rows).all():
                        raise UserError("simulated values are not finite; expected f and g that are, wherever paths go")
                    self.pieces |= zip(now, rows, strict=True)
                    progress.update(len(now))
                    if time.monotonic() - self.written > REST:
                        self.write()
        finally:
            self.write()
        return torch.stack([self.pieces[key] for key in keys])

    def write(self) -> None:
        if self.file is not None and processes.rank() == 0:
            table = {" ".join(map(str, key)): row.tolist() for key, row in self.pieces.items()}
            write_atomically(self.file, json.dumps(table).encode())
        self.written = time.monotonic()
