"""Which configurations are unlike one another: farthest-point sampling, environment by environment.

    z(D) = [U^T (D - <D>), |(1 - U U^T) (D - <D>)|] / sigma      as in trainer/potentials/domain.py, of each species
    d_i = min_j |z_i - z_j|                                      j over atoms of what is known and of what was chosen
    novelty(c) = max_i d_i                                       i over the atoms of configuration c

Each step chooses the configuration of the largest novelty (Gonzalez, Theor. Comput. Sci. 38, 293 (1985)). A d_i up to l
counts as none, so it ends when only near-duplicates are left; l is half the median distance of a known atom from its
nearest in another configuration.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from ase import Atoms
from torch import Tensor

from ase_calculator.committee import unprofiled
from trainer import export
from trainer.contract import PotentialMetadata
from trainer.environment import Neighbors, concatenate
from trainer.potentials.domain import FLOOR, SAME, coordinates, principal_axes

ATOMS = 4096  # whose descriptors are computed at once
BLOCK = 512  # atoms on either side whose distances are in memory at once, and stay in the cache
QUERIES = 2000  # known atoms by which l is estimated
LEAST = 0.01  # l where the known are alike: what is left of sigma by rounding
AXES_FROM = 20_000  # atoms from which principal components are taken


class Surroundings(NamedTuple):
    """Of n atoms of one species."""

    z: Tensor  # [n, C + 1]
    configuration: Tensor  # [n] int64, whose atom it is


def descriptors(structures: Sequence[Atoms], model: Path) -> tuple[Tensor, Tensor, Tensor] | None:
    """[n, D] of all atoms, [n] their species, [n] the number of their structure; None where the file has none.

    Raises UserError when the file is not a potential that this version reads."""
    module, metadata = export.load(model, PotentialMetadata)
    if not hasattr(module, "descriptors") or not structures:
        return None
    neighbors = Neighbors(metadata.cutoff)
    found, numbers = [], []
    for batch in batches(structures):
        environments = []
        for atoms in batch:
            number = np.array([metadata.species.index(s) for s in atoms.symbols])
            environments.append(neighbors(number, atoms.positions, np.array(atoms.cell), atoms.pbc))
        together = concatenate(environments)
        with unprofiled(), torch.no_grad():
            found.append(module.descriptors(*together).to(torch.float64))
        numbers.append(together.species)
    d, species = torch.cat(found), torch.cat(numbers)
    structure = torch.repeat_interleave(torch.tensor([len(atoms) for atoms in structures]))
    return (d, species, structure) if d.shape[1] else None


def batches(structures: Sequence[Atoms]) -> Iterator[list[Atoms]]:
    batch: list[Atoms] = []
    for atoms in structures:
        batch.append(atoms)
        if sum(map(len, batch)) >= ATOMS:
            yield batch
            batch = []
    if batch:
        yield batch


def whitened(d: Tensor) -> Tensor:
    """z: [n, D] -> [n, C + 1]"""
    part = d[:: -(-len(d) // AXES_FROM)]
    mean = part.mean(0)
    x = coordinates(d, mean, principal_axes(part - mean))
    spread = x.std(0, correction=0)
    sigma = spread.clamp(min=FLOOR * max(float(spread.max()), SAME * float(mean.norm()), SAME))
    return x / sigma


def nearest(a: Tensor, b: Tensor) -> Tensor:
    """min_j |a_i - b_j|: [n, C], [m, C] -> [n]; infinite where m = 0"""
    left = torch.cat([a, torch.ones_like(a[:, :1])], 1)  # |a - b|^2 = |a|^2 + (a, 1) . (-2 b, |b|^2)
    right = torch.cat([-2.0 * b, b.square().sum(1, keepdim=True)], 1)
    least = torch.full_like(a[:, 0], float("inf"))
    for part, smallest in zip(torch.split(left, BLOCK), torch.split(least, BLOCK), strict=True):
        for other in torch.split(right, BLOCK) if len(b) else ():
            torch.minimum(smallest, (part @ other.T).amin(1), out=smallest)
    return (least + a.square().sum(1)).clamp(min=0.0).sqrt()


def duplicate_level(known: Surroundings) -> float:
    """l of one species."""
    z, configuration = known
    if not len(z):
        return LEAST
    distances = []
    for some in torch.split(torch.arange(0, len(z), -(-len(z) // QUERIES)), BLOCK):
        d = torch.cdist(z[some], z)
        d[configuration[some, None] == configuration] = float("inf")
        distances.append(d.amin(1))
    median = float(torch.cat(distances).median())
    return max(LEAST, 0.5 * median) if median < float("inf") else LEAST


def farthest(
    candidates: Sequence[Surroundings], known: Sequence[Surroundings], configurations: int, number: int
) -> list[int]:
    """At most `number` of the configurations, in the order of choice. candidates, known: one of each species."""
    level = [duplicate_level(k) for k in known]
    distance = [nearest(c.z, k.z) for c, k in zip(candidates, known, strict=True)]
    chosen: list[int] = []
    while len(chosen) < min(number, configurations):
        novelty = torch.zeros(configurations, dtype=torch.float64)
        for c, d, least in zip(candidates, distance, level, strict=True):
            novelty.scatter_reduce_(0, c.configuration, torch.where(d > least, d, 0.0), "amax")
        best = int(np.argmax(novelty.numpy()))  # the first of equals
        if not novelty[best] > 0:
            break
        chosen.append(best)
        for c, d in zip(candidates, distance, strict=True):
            own = c.configuration == best
            torch.minimum(d, nearest(c.z, c.z[own]), out=d)[own] = 0.0
    return chosen
