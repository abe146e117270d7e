"""The learning curve, on the screen, as CSV and for TensorBoard."""

import csv
import io
import time
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from trainer.files import write_atomically


class Log:
    """One row a report; the names of the columns carry the units. On resume the rows after `step` are dropped."""

    def __init__(self, folder: Path, step: int, steps: int):
        """folder: of the run; step: the last one of the checkpoint, 0 for a new run."""
        self._path, self._steps = folder / "log.csv", steps
        self._rows: list[dict[str, str]] = []
        if step and self._path.exists():
            with self._path.open(newline="") as stream:
                self._rows = [row for row in csv.DictReader(stream) if int(row["step"]) <= step]
        self._board = SummaryWriter(folder / "tensorboard", purge_step=step + 1 if step else None)
        self._start = (time.monotonic(), step)

    def write(self, step: int, values: dict[str, float]) -> None:
        """values: numbers by column name."""
        self._rows.append({"step": str(step), **{name: f"{value:.6g}" for name, value in values.items()}})
        text = io.StringIO()
        table = csv.DictWriter(text, fieldnames=list(self._rows[-1]), lineterminator="\n")
        table.writeheader()
        table.writerows(self._rows)
        write_atomically(self._path, text.getvalue().encode())
        for name, value in values.items():
            self._board.add_scalar(name, value, step)
        self._board.flush()
        print(self._line(step, values), flush=True)

    def close(self) -> None:
        self._board.close()

    def _line(self, step: int, values: dict[str, float]) -> str:
        begin, first = self._start
        per_step = (time.monotonic() - begin) / max(1, step - first)
        left = int(per_step * (self._steps - step))
        shown = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
        return f"{step:>8}/{self._steps}  {shown}  {per_step * 1e3:.0f} ms/step  {left // 60}:{left % 60:02d} left"
