"""Structures deformed at random: the first labels, before there is a model, and what walks start from."""

from collections.abc import Iterator, Sequence

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray

from trainer.active.settings import PerturbationSettings, StageSettings

CLOSEST = 0.65  # of the structure's own shortest distance: atoms nearer than that tell a potential little
CALMER = 0.9  # how much less atoms are displaced when some came too near
CUTOFFS = (2.0, 4.0, 8.0)  # angstrom, in which the shortest distance is looked for


def perturbed(
    structures: Sequence[Atoms],
    settings: PerturbationSettings,
    seed: int,
    compositions: Sequence[dict[str, float]] = (),
) -> list[Atoms]:
    """`count` structures: those given, as they are, then copies of one after the other, r -> (1 + strain) r + u.

    Of each structure there is a copy with its own elements, then one of each of the compositions, as walks will have
    them: a model that never saw two elements together can say nothing of a mixture.

    The strain is symmetric, its elements uniform up to settings.strain; on top of it comes a change of the volume,
    uniform up to settings.volume. Coordinates of u are normal, in copy k of n with k / n times settings.displacement
    for a standard deviation."""
    frames = [plain(atoms) for atoms in structures[: settings.count]]
    copies = settings.count - len(frames)
    for k, (original, random) in enumerate(originals(structures, copies, seed, compositions)):
        strain = random_strain(settings.strain, random)
        edge = (1 + random.uniform(-settings.volume, settings.volume)) ** (1 / 3)
        atoms = strained(original, edge * (np.eye(3) + strain) - np.eye(3))
        frames.append(displaced(atoms, settings.displacement * (k + 1) / copies, random))
    return frames


def originals(
    structures: Sequence[Atoms], copies: int, seed: int, compositions: Sequence[dict[str, float]]
) -> Iterator[tuple[Atoms, np.random.Generator]]:
    """What each of the copies is before it is deformed, and the random numbers for that."""
    for k in range(copies):
        random = np.random.default_rng([seed, k])
        turn, kind = divmod(k, 1 + len(compositions))
        original = plain(structures[turn % len(structures)])
        if kind:
            original.symbols = composed(compositions[kind - 1], len(original), random)
        yield original, random


def start(structure: Atoms, stage: StageSettings, random: np.random.Generator) -> Atoms:
    """What a walk begins with: the structure repeated, its elements given anew, strained; as the stage says.

    The ensemble "displace" strains each look instead."""
    atoms = plain(structure) * stage.repeat
    if stage.composition is not None:
        atoms.symbols = composed(stage.composition, len(atoms), random)
    return strained(atoms, random_strain(stage.strain, random)) if stage.ensemble != "displace" else atoms


def plain(atoms: Atoms) -> Atoms:
    return Atoms(atoms.symbols, atoms.positions, cell=atoms.cell, pbc=atoms.pbc)


def random_strain(largest: float, random: np.random.Generator) -> NDArray[np.float64]:
    """[3, 3] symmetric, its elements uniform in (-largest, largest)"""
    upper = np.triu(random.uniform(-largest, largest, (3, 3)))
    return np.asarray(upper + np.triu(upper, 1).T)


def strained(atoms: Atoms, strain: NDArray[np.float64]) -> Atoms:
    """r -> (1 + strain) r, about the centre of the atoms; cell vectors along which nothing repeats stay."""
    deformation = np.eye(3) + strain
    center = atoms.positions.mean(axis=0)
    cell = np.where(atoms.pbc[:, None], atoms.cell @ deformation, atoms.cell)
    return Atoms(atoms.symbols, center + (atoms.positions - center) @ deformation, cell=cell, pbc=atoms.pbc)


def displaced(atoms: Atoms, deviation: float, random: np.random.Generator) -> Atoms:
    """Coordinates displaced by normal numbers, angstrom; by less and less as long as some atoms come too near."""
    moved, nearest = atoms.copy(), CLOSEST * shortest(atoms)
    while True:
        moved.positions = atoms.positions + random.normal(0.0, deviation, atoms.positions.shape)
        if deviation == 0 or not len(neighbor_list("d", moved, nearest)):
            return moved
        deviation = CALMER * deviation if deviation > 1e-3 else 0.0


def shortest(atoms: Atoms) -> float:
    """Distance of the nearest two atoms or images, angstrom; 0 where all are far apart."""
    found = (neighbor_list("d", atoms, cutoff) for cutoff in CUTOFFS)
    return next((float(d.min()) for d in found if len(d)), 0.0)


def composed(fractions: dict[str, float], sites: int, random: np.random.Generator) -> list[str]:
    """Elements of the sites, in random order: of each the nearest whole numbers to its fraction, so that many draws
    have the fractions on average."""
    symbols, wanted = list(fractions), sites * np.array(list(fractions.values()))
    whole = np.floor(wanted + 1e-9).astype(int)
    rest = np.clip(wanted - whole, 0.0, None)
    left = sites - int(whole.sum())
    if left:
        whole[random.choice(len(symbols), left, replace=False, p=rest / rest.sum())] += 1
    return [str(s) for s in random.permutation(np.repeat(symbols, whole))]
