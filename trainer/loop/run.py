"""A run folder: one training made from an input, stopped, resumed, exported; the same for every kind of model.

run/input.toml     a copy of the input            run/log.csv, run/tensorboard/   the learning curve
run/run.json       all it takes to repeat it      run/checkpoint.pt               the state of the loop
run/model.pt       the finished model             run/lock                        held while it is trained
"""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from torch import Tensor, nn

from trainer import export
from trainer.errors import UserError
from trainer.files import make_folder, write_atomically
from trainer.loop import checkpoint, processes, record
from trainer.loop.log import read_rows
from trainer.loop.loop import CHECKPOINT, Loop
from trainer.loop.settings import TrainingSettings
from trainer.loop.task import Task
from trainer.settings import parse, read_toml

INPUT, MODEL = "input.toml", "model.pt"


class Settings(Protocol):
    """Of an input: a dataclass."""

    @property
    def training(self) -> TrainingSettings: ...

    def resolved(self) -> dict[str, Any]:
        """The input with every default written out."""
        ...


S = TypeVar("S", bound=Settings)


class Run(ABC, Generic[S]):
    """A training in a folder; a subclass says what is particular to a kind of model.

    kind: of the model file; an entry point of this name in the group henrici.runs lets `henrici export` find the class.
    command: that trains it; schema: of its input; files: that its preparation leaves in the folder; starts_from_file:
    whether it knows what to do with `start` of [training]."""

    kind: ClassVar[str]
    command: ClassVar[str]
    schema: type[S]
    files: ClassVar[tuple[str, ...]] = ()
    starts_from_file: ClassVar[bool] = False

    def __init__(self, folder: Path):
        self.folder = folder

    def begin(self, settings: S, given: dict[str, Any]) -> dict[str, Any]:
        """Entries of the record that the training will need, beside the settings and what is given.

        Nothing is written yet: bad data raise UserError here, as far as they can be told."""
        return {}

    @abstractmethod
    def task(self, settings: S, known: dict[str, Any]) -> Task:
        """known: the record. Raises UserError where the data are not what the run began with."""

    @abstractmethod
    def model(
        self, settings: S, known: dict[str, Any], state: dict[str, Tensor], errors: dict[str, float]
    ) -> tuple[nn.Module, export.Metadata]:
        """What is exported, with the parameters `state` and their errors in validation. Needs no data."""

    @classmethod
    def start(cls, input_file: Path, folder: Path, **given: Any) -> bool:
        """A new run in `folder`; True when it was trained to the end, False when it was asked to stop.

        given: what the input does not say, for the record. Raises UserError for bad input, and when a run is there
        already; nothing is then left behind."""
        run = cls(folder)
        settings = run.read(input_file)
        if settings.training.start is not None and not cls.starts_from_file:
            raise UserError(f"{input_file}.training.start: a {cls.kind} cannot start from a file; leave it out")
        processes.device(settings.training.device)
        given = {"kind": cls.kind, "input_folder": str(input_file.parent.resolve()), **given}
        known = given | run.begin(settings, given) | {"settings": settings.resolved()}
        make_folder(folder)
        with record.alone(folder):
            if processes.rank() == 0:
                record.vacant(folder, INPUT)
                record.add(folder, known)
                write_atomically(folder / INPUT, input_file.read_bytes())
            processes.wait()
            try:
                return run.advance()
            except UserError:
                processes.first_to_fail()  # or others would say that their files are gone
                if processes.rank() == 0 and not (folder / CHECKPOINT).exists():
                    run.discard()
                raise

    def resume(self) -> bool:
        """Go on, from the start if the run never reached a checkpoint; True when it was trained to the end.

        Raises UserError when the data or the input have changed since the run began."""
        settings, known = self.recorded()
        began = parse(self.schema, known["settings"], str(self.folder / record.NAME))
        record.unchanged(self.folder / INPUT, settings.resolved(), began.resolved())
        with record.alone(self.folder):
            return self.advance()

    def advance(self) -> bool:
        """One session of training, from the start or the last checkpoint."""
        again = f"go on with: {self.command} --resume {self.folder}"
        try:
            with record.session(self.folder) as session:
                settings, known = self.recorded()
                loop = Loop.entered(self.task(settings, known), settings.training, self.folder)
                processes.say("errors below: training|validation")
                done = loop.run()
                session |= {"state": "finished" if done else "stopped", "step": loop.step}
                if done and processes.rank() == 0:
                    self.export(self.folder / MODEL)
        except KeyboardInterrupt:  # before the first step or after the last one: the loop has its own handler
            processes.say(f"stopped; {again}")
            return False
        processes.say(f"wrote {self.folder / MODEL}" if done else f"stopped at step {loop.step}; {again}")
        return done

    def export(self, path: Path) -> None:
        """Write the averaged parameters of the last checkpoint as a model file."""
        settings, known = self.recorded()
        step, state = checkpoint.averaged(checkpoint.load(self.folder / CHECKPOINT))
        rows = [row for row in read_rows(self.folder / "log.csv") if int(row["step"]) <= step]
        last = rows[-1].items() if rows else ()
        errors = {k.removeprefix("validation/"): float(v) for k, v in last if k.startswith("validation/")}
        export.save(*self.model(settings, known, state, errors), path)

    def read(self, path: Path) -> S:
        """Raises UserError for bad input."""
        return parse(self.schema, read_toml(path), str(path))

    def recorded(self) -> tuple[S, dict[str, Any]]:
        """The input and the record. Raises UserError for the run of another kind of model."""
        known = record.of_kind(self.folder, self.kind)
        return self.read(self.folder / INPUT), known

    def discard(self) -> None:
        """Remove a run that never began."""
        for name in (INPUT, record.NAME, record.LOCK, *self.files):
            (self.folder / name).unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()
