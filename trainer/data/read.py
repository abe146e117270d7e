"""Frames from paths of any kind, and which of them are for validation."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import torch

from trainer.data import ase_formats, deepmd
from trainer.data.frame import Frame
from trainer.data.settings import DataSettings
from trainer.errors import UserError
from trainer.sampling import generator

BLOCKS = 20  # a file that names no trajectories is taken for one, and split into so many stretches


def read(patterns: Sequence[str], settings: DataSettings, folder: Path) -> list[Frame]:
    """All frames of all files, in order. patterns: relative to `folder`. Raises UserError in one line."""
    frames: list[Frame] = []
    for pattern in patterns:
        for path in expand(folder, pattern):
            if path.is_dir():
                for system in deepmd.systems(path):
                    frames.extend(deepmd.read(system, settings))
            else:
                frames.extend(ase_formats.read(path, settings))
    return frames


def expand(folder: Path, pattern: str) -> list[Path]:
    """The path, or those that match when there is a * in it."""
    path = folder / pattern
    if path.exists():
        return [path]
    matches = sorted(path.parent.glob(path.name)) if "*" in path.name else []
    if not matches:
        raise UserError(f"{path}: no such file or folder")
    return matches


def split(frames: Sequence[Frame], fraction: float, seed: int) -> tuple[list[Frame], list[Frame]]:
    """Training and validation frames. Whole trajectories are held out; a single one is cut into stretches in time.

    Raises UserError when either part would be empty."""
    groups: dict[str, list[Frame]] = {}
    for frame in frames:
        groups.setdefault(frame.trajectory, []).append(frame)
    pieces = list(groups.values())
    if len(pieces) < 1 / fraction:
        pieces = [stretch for group in pieces for stretch in cut(group, BLOCKS)]
    held: list[Frame] = []
    order = torch.randperm(len(pieces), generator=generator(seed)).tolist()
    while order and len(held) < fraction * len(frames):
        held.extend(pieces[order.pop()])
    train = [frame for k in sorted(order) for frame in pieces[k]]
    if not train or not held:
        raise UserError(f"{len(frames)} frames cannot be split into training and validation; give a file for each")
    return train, held


def cut(frames: list[Frame], blocks: int) -> list[list[Frame]]:
    """Consecutive stretches of nearly equal length, at most `blocks`."""
    blocks = min(blocks, len(frames))
    edges = [len(frames) * k // blocks for k in range(blocks + 1)]
    return [frames[a:b] for a, b in pairwise(edges)]
