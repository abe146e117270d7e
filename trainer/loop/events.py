"""Scalars for TensorBoard, written atomically: its own writer dies in a background thread when the disk is full."""

import io
import time
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from trainer.files import write_atomically


class EventFile:
    """One session's events in a folder that TensorBoard reads; withdraws what earlier ones said after `step`."""

    def __init__(self, folder: Path, step: int):
        """The file itself appears with the first report."""
        folder.mkdir(exist_ok=True)
        self._path = folder / f"events.out.tfevents.{time.time():.6f}"
        self._stream = io.BytesIO()
        self._records = RecordWriter(self._stream)
        self._add(Event(file_version="brain.Event:2"))
        self._add(Event(session_log=SessionLog(status=SessionLog.START), step=step + 1))

    def write(self, step: int, values: dict[str, float]) -> None:
        """values: numbers by tag. Raises UserError when the disk is full."""
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()])
        self._add(Event(summary=summary, step=step))
        write_atomically(self._path, self._stream.getvalue())

    def _add(self, event: Event) -> None:
        event.wall_time = time.time()
        self._records.write(event.SerializeToString())
