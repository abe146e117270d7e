"""A run folder of a closure: made from a case and a folder of data, trained, stopped, resumed, exported.

run/case.toml      a copy of the input            run/log.csv, run/tensorboard/   the learning curve
run/run.json       all it takes to repeat it      run/checkpoint.pt               the state of the loop
run/model.pt       the finished model             run/lock                        held while it is trained
"""

from pathlib import Path

from kinetic.closure import data
from kinetic.closure.contract import ClosureMetadata, check_closure
from kinetic.closure.network import LearnedClosure
from kinetic.closure.task import RUN, ClosureTask
from kinetic.settings import CaseSettings
from trainer import export
from trainer.errors import UserError
from trainer.files import make_folder, write_atomically
from trainer.loop import checkpoint, processes, record
from trainer.loop.log import read_rows
from trainer.loop.loop import CHECKPOINT, Loop
from trainer.sampling import generator
from trainer.settings import parse, resolved

INPUT, MODEL = "case.toml", "model.pt"


def train(case: Path, data_folder: Path, folder: Path) -> bool:
    """A new run in `folder`; True when it was trained to the end, False when it was asked to stop.

    Raises UserError for bad input, and when a run is there already; nothing is then left behind."""
    settings = CaseSettings.read(case)
    for part in data.read(data_folder):  # what is wrong with the data is said before anything is written
        part.halved(settings.closure.halvings)
    make_folder(folder)
    with record.alone(folder):
        record.vacant(folder, INPUT)
        found = [path for path in data_folder.iterdir() if path.suffix in (".pt", ".json")]
        known = {"data": str(data_folder.resolve()), "files": record.files(sorted(found))}
        record.add(folder, known | {"settings": resolved(settings)})
        write_atomically(folder / INPUT, case.read_bytes())
        try:
            return advance(folder)
        except UserError:
            if not (folder / CHECKPOINT).exists():
                discard(folder)
            raise


def resume(folder: Path) -> bool:
    """Go on with the run in `folder`. Raises UserError when the input or the data have changed since it began."""
    settings, known = CaseSettings.read(folder / INPUT), record.read(folder)
    began = parse(CaseSettings, known["settings"], str(folder / record.NAME))
    record.unchanged(folder / INPUT, resolved(settings), resolved(began))
    if record.files(entry["path"] for entry in known["files"]) != known["files"]:
        raise UserError(f"{known['data']}: the data are not what the run began with; restore them, or start a new run")
    with record.alone(folder):
        return advance(folder)


def advance(folder: Path) -> bool:
    """One session of training, from the start or the last checkpoint."""
    settings, known = CaseSettings.read(folder / INPUT), record.read(folder)
    with record.session(folder) as session:
        training, validation = (part.halved(settings.closure.halvings) for part in data.read(Path(known["data"])))
        task = ClosureTask(settings.closure, settings.training, training, validation)
        loop = Loop(task, settings.training, folder)
        if (folder / CHECKPOINT).exists():
            loop.resume()
        processes.say("errors below: training|validation")
        done = loop.run()
        session |= {"state": "finished" if done else "stopped", "step": loop.step}
    if done:
        write_model(folder, folder / MODEL)
        processes.say(f"wrote {folder / MODEL}")
    else:
        processes.say(f"stopped at step {loop.step}; go on with: henrici kinetic train --resume {folder}")
    return done


def write_model(folder: Path, path: Path) -> None:
    """The averaged parameters of the last checkpoint as a model file."""
    settings, known = CaseSettings.read(folder / INPUT), record.read(folder)
    step, state = checkpoint.averaged(checkpoint.load(folder / CHECKPOINT))
    module = LearnedClosure(settings.closure.order, settings.closure.width, generator(0))
    module.load_state_dict(state)
    module.requires_grad_(False)
    rows = [row for row in read_rows(folder / "log.csv") if int(row["step"]) <= step]
    metadata = ClosureMetadata(
        dtype="float64",
        units={"velocity": "sqrt(k_B T / m)", "everything else": "dimensionless"},
        order=settings.closure.order,
        config=known["settings"],
        data={"files": known["files"]},
        domain={f"largest |a_{k + 3}|/sqrt({k + 3}!)": x for k, x in enumerate(module.limit.tolist())},
        validation={RUN: float(rows[-1][f"validation/{RUN}"])} if rows else {},
        versions=export.versions(),
    )
    scripted = export.script(module)
    check_closure(scripted, metadata)
    export.save(scripted, metadata, path)


def discard(folder: Path) -> None:
    """Remove a run that never began."""
    for name in (INPUT, record.NAME, record.LOCK):
        (folder / name).unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
