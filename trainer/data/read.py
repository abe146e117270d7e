"""Frames from paths of any kind, the store of all sets of an input, and which frames are for validation."""

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from trainer.data import ase_formats, deepmd, dpdata_formats, store
from trainer.data.frame import Frame
from trainer.data.settings import DataSettings
from trainer.data.store import Frames
from trainer.errors import UserError
from trainer.sampling import generator

BLOCKS = 20  # a file that names no trajectories is taken for one, and split into so many stretches
Numbers = npt.NDArray[np.int64]


def read(
    patterns: Sequence[str], settings: DataSettings, folder: Path, parameters: Sequence[str] = ()
) -> Iterator[Frame]:
    """All frames of all files, in order. patterns: relative to `folder`; parameters: names of what every frame needs.

    Raises UserError in one line."""
    for path in (path for pattern in patterns for path in expand(folder, pattern)):
        if settings.format is not None:
            if parameters:
                raise UserError(f"{path}: parameters are read from extended XYZ, ase.db and DeePMD systems only")
            yield from dpdata_formats.read(path, settings)
        elif path.is_dir():
            for system in deepmd.systems(path):
                yield from deepmd.read(system, settings, parameters)
        else:
            yield from ase_formats.read(path, settings, parameters)


def expand(folder: Path, pattern: str) -> list[Path]:
    """The path, or those that match when there is a * in it."""
    path = folder / pattern
    if path.exists():
        return [path]
    root = Path(path.anchor)
    matches = sorted(root.glob(str(path.relative_to(root)))) if "*" in pattern else []
    if not matches:
        raise UserError(f"{path}: no such file or folder")
    return matches


def collect(sets: Sequence[DataSettings], folder: Path, path: Path, parameters: Sequence[str] = ()) -> Frames:
    """All frames of all sets, training and validation, in a store at `path`, where they are looked for first.

    parameters: names of what every frame needs besides. They are read again when a file has changed since, by its size
    or time, or the sets or names have. Raises UserError."""
    described = [dataclasses.asdict(data) for data in sets]
    sources = json.loads(json.dumps({"files": files(sets, folder), "sets": described, "parameters": parameters}))
    if path.exists():
        known = Frames(path)
        if known.sources == sources:
            return known
    frames = tqdm(every(sets, folder, parameters), desc="reading", unit=" frames", delay=3, leave=False, disable=None)
    return store.write(path, frames, sources)


def every(sets: Sequence[DataSettings], folder: Path, parameters: Sequence[str]) -> Iterator[tuple[Frame, int, bool]]:
    """Frames, the numbers of their sets, and whether they come from a file for validation."""
    for number, data in enumerate(sets):
        yield from ((frame, number, False) for frame in read(data.train, data, folder, parameters))
        if not isinstance(data.validation, float):
            yield from ((frame, number, True) for frame in read(data.validation, data, folder, parameters))


def files(sets: Sequence[DataSettings], folder: Path) -> dict[str, Any]:
    """Size and time of change of every file that the sets name."""
    patterns = [
        p for data in sets for part in (data.train, data.validation) if not isinstance(part, float) for p in part
    ]
    found: dict[str, Any] = {}
    for path in (path for pattern in patterns for path in expand(folder, pattern)):
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            found[str(file)] = [file.stat().st_size, file.stat().st_mtime_ns]
    return found


def parts(frames: Frames, sets: Sequence[DataSettings], seed: int) -> tuple[Frames, Frames]:
    """Training and validation frames of all sets. Raises UserError when there are none of one kind."""
    train, held = [], []
    for number, data in enumerate(sets):
        own = np.flatnonzero(frames.column("set") == number)
        if isinstance(data.validation, float):
            chosen = split(frames.column("trajectory")[own], data.validation, seed)
        else:
            validation = frames.column("held")[own]
            chosen = ~validation, validation
        train.append(own[chosen[0]])
        held.append(own[chosen[1]])
    parts = frames.subset(np.concatenate(train)), frames.subset(np.concatenate(held))
    if not len(parts[1]):
        raise UserError("no frames to validate on: give files, or a fraction of the training data, in 'validation'")
    return parts


def split(trajectory: Numbers, fraction: float, seed: int) -> tuple[Numbers, Numbers]:
    """Numbers of the training and of the validation frames, in order; trajectory: [frames] which one a frame is of.

    Whole trajectories are held out; where there are few, each is cut into stretches in time. Raises UserError when
    either part would be empty."""
    frames = len(trajectory)
    piece = np.unique(trajectory, return_inverse=True)[1]
    if piece.max(initial=0) + 1 < 1 / fraction:
        piece = stretches(piece)
    pieces = int(piece.max(initial=-1)) + 1
    order = torch.randperm(pieces, generator=generator(seed)).numpy()
    sizes = np.bincount(piece, minlength=pieces)[order]
    before = np.cumsum(sizes) - sizes
    held = np.isin(piece, order[before < fraction * frames])
    if held.all() or not held.any():
        raise UserError(
            f"{frames} frame{'s' * (frames != 1)} cannot be split into training and validation; give a file for each"
        )
    return np.flatnonzero(~held), np.flatnonzero(held)


def stretches(piece: Numbers) -> Numbers:
    """Each piece cut into consecutive parts of nearly equal length, at most BLOCKS of them: [frames] their numbers."""
    result, count = np.empty_like(piece), 0
    for number in range(int(piece.max(initial=-1)) + 1):
        own = np.flatnonzero(piece == number)
        blocks = min(BLOCKS, len(own))
        result[own] = count + np.arange(len(own)) * blocks // len(own)
        count += blocks
    return result
