"""A project: rounds of training, exploration, selection and labelling, until the committee agrees wherever it looks.

    round 0    label: the structures and what random perturbation makes of them
    round n    train, measure, explore, select, label, calibrate
    last       train the models that the project is for, from all labels, and measure them

A phase that is over is in the journal and is not repeated; jobs that were under way when the process died begin again.
All is a function of the input, its seed and the numbers of round and job, never of which job ends first: a project that
was killed, however often, ends with the labels of one that was not.
"""

import contextlib
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from trainer.active import stages
from trainer.active.jobs import executors, isolated
from trainer.active.journal import Journal
from trainer.active.report import history, page, words
from trainer.active.settings import ProjectSettings
from trainer.errors import UserError
from trainer.files import locked, write_atomically
from trainer.loop.events import EventFile
from trainer.settings import parse, read_toml

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


def explore(input_file: Path, folder: Path) -> None:
    """Starts the project in `folder`, or goes on with it, to its end.

    Raises UserError for bad input, for another one than the project began with, and where another process is at it."""
    from trainer.active import rounds

    settings = parse(ProjectSettings, read_toml(input_file), str(input_file))
    inputs = input_file.parent.resolve()
    rounds.check(settings, inputs)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / LOCK):
        journal = Journal(folder / DATABASE)
        check_unchanged(settings, folder, journal)
        write_atomically(folder / INPUT, input_file.read_bytes())
        with executors.start(settings.executor, inputs) as executor:
            rounds.run(Project(settings, inputs, folder.resolve(), journal, executor))


def check_unchanged(settings: ProjectSettings, folder: Path, journal: Journal) -> None:
    """Raises UserError where the input differs from that of the project in what it has labels by.

    Executors may change at any time; so may stages that have not begun, and the final training."""
    if not (folder / INPUT).exists() or not journal.labels():
        return
    began = parse(ProjectSettings, read_toml(folder / INPUT), str(folder / INPUT))
    begun = stages.place(began, journal.results("explore")).number + 1
    old, new = (settled(s, begun) for s in (began, settings))
    for key in old:
        if old[key] != new[key]:
            raise UserError(
                f"{key} is not what {folder} began with (see {folder / INPUT}): restore it, or start a project in "
                f'another folder (-o), with data = ["{folder / LABELS}"] if the labels are still good'
            )


def settled(settings: ProjectSettings, begun: int) -> Json:
    """What may not change any more when so many stages have begun."""
    table = settings.resolved()
    del table["executor"], table["committee"]["final_steps"]
    return table | {"stage": table["stage"][:begun]}


def status(folder: Path) -> str:
    """How far a project is, also while another process is at it. Raises UserError where there is none."""
    if not (folder / INPUT).exists():
        raise UserError(f"{folder}: no project is there; henrici explore {folder}.toml would start it")
    settings = parse(ProjectSettings, read_toml(folder / INPUT), str(folder / INPUT))
    return words.status(Journal(folder / DATABASE), settings)


def plan(input_file: Path) -> str:
    """What an input asks for, after the checks that `explore` makes."""
    from trainer.active import rounds

    settings = parse(ProjectSettings, read_toml(input_file), str(input_file))
    rounds.check(settings, input_file.parent.resolve())
    first, each = settings.perturbation.count, settings.selection.labels + settings.selection.held_out
    lines = [f"round 0: {first} perturbed structures, labelled by {settings.label.calculator}"]
    for number, stage in enumerate(settings.stage):
        looks = stage.walks * (stage.steps // stage.every)
        lines.append(
            f"stage {number}: at most {stage.rounds} rounds of {stage.walks} walks over {len(stages.points(stage))} "
            f"points ({looks} configurations) and at most {each} labels"
        )
    most = first + each * sum(stage.rounds for stage in settings.stage)
    return "\n".join(
        [*lines, f"at most {most} labels in all; final training of {settings.committee.final_steps} steps"]
    )
