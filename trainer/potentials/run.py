"""A run folder of a potential: made from an input, trained, stopped, resumed, exported.

    run/input.toml     a copy of the input            run/log.csv, run/tensorboard/   the learning curve
    run/run.json       what the data were             run/checkpoint.pt               the state of the loop
    run/model.pt       the finished model
"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from trainer import contract, export
from trainer.data.frame import Frame, fingerprint, species_of
from trainer.data.read import read, split
from trainer.errors import UserError
from trainer.files import write_atomically
from trainer.loop import checkpoint
from trainer.loop.loop import CHECKPOINT, Loop
from trainer.potentials import build
from trainer.potentials.examples import Example, examples
from trainer.potentials.potential import Potential
from trainer.potentials.settings import PotentialSettings
from trainer.potentials.statistics import energy_scale, reference_energies, shortest_distances
from trainer.potentials.task import PotentialTask
from trainer.settings import parse, read_toml

SAMPLE = 200  # frames that the statistics of the surroundings are taken from


def train(input_file: Path, folder: Path) -> bool:
    """A new run in `folder`; True when it was trained to the end. Raises UserError when a run is there already."""
    if (folder / CHECKPOINT).exists():
        raise UserError(f"{folder} already holds a run; --resume {folder} goes on with it, -o names another folder")
    settings = parse(PotentialSettings, read_toml(input_file), str(input_file))
    frames, held = load_frames(settings, input_file.parent)
    species = settings.data.species or species_of(frames)
    model, train_set, validation_set = make(settings, species, frames, held)
    given = settings.data.reference
    reference = reference_energies(frames, species, given and {k: e * settings.data.eV for k, e in given.items()})
    environments = [e.environment for e in train_set]
    build.normalise(
        model, torch.from_numpy(reference), energy_scale(frames, species, reference), environments[:: stride(train_set)]
    )
    record = {
        "input_folder": str(input_file.parent.resolve()),
        "species": species,
        "data": {"fingerprint": fingerprint(frames), "train_frames": len(frames), "validation_frames": len(held)},
        "domain": {"shortest_distance_A": shortest_distances(environments, species)},
        "versions": export.versions(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot make the folder {folder}: {error.strerror}") from error
    write_atomically(folder / "input.toml", input_file.read_bytes())
    write_atomically(folder / "run.json", json.dumps(record, indent=1).encode())
    return finish(Loop(task(settings, model, train_set, validation_set), settings.training, folder))


def resume(folder: Path) -> bool:
    """Go on with the run in `folder`; True when it was trained to the end. Raises UserError when the data have changed."""
    settings, record = recorded(folder)
    frames, held = load_frames(settings, Path(record["input_folder"]))
    if fingerprint(frames) != record["data"]["fingerprint"]:
        raise UserError(f"{folder}: the training data have changed since the run began; start a new one")
    model, train_set, validation_set = make(settings, record["species"], frames, held)
    loop = Loop(task(settings, model, train_set, validation_set), settings.training, folder)
    loop.resume()
    return finish(loop)


def export_run(folder: Path, path: Path) -> None:
    """Write the averaged parameters of the last checkpoint as a model file. Needs no data."""
    settings, record = recorded(folder)
    model = build.potential(settings, len(record["species"]))
    state = checkpoint.load(folder / CHECKPOINT)["average"]
    model.load_state_dict({key.removeprefix("module."): value for key, value in state.items() if key != "n_averaged"})
    with (folder / "log.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    metadata = contract.PotentialMetadata(
        dtype=settings.dtype,
        units={"energy": "eV", "length": "angstrom"},
        species=tuple(record["species"]),
        cutoff=settings.deep_pot_se.cutoff,
        config=read_toml(folder / "input.toml"),
        data=record["data"],
        domain=record["domain"],
        validation={k.split("/")[1]: float(v) for k, v in rows[-1].items() if "validation/" in k} if rows else {},
        versions=record["versions"],
    )
    scripted = export.script(build.finished(model))
    contract.check_potential(scripted, metadata)
    export.save(scripted, metadata, path)


def recorded(folder: Path) -> tuple[PotentialSettings, dict[str, Any]]:
    """The input and run.json of a run folder."""
    settings = parse(PotentialSettings, read_toml(folder / "input.toml"), str(folder / "input.toml"))
    try:
        return settings, json.loads((folder / "run.json").read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"{folder / 'run.json'}: cannot be read: {error}; start the run again") from None


def load_frames(settings: PotentialSettings, folder: Path) -> tuple[list[Frame], list[Frame]]:
    """Training and validation frames. folder: where relative paths start."""
    frames = read(settings.data.train, settings.data, folder)
    if isinstance(settings.data.validation, float):
        return split(frames, settings.data.validation, settings.training.seed)
    return frames, read(settings.data.validation, settings.data, folder)


def make(
    settings: PotentialSettings, species: Sequence[str], frames: Sequence[Frame], held: Sequence[Frame]
) -> tuple[Potential, list[Example], list[Example]]:
    """An untrained model, and both sets as tensors."""
    model = build.potential(settings, len(species))
    cutoff = settings.deep_pot_se.cutoff
    train_set, validation_set = (examples(part, species, cutoff, model.dtype) for part in (frames, held))
    print(f"{len(frames)} frames to train on, {len(held)} to validate, species {' '.join(species)}", flush=True)
    return model, train_set, validation_set


def task(
    settings: PotentialSettings, model: Potential, train_set: Sequence[Example], validation_set: Sequence[Example]
) -> PotentialTask:
    return PotentialTask(
        model, train_set, validation_set, settings.loss, settings.training.seed, settings.training.batch
    )


def stride(train_set: Sequence[Example]) -> int:
    """Every how manyth example is taken for the statistics of the surroundings."""
    return max(1, len(train_set) // SAMPLE)


def finish(loop: Loop) -> bool:
    """Train, and write model.pt when that came to an end."""
    done = loop.run()
    if done:
        export_run(loop.folder, loop.folder / "model.pt")
        print(f"wrote {loop.folder / 'model.pt'}")
    else:
        print(f"stopped at step {loop.step}; go on with: henrici train --resume {loop.folder}")
    return done
