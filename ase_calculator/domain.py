"""Are the atoms where the models were trained? By what the files say of it: shortest distances, and descriptors."""

import warnings
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import torch
from ase import Atoms
from torch import Tensor

from ase_calculator.committee import Committee, Evaluation
from trainer.contract import PotentialMetadata
from trainer.errors import UserError

Action = Literal["warn", "raise", "ignore"]

NEARER = 0.95  # of the shortest distance seen: long runs come a little nearer than short ones
FARTHER = 0.5  # extrapolation (trainer/potentials/domain.py); of held-out frames one in a hundred has such an atom
EVERY = 20  # calls along a trajectory from one look at the descriptors, half of a call's cost, to the next
JUMP = 0.5  # angstrom: where an atom has moved so far since the last call, it is no trajectory


class OutOfDomainWarning(UserWarning):
    """The models were not trained on such surroundings: their answer is a guess."""


class OutOfDomainError(UserError):
    """The same, where the calculator was asked to stop."""


class DomainCheck:
    """Warns once of each kind, or raises, or does nothing. Files that say nothing of their training are not doubted.

    Distances are looked at in each call; descriptors when the atoms are new, and now and then along a trajectory."""

    def __init__(self, committee: Committee, action: Action):
        """Raises UserError for an action that is none."""
        if action not in get_args(Action):
            raise UserError(f"out_of_domain: expected 'warn', 'raise' or 'ignore', got {action!r}")
        self._committee, self._action, self._calls = committee, action, 0
        self._warned: set[str] = set()
        self._last = Atoms()
        shortest = [shortest_distances(m.metadata, committee.species) for m in committee.members]
        self._nearest = torch.stack(shortest).amax(0).to(committee.device)  # [T, T] angstrom
        self._reach = min(NEARER * float(self._nearest.max()), committee.cutoff)  # angstrom

    def __call__(self, atoms: Atoms, evaluation: Evaluation) -> None:
        """After each evaluation."""
        if self._action == "ignore":
            return
        self._calls = self._calls + 1 if continues(self._last, atoms) else 0
        self._last = atoms
        self._distances(atoms, evaluation)
        if self._calls % EVERY == 0 or self._action == "raise":
            self._descriptors(atoms, evaluation)

    def _distances(self, atoms: Atoms, evaluation: Evaluation) -> None:
        species, _, neighbor, displacement = evaluation.environment
        r = displacement.norm(dim=1)
        some = torch.nonzero(r < self._reach).squeeze(1)  # most pairs are farther apart than any limit
        r, center, neighbor = r[some], evaluation.center[some], neighbor[some]
        nearest = self._nearest[species[center], species[neighbor]]
        near = r < NEARER * nearest
        if bool(near.any()):
            pair = int((r / nearest).where(near, torch.inf).argmin())
            i, j, seen = int(center[pair]), int(neighbor[pair]), float(nearest[pair])
            than = f"the shortest in its training is {seen:.3f}" if seen < torch.inf else "it saw no such pair"
            who = f"atoms {i} and {j} ({atoms.symbols[i]}, {atoms.symbols[j]})"
            self._tell("distance", f"{who} are {float(r[pair]):.3f} angstrom apart; {than}")

    def _descriptors(self, atoms: Atoms, evaluation: Evaluation) -> None:
        x = self._committee.extrapolation(evaluation.environment)
        if x is not None and bool((x > FARTHER).any()):
            i = int(x.argmax())
            self._tell(
                "surroundings",
                f"the surroundings of atom {i} ({atoms.symbols[i]}) are unlike those in its training "
                f"(extrapolation {float(x[i]):.2f}, expected less than {FARTHER})",
            )

    def _tell(self, kind: str, what: str) -> None:
        message = f"the model is outside what it was trained on: {what}. Label such frames and train again"
        if self._action == "raise":
            raise OutOfDomainError(message)
        if kind not in self._warned:
            self._warned.add(kind)
            warnings.warn(f"{message}; later ones are not reported", OutOfDomainWarning, stacklevel=2)


def continues(last: Atoms, atoms: Atoms) -> bool:
    """Whether these are the same atoms, and none of them jumped."""
    same = np.array_equal(last.numbers, atoms.numbers)
    return same and bool(np.abs(atoms.positions - last.positions).max(initial=0.0) < JUMP)


def shortest_distances(metadata: PotentialMetadata, species: Sequence[str]) -> Tensor:
    """[T, T] angstrom, infinite for pairs that training never saw within the cutoff; 0 where the file does not say.

    Raises UserError for what is no table of distances."""
    table = metadata.domain.get("shortest_distance_A")
    if table is None:
        return torch.zeros(len(species), len(species), dtype=torch.float64)
    try:
        seen = {frozenset(pair.split("-")): float(r) for pair, r in table.items()}
    except (AttributeError, TypeError, ValueError):
        raise UserError(f"the file's domain.shortest_distance_A is no table of distances: {table!r}") from None
    rows = [[seen.get(frozenset((a, b)), float("inf")) for b in species] for a in species]
    return torch.tensor(rows, dtype=torch.float64)
