"""A run folder of a solution: made from an input, stopped, resumed, summed up.

run/input.toml    all that it takes to repeat it       run/run.json      what has happened to it

and what the method writes: bsde/solve/trained.py, bsde/solve/sampled.py.
"""

from pathlib import Path

import tomli_w
import torch

from bsde.check import check
from bsde.metadata import SolutionMetadata
from bsde.solve import sampled, trained
from bsde.solve.settings import Settings, TrainedSettings, read
from trainer.errors import UserError
from trainer.files import make_folder, write_atomically
from trainer.loop import processes, record
from trainer.settings import read_toml

INPUT = "input.toml"


def start(settings: Settings, folder: Path) -> bool:
    """A new run in `folder`; True when it got to the end, False when it was asked to stop.

    Raises UserError for a bad problem, and when a run is there already; nothing is then left behind."""
    problem = settings.build()
    if isinstance(settings, TrainedSettings):
        check(problem, settings.training.torch_dtype, processes.device(settings.training.device))
        trained.check(settings, problem)
    else:
        check(problem, torch.float64, "cpu")
        sampled.check(settings, problem)
    record.vacant(folder, INPUT)
    make_folder(folder)
    processes.wait()
    known = {"settings": settings.resolved(), "files": record.files(settings.files)}
    record.add(folder, {"kind": SolutionMetadata.kind, **known})
    if processes.rank() == 0:
        write_atomically(folder / INPUT, tomli_w.dumps(settings.resolved()).encode())
    processes.wait()
    return advance(folder)


def resume(folder: Path) -> bool:
    """Go on with the run in `folder`. Raises UserError when there is none, or its input, or a file of the user's that
    it names, is not what it began with."""
    if not (folder / INPUT).exists():
        raise UserError(f"{folder / INPUT}: no such file; is {folder} a run folder?")
    known = record.of_kind(folder, SolutionMetadata.kind)
    began = read(known["settings"], str(folder / record.NAME))
    record.unchanged(folder / INPUT, read_settings(folder).resolved(), began.resolved())
    record.unaltered(known["files"])
    return advance(folder)


def advance(folder: Path) -> bool:
    """What is not done yet, and its end; False when asked to stop."""
    settings = read_settings(folder)
    problem = settings.build()
    try:
        with record.alone(folder), record.session(folder) as session:
            if isinstance(settings, TrainedSettings):
                done = trained.advance(settings, problem, folder)
            else:
                done = sampled.advance(settings, problem, folder)
            session["state"] = "finished" if done else "stopped"
    except KeyboardInterrupt:  # outside of the loop, which has its own handler
        done = False
    if not done:
        processes.say(f"stopped; go on with: henrici bsde solve --resume {folder}")
    return done


def read_settings(folder: Path) -> Settings:
    """Raises UserError when input.toml is not what it should be."""
    return read(read_toml(folder / INPUT), str(folder / INPUT))
