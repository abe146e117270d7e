"""The learning curve, on the screen, as CSV and for TensorBoard."""

import csv
import io
import time
from pathlib import Path

from trainer.files import write_atomically
from trainer.loop.events import EventFile


class Log:
    """One row a report; the names of the columns carry the units. On resume the rows after `step` are dropped."""

    def __init__(self, folder: Path, step: int, steps: int):
        """folder: of the run; step: the last one of the checkpoint, 0 for a new run."""
        self._path, self._steps = folder / "log.csv", steps
        self._rows = [row for row in read_rows(self._path) if int(row["step"]) <= step]
        self._events = EventFile(folder / "tensorboard", step)
        self._start = (time.monotonic(), step)

    def write(self, step: int, values: dict[str, float]) -> None:
        """values: numbers by column name. Raises UserError when the disk is full."""
        self._rows.append({"step": str(step), **{name: f"{value:.6g}" for name, value in values.items()}})
        text = io.StringIO()
        table = csv.DictWriter(text, fieldnames=list(self._rows[-1]), lineterminator="\n")
        table.writeheader()
        table.writerows(self._rows)
        write_atomically(self._path, text.getvalue().encode())
        self._events.write(step, values)
        print(self._line(step, values), flush=True)

    def _line(self, step: int, values: dict[str, float]) -> str:
        begin, first = self._start
        per_step = (time.monotonic() - begin) / max(1, step - first)
        left = int(per_step * (self._steps - step))
        pairs: dict[str, dict[str, str]] = {}  # train and validation of one quantity side by side: "force_... 85|91"
        for column, value in values.items():
            part, slash, name = column.partition("/")
            if slash:
                pairs.setdefault(name, {})[part] = f"{value:.4g}"
        shown = "  ".join(f"{name} {v.get('train', '-')}|{v.get('validation', '-')}" for name, v in pairs.items())
        return f"{step:>8}/{self._steps}  {shown}  {per_step * 1e3:.0f} ms/step  {left // 60}:{left % 60:02d} left"


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a log.csv; none where there is no file yet."""
    if not path.exists():
        return []
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))
