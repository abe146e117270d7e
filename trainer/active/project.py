"""A project in its folder: what the journal has of its phases and jobs, and doing the others.

A phase that is over is in the journal and is not repeated; jobs that were under way when the process died begin again.
"""

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from trainer.active.jobs import executors, isolated
from trainer.active.journal import Journal
from trainer.active.report import history, page, words
from trainer.active.settings import ProjectSettings
from trainer.errors import UserError
from trainer.files import write_atomically
from trainer.loop.events import EventFile

INPUT, DATABASE, LABELS, PAGE, EVENTS, LOCK = (
    "project.toml", "project.db", "labels.xyz", "project.html", "tensorboard", "lock",
)  # fmt: skip
Json = dict[str, Any]


@dataclass
class Project:
    """A project that this process works at. inputs: the folder that paths of the input are relative to."""

    settings: ProjectSettings
    inputs: Path
    folder: Path
    journal: Journal
    executor: Executor

    def phase(self, round: int, name: str, work: Callable[[], Json]) -> Json:
        """What a phase of a round came to: as the journal has it, or by `work`."""
        known = self.journal.result(round, name)
        if known is None:
            known = self.journal.record(round, name, work())
            print(words.said(round, name, known), flush=True)
            self.show(round)
        return known

    def show(self, round: int) -> None:
        """The page and TensorBoard's numbers, as of now."""
        write_atomically(self.folder / PAGE, page.page(self.folder, self.journal, self.settings))
        scalars = history.scalars(self.journal, round)
        if scalars:
            EventFile(self.folder / EVENTS, round - 1).write(round, scalars)

    def jobs(self, round: int, kind: str, job: Callable[[Path], Json], folders: Sequence[Path]) -> list[Json]:
        """Outcomes of job(folder), in the order of the folders, however they end; each is in the journal."""
        known = self.journal.jobs(kind, round)
        outcomes = {folder: known[self.name(folder)] for folder in folders if self.name(folder) in known}
        todo = [folder for folder in folders if folder not in outcomes]
        progress = tqdm(total=len(folders), initial=len(outcomes), desc=f"round {round:03d} {kind}", disable=None)
        with progress, contextlib.closing(executors.map_jobs(self.executor, job, todo)) as ended:
            for folder, outcome in ended:
                if outcome.get("unavailable"):  # nothing was tried: a later start tries it
                    raise UserError(f"{self.name(folder)}: {outcome['failed']}")
                self.journal.ended(self.name(folder), round, kind, outcome)
                outcomes[folder] = outcome
                progress.update()
        return [outcomes[folder] for folder in folders]

    def forget(self, folders: Sequence[Path]) -> None:
        """These jobs are done anew when the project is started again."""
        self.journal.forget([self.name(folder) for folder in folders])
        for folder in folders:
            (folder / isolated.OUTCOME).unlink(missing_ok=True)

    def round(self, number: int) -> Path:
        """The folder of a round."""
        return self.folder / "rounds" / f"{number:03d}"

    def name(self, folder: Path) -> str:
        """As the journal has it, wherever the project lies."""
        return str(folder.relative_to(self.folder))

    def seed(self, member: int) -> int:
        """Of a member of the committee."""
        return 1000 * self.settings.seed + member
