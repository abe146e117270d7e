"""Active learning: rounds of training, exploration, selection, labelling, until the committee agrees wherever it looks.

    round 0    label: the structures and what random perturbation makes of them
    round n    train, measure, explore, select, label, calibrate
    last       train the models that the project is for, from all labels, and measure them

All is a function of the input, its seed and the numbers of round and job, never of which job ends first: a project that
was killed, however often, ends with the labels of one that was not.
"""

from pathlib import Path

from trainer.active import rounds, stages
from trainer.active.jobs import executors
from trainer.active.journal import Journal
from trainer.active.project import DATABASE, INPUT, LABELS, LOCK, Json, Project
from trainer.active.report import words
from trainer.active.settings import ProjectSettings
from trainer.errors import UserError
from trainer.files import locked, make_folder, write_atomically
from trainer.settings import parse, read_toml


def explore(input_file: Path, folder: Path) -> None:
    """Starts the project in `folder`, or goes on with it, to its end.

    Raises UserError for bad input, for another one than the project began with, and where another process is at it."""
    settings = parse(ProjectSettings, read_toml(input_file), str(input_file))
    inputs = input_file.parent.resolve()
    rounds.check(settings, inputs)
    make_folder(folder)
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
