"""A run folder of a regression: made from an input, trained, stopped, resumed, exported.

run/input.toml     a copy of the input            run/log.csv, run/tensorboard/   the learning curve
run/run.json       all it takes to repeat it      run/checkpoint.pt               the state of the loop
run/model.pt       the finished model             run/lock                        held while it is trained
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

from torch import nn

from theory.regression.data import Sample, read_sample
from theory.regression.gap import gap
from theory.regression.models.regressor import Regressor
from theory.regression.settings import RegressionSettings
from theory.regression.task import RegressionTask
from trainer import export
from trainer.errors import UserError
from trainer.files import make_folder, write_atomically
from trainer.loop import checkpoint, processes, record
from trainer.loop.log import read_rows
from trainer.loop.loop import CHECKPOINT, Loop
from trainer.settings import parse, read_toml, resolved

INPUT, MODEL = "input.toml", "model.pt"


@dataclass(frozen=True, kw_only=True)
class RegressorMetadata(export.Metadata):
    """A function R^d -> R: forward(x [n, d]) -> [n, 1]."""

    kind: ClassVar[str] = "regressor"

    dim: int


def train(input_file: Path, folder: Path) -> bool:
    """A new run in `folder`; True when it was trained to the end, False when it was asked to stop.

    Raises UserError for bad input, and when a run is there already; nothing is then left behind."""
    settings = parse(RegressionSettings, read_toml(input_file), str(input_file))
    where = input_file.parent.resolve()
    samples(settings, where)
    processes.device(settings.training.device)
    make_folder(folder)
    with record.alone(folder):
        record.vacant(folder, CHECKPOINT)
        files = record.files([where / settings.train, where / settings.test])
        record.add(folder, {"input_folder": str(where), "settings": resolved(settings), "files": files})
        if processes.rank() == 0:
            write_atomically(folder / INPUT, input_file.read_bytes())
        processes.wait()
        return advance(folder)


def resume(folder: Path) -> bool:
    """Go on with the run in `folder`. Raises UserError when the input or the data have changed since it began."""
    settings, known = parse(RegressionSettings, read_toml(folder / INPUT), str(folder / INPUT)), record.read(folder)
    began = parse(RegressionSettings, known["settings"], str(folder / record.NAME))
    record.unchanged(folder / INPUT, resolved(settings), resolved(began))
    if record.files(entry["path"] for entry in known["files"]) != known["files"]:
        raise UserError(f"{settings.train}, {settings.test}: not what the run began with; restore them")
    with record.alone(folder):
        return advance(folder)


def samples(settings: RegressionSettings, where: Path) -> tuple[Sample, Sample]:
    """Raises UserError when they are in different dimensions."""
    train, test = read_sample(where / settings.train), read_sample(where / settings.test)
    if train.x.shape[1] != test.x.shape[1]:
        raise UserError(f"expected one dimension, got {train.x.shape[1]} in train and {test.x.shape[1]} in test")
    return train, test


def fit(settings: RegressionSettings, train: Sample, test: Sample, folder: Path) -> Loop:
    """The loop that `settings` describe, at its first step or its checkpoint in `folder`."""
    module = settings.model.build(train.x.shape[1], settings.training.seed)
    module.to(device=processes.device(settings.training.device), dtype=settings.torch_dtype)
    task = RegressionTask(module, train, test, settings.penalty, settings.training.batch, settings.training.seed)
    loop = Loop(task, settings.training, folder)
    if (folder / CHECKPOINT).exists():
        loop.resume()
    return loop


def advance(folder: Path) -> bool:
    """One session of training, from the start or the last checkpoint."""
    settings, known = parse(RegressionSettings, read_toml(folder / INPUT), str(folder / INPUT)), record.read(folder)
    with record.session(folder) as session:
        loop = fit(settings, *samples(settings, Path(known["input_folder"])), folder)
        processes.say("errors below: training|test")
        done = loop.run()
        session |= {"state": "finished" if done else "stopped", "step": loop.step}
    if done and processes.rank() == 0:
        write_model(folder, folder / MODEL)
        processes.say(f"wrote {folder / MODEL}")
    elif not done:
        processes.say(f"stopped at step {loop.step}; go on with: henrici theory train --resume {folder}")
    return done


def write_model(folder: Path, path: Path) -> None:
    """The averaged parameters of the last checkpoint as a model file, and in words what is known of its errors."""
    settings, known = parse(RegressionSettings, read_toml(folder / INPUT), str(folder / INPUT)), record.read(folder)
    train, test = samples(settings, Path(known["input_folder"]))
    step, state = checkpoint.averaged(checkpoint.load(folder / CHECKPOINT))
    module: nn.Module = settings.model.build(train.x.shape[1], settings.training.seed).to(settings.torch_dtype)
    module.load_state_dict(state)
    rows = [row for row in read_rows(folder / "log.csv") if int(row["step"]) <= step]
    metadata = RegressorMetadata(
        dtype=settings.dtype,
        units={},
        dim=train.x.shape[1],
        config=known["settings"],
        data={"files": known["files"]},
        domain={"min": train.x.min(0).tolist(), "max": train.x.max(0).tolist()},
        validation={k.split("/")[1]: float(v) for k, v in rows[-1].items() if "validation/" in k} if rows else {},
        versions=export.versions() | record.commit(),
    )
    finished = cast(Regressor, module).finished().requires_grad_(False)
    export.save(finished, metadata, path)
    processes.say(str(gap(finished, train, test)))
