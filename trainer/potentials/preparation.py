"""Data, model and statistics of a run: all that comes before the first step."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from trainer import export
from trainer.data import advice, consistency, doubts
from trainer.data.fingerprint import fingerprint, identity
from trainer.data.read import collect, parts
from trainer.data.store import Frames
from trainer.errors import UserError
from trainer.loop import checkpoint, processes, record
from trainer.loop.loop import CHECKPOINT
from trainer.loop.settings import TrainingSettings
from trainer.potentials import build
from trainer.potentials.examples import Example, Examples
from trainer.potentials.normalise import normalise
from trainer.potentials.potential import Potential
from trainer.potentials.settings import PotentialSettings
from trainer.potentials.start import Start, fit_reference
from trainer.potentials.statistics import energy_scale, reference_energies, shortest_distances
from trainer.potentials.surroundings import Sample
from trainer.potentials.task import PotentialTask
from trainer.sampling import Batches

DATA, SEEN = "data.h5", "seen.pt"  # files of the run folder
# at most so many frames, evenly chosen, are looked at for means over surroundings, shortest distances, the log's errors
SURROUNDINGS, DISTANCES, VALIDATION = 200, 20_000, 2_000


def prepare(settings: PotentialSettings, known: dict[str, Any], folder: Path) -> PotentialTask:
    """The task of a run. known: its record; at its start, what the data decide is added there.

    Raises UserError when the data have changed since then."""
    where = Path(known["input_folder"])
    frames, held = load_frames(settings, where, folder)
    started, start = (folder / CHECKPOINT).exists(), None
    if started:
        if fingerprint(frames) != known["data"]["fingerprint"]:
            raise UserError(f"{folder}: the training data have changed since the run began; start a new one")
        species = tuple(known["species"])
    else:
        check_labels(frames, settings)
        start = Start(where / settings.training.start, settings) if settings.training.start else None
        species = settings.species or (start.all_species(frames.species) if start else frames.species)
    processes.say(f"{len(frames)} frames to train on, {len(held)} to validate on, species {' '.join(species)}")
    model = build.potential(settings, species)
    shape = species, settings.cutoff, model.dtype
    train_set = Examples(frames, *shape, cache=0.8e9 * settings.cache)
    validation_set = Examples(some(held, VALIDATION), *shape, cache=0.2e9 * settings.cache)
    if not started:
        set_statistics(model, settings, species, train_set, start)
        if processes.rank() == 0:
            seen = Sample(len(species), settings.training.seed)
            found = describe(species, train_set, held, seen)
            record.add(folder, found | ({"start": record.files([start.path])} if start else {}))
            shortest, lookup = found["domain"]["shortest_distance_A"], found["data"]["sample"]
            for words in (*doubts.labels(frames), *doubts.lengths(shortest), *doubts.overlap(lookup, held)):
                processes.say(f"mind: {words}")
            checkpoint.save(folder / SEEN, seen.environment()._asdict())
    model = model.to(processes.device(settings.training.device))
    return PotentialTask(model, train_set, validation_set, settings.loss, batches(frames, settings.training))


def load_frames(settings: PotentialSettings, input_folder: Path, folder: Path) -> tuple[Frames, Frames]:
    """Training and validation frames. input_folder: where relative paths start; folder: of the run."""
    for process in range(2):  # process 0 makes the store, the others open it
        if process == min(processes.rank(), 1):
            frames = collect(settings.data, input_folder, folder / DATA, settings.parameters)
        processes.wait()
    return parts(frames, settings.data, settings.training.seed)


def check_labels(frames: Frames, settings: PotentialSettings) -> None:
    """Raises UserError where no label counts, and where forces or virials of a set do not belong to its energies."""
    there = [name for name, has in frames.labels.items() if has.any()]
    if not any(any(getattr(settings.loss, name)) for name in there):
        raise UserError(f"[loss]: expected a weight > 0 for what the data have, {' or '.join(there)}; all are 0")
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


def set_statistics(
    model: Potential, settings: PotentialSettings, species: Sequence[str], examples: Examples, start: Start | None
) -> None:
    """Reference energies, energy scale and normalisation, from the training data, or from a model and then the data."""
    frames = examples.frames
    reference = reference_energies(frames, species, settings.reference)
    scale = energy_scale(frames, species, reference)
    seen = [(e.environment, e.parameters) for e in sample(examples, SURROUNDINGS)]
    normalise(model, torch.from_numpy(reference), scale, [s[0] for s in seen], [s[1] for s in seen])
    if start:
        start.put_into(model, species)
        if settings.reference is None:
            new = [k for k, symbol in enumerate(species) if symbol not in start.species]
            fit_reference(model, new, sample(examples, SURROUNDINGS))
        else:
            model.reference.copy_(torch.from_numpy(reference))


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
