"""Frames as tensors: neighbour lists made once, labels with masks, batches as one graph."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, overload

import torch
from torch import Tensor

from trainer.data.frame import Frame, indices
from trainer.data.store import Frames, in_memory
from trainer.environment import Environment, Neighbors, concatenate
from trainer.errors import UserError

COINCIDENT = 1e-6  # angstrom
OVERHEAD = 4000  # bytes of an Example besides its numbers: ten tensors


class Example(NamedTuple):
    """One frame, or several as one graph. A label that is missing is nan."""

    environment: Environment  # of all N atoms
    frame: Tensor  # [N] int64, which of the B frames an atom is in
    energy: Tensor  # [B] float64, eV
    forces: Tensor  # [N, 3] eV/angstrom
    virial: Tensor  # [B, 3, 3] eV
    atoms: Tensor  # [B] number of atoms
    volume: Tensor  # [B] float64, angstrom^3; nan for what is not periodic in three directions
    weight: Tensor  # [B] float64, of the frame in the loss
    parameters: Tensor  # [N, P] float64, what the energies depend on besides; P = 0 for most models

    def to(self, device: torch.device | str) -> "Example":
        """The same on another device."""
        environment = Environment(*(t.to(device) for t in self.environment))
        return Example(environment, *(t.to(device) for t in self[1:]))


def example(frame: Frame, species: Sequence[str], neighbors: Neighbors, dtype: torch.dtype) -> Example:
    """dtype: of displacements, forces and virial; the energy stays in float64, where it is compared."""
    n = len(frame.symbols)
    number = indices(frame, species)
    try:
        environment = neighbors(number, frame.positions, frame.cell, frame.pbc)
    except UserError as error:
        raise UserError(f"{frame.source}: {error}") from None
    closest = float(environment.displacement.square().sum(dim=1).min()) if len(environment.neighbor) else 1.0
    if closest < COINCIDENT**2:
        raise UserError(f"{frame.source}: two atoms at the same place: no force has a direction there; drop the frame")
    nan = float("nan")
    return Example(
        environment._replace(displacement=environment.displacement.to(dtype)),
        torch.zeros(n, dtype=torch.int64),
        torch.tensor([nan if frame.energy is None else frame.energy], dtype=torch.float64),
        torch.full((n, 3), nan, dtype=dtype) if frame.forces is None else torch.tensor(frame.forces, dtype=dtype),
        torch.full((1, 3, 3), nan, dtype=dtype)
        if frame.virial is None
        else torch.tensor(frame.virial[None], dtype=dtype),
        torch.tensor([n]),
        torch.tensor([frame.volume if frame.pbc.all() else nan], dtype=torch.float64),
        torch.tensor([frame.weight], dtype=torch.float64),
        torch.zeros(n, 0, dtype=torch.float64) if frame.parameters is None else torch.tensor(frame.parameters),
    )


class Examples(Sequence[Example]):
    """Examples of frames, made when they are asked for; those made first are kept, as many as fit in `cache` bytes.

    Batches visit all frames in random orders: keeping the share p of them saves the share p of the work, where keeping
    the latest would save p^2 / 2."""

    def __init__(self, frames: Frames, species: Sequence[str], cutoff: float, dtype: torch.dtype, cache: float):
        self.frames, self._species, self._dtype = frames, species, dtype
        self._neighbors, self._made, self._left = Neighbors(cutoff), dict[int, Example](), cache

    def __len__(self) -> int:
        return len(self.frames)

    @overload
    def __getitem__(self, k: int) -> Example: ...
    @overload
    def __getitem__(self, k: slice) -> "Sequence[Example]": ...
    def __getitem__(self, k: int | slice) -> "Example | Sequence[Example]":
        """Raises UserError naming the frame that has a species the model does not know."""
        if isinstance(k, slice):
            return [self[number] for number in range(*k.indices(len(self)))]
        if k not in self._made:
            made = example(self.frames[k], self._species, self._neighbors, self._dtype)
            size = OVERHEAD + sum(t.nbytes for t in (*made.environment, *made[1:]))
            if size > self._left:
                return made
            self._left -= size
            self._made[k] = made
        return self._made[k]

    def __iter__(self) -> Iterator[Example]:
        return (self[k] for k in range(len(self)))


def examples(
    frames: Iterable[Frame], species: Sequence[str], cutoff: float, dtype: torch.dtype, cache: float = 1e9
) -> Examples:
    """Of the frames of a store, or of a few frames in memory. cache: bytes."""
    return Examples(frames if isinstance(frames, Frames) else in_memory(frames), species, cutoff, dtype, cache)


def batch(parts: Sequence[Example]) -> Example:
    """Several examples as one graph."""
    return Example(
        concatenate([p.environment for p in parts]),
        torch.cat([torch.full_like(p.frame, k) for k, p in enumerate(parts)]),
        torch.cat([p.energy for p in parts]),
        torch.cat([p.forces for p in parts]),
        torch.cat([p.virial for p in parts]),
        torch.cat([p.atoms for p in parts]),
        torch.cat([p.volume for p in parts]),
        torch.cat([p.weight for p in parts]),
        torch.cat([p.parameters for p in parts]),
    )


class Prediction(NamedTuple):
    """What a potential answers for an Example, in the same shapes and units."""

    energy: Tensor  # [B] float64, eV
    forces: Tensor  # [N, 3] eV/angstrom
    virial: Tensor  # [B, 3, 3] eV
