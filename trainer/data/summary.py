"""What is in a data set: ranges, shortest distances, near-duplicates, outliers. One pass; some ten numbers a frame."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from ase.units import GPa
from torch import Tensor

from trainer.data.frame import Array, Frame, indices
from trainer.data.store import Frames
from trainer.environment import Neighbors
from trainer.errors import UserError

CUTOFF = 5.0  # angstrom, within which neighbours are looked for
SAME = 1e-5  # relative difference of invariants below which frames are near-duplicates
GROUP = 20  # frames of one composition, from which they have a median and spread of their own
FAR = 8.0  # robust standard deviations that make an energy an outlier
NAMED = 5  # frames, of each kind
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Summary:
    """Columns have an entry a frame, nan where there is none."""

    compositions: dict[str, int]  # formula: number of frames
    reference: dict[str, float]  # eV, of an atom of each species, fitted to the energies by composition
    energy: Array  # eV/atom, beyond the fit
    deviation: Array  # of energy from the median of its composition, in robust standard deviations
    force: Array  # eV/angstrom, the largest norm
    force_rms: float  # eV/angstrom, of the components
    pressure: Array  # GPa
    volume: Array  # angstrom^3/atom, of what repeats in three directions
    shortest: dict[str, float]  # angstrom, of each pair of species that meets within CUTOFF
    isolated: Numbers  # numbers of the frames with several atoms, one of which is alone within CUTOFF
    duplicates: Numbers  # numbers of the frames that are nearly the same as another one

    def outliers(self) -> list[int]:
        """Numbers of the frames whose energies are far from those of the others, worst first."""
        z = np.nan_to_num(self.deviation)
        return [int(k) for k in np.argsort(-z)[:NAMED] if z[k] > FAR]

    def largest_forces(self) -> list[int]:
        order = np.argsort(-np.nan_to_num(self.force, nan=-1.0))
        return [int(k) for k in order[:NAMED] if self.force[k] >= 0]


def summarise(frames: Frames, once: Iterable[Frame]) -> Summary:
    """once: the same frames, e.g. with a progress bar. Raises UserError naming a frame that cannot be used."""
    species, neighbors = frames.species, Neighbors(CUTOFF)
    kinds: dict[tuple[int, ...], int] = {}  # composition: its number
    kind, rows = np.zeros(len(frames), np.int64), np.zeros((len(frames), 4 + INVARIANTS))
    least = np.full((len(species), len(species)), np.inf)
    squares = components = 0.0
    for k, f in enumerate(once):
        number = indices(f, species)
        composition = tuple(np.bincount(number, minlength=len(species)).tolist())
        kind[k] = kinds.setdefault(composition, len(kinds))
        if f.forces is not None:
            squares, components = squares + float(np.square(f.forces).sum()), components + f.forces.size
        rows[k] = [*labels(f), *surroundings(f, number, neighbors, least)]
    table = np.array(list(kinds)).reshape(-1, len(species))
    reference, beyond = fit(table, kind, frames.column("energy"))
    met = [(i, j) for i in range(len(species)) for j in range(i, len(species)) if least[i, j] < np.inf]
    return Summary(
        compositions={formula(species, c): int((kind == n).sum()) for c, n in kinds.items()},
        reference=dict(zip(species, reference.tolist(), strict=True)),
        energy=beyond / frames.atoms,
        deviation=robust(beyond / frames.atoms, kind),
        force=rows[:, 0],
        force_rms=(squares / components) ** 0.5 if components else float("nan"),
        pressure=rows[:, 1],
        volume=rows[:, 2],
        shortest={f"{species[i]}-{species[j]}": float(least[i, j]) for i, j in met},
        isolated=np.flatnonzero((rows[:, 3] > 0) & (frames.atoms > 1)),
        duplicates=duplicates(rows[:, 4:], kind),
    )


def labels(f: Frame) -> tuple[float, float, float]:
    """The largest force, eV/angstrom, the pressure, GPa, and the volume of an atom, angstrom^3."""
    force = np.nan if f.forces is None else float(np.linalg.norm(f.forces, axis=1).max())
    periodic = bool(f.pbc.all())
    pressure = np.nan if f.virial is None or not periodic else float(np.trace(f.virial)) / 3 / f.volume / GPa
    return force, pressure, f.volume / len(f.symbols) if periodic else np.nan


INVARIANTS = 6


def surroundings(f: Frame, number: Numbers, neighbors: Neighbors, least: Array) -> list[float]:
    """How many atoms are alone, and INVARIANTS numbers that do not change with rotations, translations or the order of
    atoms: means over the atoms of sum_j w, w r, w r^2, each once alone and once with the product of the species'
    numbers, w = (1 - r^2 / CUTOFF^2)^3. least [T, T]: the shortest distances, lowered where shorter ones are found."""
    try:
        e = neighbors(number, f.positions, f.cell, f.pbc)
    except UserError as error:
        raise UserError(f"{f.source}: {error}") from None
    count, r = np.diff(numpy(e.row)), np.linalg.norm(numpy(e.displacement), axis=1)
    i, j = np.repeat(number, count), number[numpy(e.neighbor)]
    np.minimum.at(least, (np.minimum(i, j), np.maximum(i, j)), r)
    w = (1 - np.square(r / CUTOFF)) ** 3
    products = (1 + i) * (1 + j)
    moments = [float((p * w * r**k).sum()) / len(number) for p in (1, products) for k in range(3)]
    return [float((count == 0).sum()), *moments]


def numpy(tensor: Tensor) -> npt.NDArray[np.generic]:
    return np.asarray(tensor.numpy())


def formula(species: tuple[str, ...], composition: tuple[int, ...]) -> str:
    """H2O for (2, 1) of (H, O)"""
    return "".join(f"{s}{n if n > 1 else ''}" for s, n in zip(species, composition, strict=True) if n)


def fit(table: Array, kind: Numbers, energy: Array) -> tuple[Array, Array]:
    """Energies of the species, eV, by least squares over the frames, and what is left of every frame's.

    table: [kinds, T] compositions; kind, energy: [frames]. Frames of one composition count as their mean does."""
    known = ~np.isnan(energy)
    frames = np.bincount(kind[known], minlength=len(table))
    mean = np.bincount(kind[known], energy[known], minlength=len(table)) / np.maximum(frames, 1)
    weight = np.sqrt(frames)
    reference = np.asarray(np.linalg.lstsq(weight[:, None] * table, weight * mean, rcond=None)[0], dtype=np.float64)
    return reference, energy - (table @ reference)[kind]


def robust(values: Array, kind: Numbers) -> Array:
    """|x - median| / (1.4826 median |x - median|), of the values of the same kind where there are GROUP or more."""
    of = np.where(np.bincount(kind)[kind] >= GROUP, kind, -1)
    result = np.full(len(values), np.nan)
    order = np.argsort(of, kind="stable")
    for own in np.split(order, np.flatnonzero(np.diff(of[order])) + 1):
        known = own[~np.isnan(values[own])]
        if len(known) >= GROUP:
            distance = np.abs(values[known] - np.median(values[known]))
            result[known] = distance / max(1.4826 * float(np.median(distance)), 1e-4)  # .1 meV/atom is no outlier
    return result


def duplicates(invariants: Array, kind: Numbers) -> Numbers:
    """Numbers of the frames that agree in all invariants with another one of the same kind, its first twin left out.

    Sorted by the first invariant, twins are neighbours."""
    order = np.lexsort((invariants[:, 0], kind))
    a, b = invariants[order[:-1]], invariants[order[1:]]
    close = (np.abs(a - b) <= SAME * np.abs(a)).all(axis=1) & (kind[order[:-1]] == kind[order[1:]])
    return np.sort(order[1:][close])
