"""A run folder of a potential: made from an input, trained, stopped, resumed, exported.

run/input.toml     a copy of the input            run/log.csv, run/tensorboard/   the learning curve
run/run.json       all it takes to repeat it      run/checkpoint.pt               the state of the loop
run/data.h5        the frames                     run/seen.pt                     a sample of their atoms
run/model.pt       the finished model             run/lock                        held while it is trained
"""

from pathlib import Path
from typing import Any

from trainer import contract, export
from trainer.environment import Environment
from trainer.errors import UserError
from trainer.files import make_folder, write_atomically
from trainer.loop import checkpoint, processes, record
from trainer.loop.log import read_rows
from trainer.loop.loop import CHECKPOINT, Loop
from trainer.potentials import build
from trainer.potentials.preparation import DATA, SEEN, prepare
from trainer.potentials.settings import PotentialSettings
from trainer.settings import parse, read_toml

INPUT = "input.toml"


def train(input_file: Path, folder: Path) -> bool:
    """A new run in `folder`; True when it was trained to the end, False when it was asked to stop.

    Raises UserError for bad input, and when a run is there already; nothing is then left behind."""
    settings = parse(PotentialSettings, read_toml(input_file), str(input_file))
    make_folder(folder)
    with record.alone(folder):
        if processes.rank() == 0:
            record.vacant(folder, INPUT)
            where = str(input_file.parent.resolve())
            record.add(folder, {"input_folder": where, "settings": settings.resolved()})
            write_atomically(folder / INPUT, input_file.read_bytes())
        processes.wait()
        try:
            return advance(folder)
        except UserError:
            if processes.rank() == 0 and not (folder / CHECKPOINT).exists():
                discard(folder)
            raise


def resume(folder: Path) -> bool:
    """Go on with the run in `folder`, from its start if it never reached a checkpoint; True when trained to the end.

    Raises UserError when the data or the input have changed since the run began."""
    settings, known = recorded(folder)
    began = parse(PotentialSettings, known["settings"], str(folder / record.NAME))
    record.unchanged(folder / INPUT, settings.resolved(), began.resolved())
    with record.alone(folder):
        return advance(folder)


def advance(folder: Path) -> bool:
    """One session of training, from the start or the last checkpoint."""
    try:
        return one_session(folder)
    except KeyboardInterrupt:  # before the first step or after the last one: the loop has its own handler
        processes.say(f"stopped; go on with: henrici train --resume {folder}")
        return False


def one_session(folder: Path) -> bool:
    """The same, where Ctrl-C outside the loop is a KeyboardInterrupt."""
    with record.session(folder) as session:
        settings, known = recorded(folder)
        task = prepare(settings, known, folder)
        loop = Loop(task, settings.training, folder)
        if (folder / CHECKPOINT).exists():
            loop.resume()
        processes.say("errors below: training|validation")
        done = loop.run()
        session |= {"state": "finished" if done else "stopped", "step": loop.step}
        if done and processes.rank() == 0:
            export_run(folder, folder / "model.pt")
    if done:
        processes.say(f"wrote {folder / 'model.pt'}")
    else:
        processes.say(f"stopped at step {loop.step}; go on with: henrici train --resume {folder}")
    return done


def export_run(folder: Path, path: Path) -> None:
    """Write the averaged parameters of the last checkpoint as a model file. Needs no data."""
    settings, known = recorded(folder)
    model = build.potential(settings, known["species"])
    step, state = checkpoint.averaged(checkpoint.load(folder / CHECKPOINT))
    model.load_state_dict(state)
    rows = [row for row in read_rows(folder / "log.csv") if int(row["step"]) <= step]
    metadata = contract.PotentialMetadata(
        dtype=settings.dtype,
        units={"energy": "eV", "length": "angstrom"},
        species=tuple(known["species"]),
        cutoff=settings.cutoff,
        parameters=settings.parameters,
        config=settings.resolved(),
        data=known["data"],
        domain=known["domain"],
        validation={k.split("/")[1]: float(v) for k, v in rows[-1].items() if "validation/" in k} if rows else {},
        versions=known["versions"],
    )
    scripted = export.script(build.finished(model, Environment(**checkpoint.load(folder / SEEN))))
    contract.check_potential(scripted, metadata)
    export.save(scripted, metadata, path)


def recorded(folder: Path) -> tuple[PotentialSettings, dict[str, Any]]:
    """The input and the record of a run folder."""
    known = record.read(folder)
    return parse(PotentialSettings, read_toml(folder / INPUT), str(folder / INPUT)), known


def discard(folder: Path) -> None:
    """Remove a run that never began."""
    for name in (INPUT, record.NAME, DATA, SEEN, record.LOCK):
        (folder / name).unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
