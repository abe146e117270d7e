"""The committee: members that differ by their seeds, each a run of `henrici train` in a folder of its own."""

from pathlib import Path
from typing import Any

import tomli_w
from ase import Atoms

from trainer import export
from trainer.active.jobs import isolated
from trainer.active.labelling.labels import HELD_OUT, TRAIN, labelled, reference_energies, write_frames
from trainer.active.project import Project
from trainer.errors import UserError
from trainer.files import write_atomically

Json = dict[str, Any]
INPUT, RUN = "input.toml", "run"
MODEL = f"{RUN}/model.pt"
Weighted = tuple[float, list[Atoms]]  # the weight of a set in the loss, and its frames


def trained(project: Project, round: int) -> list[Path]:
    """The phase "train" of a round: its model files. Members go on from where they were in the round before."""
    settings, folder = project.settings.committee, project.round(round)

    def work() -> Json:
        frames = labelled(project.journal, TRAIN, round)
        sets: dict[str, Weighted] = {
            "old.xyz": (1.0, [atoms for atoms in frames if atoms.info["round"] < round - 1]),
            "new.xyz": (settings.new_weight, [atoms for atoms in frames if atoms.info["round"] == round - 1]),
        }
        steps = settings.steps if round > 1 else settings.first_steps
        start = f"../../../{round - 1:03d}/train/{{member}}/{MODEL}" if round > 1 else None
        return train(project, round, folder, sets, steps, start)

    return [project.folder / name for name in project.phase(round, "train", work)["models"]]


def final(project: Project, round: int) -> list[Path]:
    """The phase "deliver": models/1.pt, ... of the project, from new parameters and all labels alike; or, where no such
    training is asked for, those of the last round."""

    def work() -> Json:
        steps, folder = project.settings.committee.final_steps, project.folder / "final"
        last = project.journal.result(round - 1, "train")
        assert last is not None
        frames: dict[str, Weighted] = {"all.xyz": (1.0, labelled(project.journal, TRAIN, round))}
        made = train(project, round, folder, frames, steps, None) if steps else last
        (project.folder / "models").mkdir(exist_ok=True)
        names = [f"models/{member}.pt" for member in range(1, len(made["models"]) + 1)]
        for name, model in zip(names, made["models"], strict=True):
            write_atomically(project.folder / name, (project.folder / model).read_bytes())
        return {"models": names, "force_rmse": made["force_rmse"]}

    return [project.folder / name for name in project.phase(round, "deliver", work)["models"]]


def train(project: Project, round: int, folder: Path, sets: dict[str, Weighted], steps: int, start: str | None) -> Json:
    """All members, each in folder/train/MEMBER. sets: by the names of their files; start: the model file of {member}.

    Raises UserError when one fails; when the project is started again, it is tried again."""
    data = write_data(project, round, folder / "data", sets)
    folders = []
    for member in range(1, project.settings.committee.models + 1):
        training = {**project.settings.potential.get("training", {}), "steps": steps, "seed": project.seed(member)}
        if start:
            training["start"] = start.format(member=member)
        table = {**project.settings.potential, "data": data, "training": training}
        if reference := reference_energies(project.journal):
            table["reference"] = reference
        folders.append(prepare(folder / "train" / str(member), table))
    outcomes = project.jobs(round, "train", job, folders)
    for where, outcome in zip(folders, outcomes, strict=True):
        if "failed" in outcome:
            project.forget(folders)
            raise UserError(f"{project.name(where)}: {outcome['failed']}")
    models = [where / MODEL for where in folders]
    errors = [export.read_document(model)["validation"].get("force_rmse_meV_per_A") for model in models]
    return {"models": [project.name(model) for model in models], "force_rmse": errors}


def write_data(project: Project, round: int, folder: Path, sets: dict[str, Weighted]) -> list[Json]:
    """Files in `folder` and tables [[data]] that name them; errors are followed on what is held out."""
    held_out = labelled(project.journal, HELD_OUT, round)
    validation = [str(project.inputs / name) for name in project.settings.held_out]
    if held_out:
        write_frames(folder / "held_out.xyz", held_out)
        validation.append("../../data/held_out.xyz")
    tables = []
    for name, (weight, frames) in sets.items():
        if frames:
            write_frames(folder / name, frames)
            table = {"train": [f"../../data/{name}"], "weight": weight, "validation": [], "check": False}
            tables.append(table)  # no check: one calculator gave all labels, and a few far apart mislead it
    if project.settings.data:
        given = [str(project.inputs / name) for name in project.settings.data]
        tables.append({"train": given, "weight": 1.0, "validation": []})
    tables[0]["validation"] = validation
    return tables


def prepare(folder: Path, configuration: Json) -> Path:
    """The folder of a job that trains by this input; paths in it are relative to the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / INPUT, tomli_w.dumps(configuration).encode())
    return isolated.prepare(folder, {})


def job(folder: Path) -> Json:
    """In a worker."""
    return isolated.run("trainer.active.committee:member", folder)


def member(folder: Path) -> Json:
    """Trains by folder/input.toml, or goes on where an earlier process was killed."""
    from trainer.potentials.run import PotentialRun

    began = (folder / RUN / INPUT).exists()
    if not (PotentialRun(folder / RUN).resume() if began else PotentialRun.start(folder / INPUT, folder / RUN)):
        raise InterruptedError("it was asked to stop")
    return {"model": MODEL}
