"""A run folder of a potential: made from an input, trained, stopped, resumed, exported.

run/input.toml     a copy of the input            run/log.csv, run/tensorboard/   the learning curve
run/run.json       all it takes to repeat it      run/checkpoint.pt               the state of the loop
run/data.h5        the frames                     run/seen.pt                     a sample of their atoms
run/model.pt       the finished model             run/lock                        held while it is trained
"""

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from trainer import contract, export
from trainer.data import advice, consistency
from trainer.data.fingerprint import fingerprint, identity
from trainer.data.read import collect, parts
from trainer.data.store import Frames
from trainer.environment import Environment
from trainer.errors import UserError
from trainer.files import locked, write_atomically
from trainer.loop import checkpoint, processes, record
from trainer.loop.log import read_rows
from trainer.loop.loop import CHECKPOINT, Loop
from trainer.loop.settings import TrainingSettings
from trainer.potentials import build
from trainer.potentials.examples import Example, Examples
from trainer.potentials.normalise import normalise
from trainer.potentials.potential import Potential
from trainer.potentials.settings import PotentialSettings
from trainer.potentials.statistics import energy_scale, reference_energies, shortest_distances
from trainer.potentials.surroundings import Sample
from trainer.potentials.task import PotentialTask
from trainer.sampling import Batches
from trainer.settings import parse, read_toml

INPUT, DATA, SEEN, LOCK = "input.toml", "data.h5", "seen.pt", "lock"
# at most so many frames, evenly chosen, are looked at for means over surroundings, shortest distances, the log's errors
SURROUNDINGS, DISTANCES, VALIDATION = 200, 20_000, 2_000


def train(input_file: Path, folder: Path) -> bool:
    """A new run in `folder`; True when it was trained to the end, False when it was asked to stop.

    Raises UserError for bad input, and when a run is there already; nothing is then left behind."""
    settings = parse(PotentialSettings, read_toml(input_file), str(input_file))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {folder}: {error.strerror}") from error
    with alone(folder):
        if processes.rank() == 0:
            if (folder / INPUT).exists():
                raise UserError(
                    f"{folder} already holds a run; --resume {folder} goes on with it, -o names another folder"
                )
            where = str(input_file.parent.resolve())
            record.add(folder, {"input_folder": where, "settings": dataclasses.asdict(settings)})
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

    Raises UserError when the data have changed since the run began."""
    recorded(folder)
    with alone(folder):
        return advance(folder)


def alone(folder: Path) -> contextlib.AbstractContextManager[None]:
    """No other training in the folder: process 0 holds a lock there."""
    return locked(folder / LOCK) if processes.rank() == 0 else contextlib.nullcontext()


def advance(folder: Path) -> bool:
    """One session of training, from the start or the last checkpoint."""
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


def prepare(settings: PotentialSettings, known: dict[str, Any], folder: Path) -> PotentialTask:
    """Data and model of a run. At its start, what the data decide is written to the record."""
    frames, held = load_frames(settings, Path(known["input_folder"]), folder)
    started = (folder / CHECKPOINT).exists()
    if started and fingerprint(frames) != known["data"]["fingerprint"]:
        raise UserError(f"{folder}: the training data have changed since the run began; start a new one")
    species = settings.species or frames.species
    processes.say(f"{len(frames)} frames to train on, {len(held)} to validate on, species {' '.join(species)}")
    model = build.potential(settings, species)
    if not started:
        check_labels(frames, settings)
    shape = species, settings.cutoff, model.dtype
    train_set = Examples(frames, *shape, cache=0.8e9 * settings.cache)
    validation_set = Examples(some(held, VALIDATION), *shape, cache=0.2e9 * settings.cache)
    if not started:
        set_statistics(model, settings, species, train_set)
        if processes.rank() == 0:
            seen = Sample(len(species), settings.training.seed)
            record.add(folder, describe(species, train_set, held, seen))
            checkpoint.save(folder / SEEN, seen.environment()._asdict())
    model = model.to(processes.device(settings.training.device))
    return PotentialTask(model, train_set, validation_set, settings.loss, batches(frames, settings.training))


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
        config=read_toml(folder / INPUT),
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


def load_frames(settings: PotentialSettings, input_folder: Path, folder: Path) -> tuple[Frames, Frames]:
    """Training and validation frames. input_folder: where relative paths start; folder: of the run."""
    for process in range(2):  # process 0 makes the store, the others open it
        if process == min(processes.rank(), 1):
            frames = collect(settings.data, input_folder, folder / DATA, settings.parameters)
        processes.wait()
    return parts(frames, settings.data, settings.training.seed)


def check_labels(frames: Frames, settings: PotentialSettings) -> None:
    """Raises UserError where forces or virials of a set do not belong to its energies."""
    for k, data in enumerate(settings.data):
        name = "[data]" if len(settings.data) == 1 else f"[[data]] number {k}"
        if data.check:
            advice.refuse(consistency.check(frames.subset(np.flatnonzero(frames.column("set") == k))), data, name)


def batches(frames: Frames, training: TrainingSettings) -> Batches:
    """So many frames a step, or frames of so many atoms."""
    if training.batch:
        return Batches(np.ones(len(frames), np.int64), training.batch, training.seed)
    return Batches(frames.atoms, training.batch_atoms, training.seed)


def some(frames: Frames, most: int) -> Frames:
    """At most so many frames, evenly chosen."""
    return frames[:: -(-len(frames) // most)]


def sample(examples: Examples, most: int) -> Iterator[Example]:
    """At most so many examples, evenly chosen."""
    return (examples[k] for k in range(0, len(examples), -(-len(examples) // most)))


def set_statistics(model: Potential, settings: PotentialSettings, species: Sequence[str], examples: Examples) -> None:
    """Reference energies, energy scale and normalisation, from the training data."""
    frames = examples.frames
    reference = reference_energies(frames, species, settings.reference)
    scale = energy_scale(frames, species, reference)
    seen = [(e.environment, e.parameters) for e in sample(examples, SURROUNDINGS)]
    normalise(model, torch.from_numpy(reference), scale, [s[0] for s in seen], [s[1] for s in seen])


def describe(species: Sequence[str], train: Examples, held: Frames, seen: Sample) -> dict[str, Any]:
    """What a model file will say of the data and of where it was made. seen: looks at the frames on the way."""
    environments = (seen.add(e.environment) for e in sample(train, DISTANCES))
    return {
        "species": species,
        "data": {**identity(train.frames), "train_frames": len(train), "validation_frames": len(held)},
        "files": record.files(train.frames.sources["files"]),
        "domain": {"shortest_distance_A": shortest_distances(environments, species)},
        "versions": export.versions(),
    }


def discard(folder: Path) -> None:
    """Remove a run that never began."""
    for name in (INPUT, record.NAME, DATA, SEEN, LOCK):
        (folder / name).unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
