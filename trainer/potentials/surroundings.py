"""A sample of the atoms of a training set with their surroundings, small enough to be kept beside the run."""

import torch
from torch import Tensor

from trainer.environment import Environment
from trainer.sampling import generator

Atom = tuple[float, Tensor, Tensor]  # key, species of the neighbours [m], displacements [m, 3]

MOST, MOST_IN_ALL = 2000, 20_000  # atoms of a species, and of all species together


class Sample:
    """Atoms chosen at random, at most MOST of each species, each with the same chance, in one pass over all frames."""

    def __init__(self, species: int, seed: int):
        self._seed, self._frames, self._most = seed, 0, min(MOST, max(1, MOST_IN_ALL // species))
        self._chosen: list[list[Atom]] = [[] for _ in range(species)]
        self._limit = torch.full((species,), torch.inf)  # atoms with keys below it are among the smallest so far

    def add(self, frame: Environment) -> Environment:
        """Look at a frame, and give it back: the pass over the frames may have other ends too."""
        of_centers = frame.species[: len(frame.row) - 1]
        keys = torch.rand(len(of_centers), generator=generator(self._seed, self._frames))
        self._frames += 1
        for i in torch.nonzero(keys < self._limit[of_centers]).flatten().tolist():
            pairs = slice(int(frame.row[i]), int(frame.row[i + 1]))
            neighbors = frame.species[frame.neighbor[pairs]]
            self._chosen[int(of_centers[i])].append((float(keys[i]), neighbors, frame.displacement[pairs].clone()))
        for t, atoms in enumerate(self._chosen):
            if len(atoms) > 2 * self._most:
                self._chosen[t] = smallest(atoms, self._most)
                self._limit[t] = self._chosen[t][-1][0]
        return frame

    def environment(self) -> Environment:
        """The centres are the chosen atoms. The ghosts, one a species, stand for all neighbours: a model reads only
        the species of a neighbour, and its displacement."""
        species = len(self._chosen)
        kept = [smallest(atoms, self._most) for atoms in self._chosen]
        count = torch.tensor([len(atoms) for atoms in kept])
        neighbors = [neighbors for atoms in kept for _, neighbors, _ in atoms]
        displacements = [displacement for atoms in kept for _, _, displacement in atoms]
        return Environment(
            torch.cat([torch.repeat_interleave(torch.arange(species), count), torch.arange(species)]),
            torch.tensor([0, *(len(n) for n in neighbors)]).cumsum(0),
            torch.cat([torch.empty(0, dtype=torch.int64), *neighbors]) + int(count.sum()),
            torch.cat([torch.empty(0, 3, dtype=displacements[0].dtype), *displacements]),
        )


def smallest(atoms: list[Atom], most: int) -> list[Atom]:
    """By their keys, in order."""
    return sorted(atoms, key=lambda atom: atom[0])[:most]
