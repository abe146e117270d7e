"""A training that starts from a model file: what was learned of the elements in it is taken over, by their symbols.

Networks and statistics of elements that the file does not know are those of a new model. Reference energies are fitted
to what the file's model leaves over, since another level of theory shifts the energy of every atom.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from ase.data import chemical_symbols
from torch import Tensor

from trainer import export
from trainer.contract import PotentialMetadata
from trainer.errors import UserError
from trainer.potentials import build
from trainer.potentials.examples import Example
from trainer.potentials.potential import Potential
from trainer.potentials.settings import PotentialSettings
from trainer.potentials.task import predict
from trainer.settings import parse


class Start:
    """The model of a file, for new ones with the same terms."""

    def __init__(self, path: Path, settings: PotentialSettings):
        """Raises UserError when the file is no potential, or naming the first setting in which it differs."""
        scripted, metadata = export.load(path, PotentialMetadata)
        self.path, self.settings, self.species = path, settings, metadata.species
        self._state = build.trained_state(scripted.state_dict())
        check_terms(parse(PotentialSettings, metadata.config, f"{path}: config"), settings, path)

    def all_species(self, found: Sequence[str]) -> tuple[str, ...]:
        """Those of the file, then the others that were found in the data."""
        return (*self.species, *(symbol for symbol in found if symbol not in self.species))

    @torch.no_grad()
    def put_into(self, model: Potential, species: Sequence[str]) -> None:
        """Copies everything that is known of `species` into a model of these species.

        Raises UserError when a part of the model cannot be divided by species."""
        targets = model.state_dict()
        if tuple(species) == self.species:
            for name, target in targets.items():
                target.copy_(self._state[name])
            return
        symbol = next(s for s in chemical_symbols[1:] if s not in species)
        grown = build.potential(self.settings, (*species, symbol)).state_dict()
        lists = species_lists(targets, grown, len(species))
        new, larger, old = (stacked(state, lists) for state in (targets, grown, self._state))
        common = [s for s in self.species if s in species]
        here, there = ([known.index(s) for s in common] for known in (tuple(species), self.species))
        for name, value in new.items():
            if value.dtype == torch.int64:
                continue  # an order of things, nothing that was learned
            powers = [power(n, m, len(species)) for n, m in zip(value.shape, larger[name].shape, strict=True)]
            if None in powers:
                raise UserError(f"{self.path} knows {', '.join(self.species)}: this kind of model cannot take others")
            value[grid(powers, value.shape, here, len(species))] = old[name][
                grid(powers, old[name].shape, there, len(self.species))
            ].to(value.dtype)
        for name, target in targets.items():
            target.copy_(unstacked(new, name, lists))


def check_terms(old: PotentialSettings, new: PotentialSettings, path: Path) -> None:
    """Raises UserError naming the first difference in what the models are made of."""
    names = [list(settings.tables) for settings in (old, new)]
    if names[0] != names[1]:
        raise UserError(f"{path} is a sum of {', '.join(names[0])}, the input asks for {', '.join(names[1])}")
    if old.parameters != new.parameters:
        raise UserError(f"parameters: {path} has {list(old.parameters)}, the input {list(new.parameters)}")
    for name, a, b in zip(names[0], old.terms, new.terms, strict=True):
        for field in dataclasses.fields(a):
            values = [getattr(table, field.name) for table in (a, b)]
            if values[0] != values[1]:
                raise UserError(
                    f"[{name}] {field.name}: {path} has {values[0]}, the input {values[1]}; give the file's"
                )


def power(n: int, m: int, species: int) -> int | None:
    """p, where an axis of length n with T species and m with T + 1 is proportional to T^p; None where it is not."""
    return next((p for p in range(3) if n * (species + 1) ** p == m * species**p), None)


def species_lists(state: dict[str, Tensor], grown: dict[str, Tensor], species: int) -> set[str]:
    """The paths of lists of modules that have one for each species: those that are longer where there is one more."""
    found = set()
    for path in (name.split(".") for name in grown if name not in state):
        for k, part in enumerate(path):
            if part == str(species) and ".".join([*path[:k], str(species - 1), *path[k + 1 :]]) in state:
                found.add(".".join(path[:k]))
    return found


def in_list(name: str, lists: set[str]) -> tuple[str, int] | None:
    """The name of what is stacked from the modules of a list, and which of them has `name`."""
    for path in lists:
        if name.startswith(f"{path}."):
            number, _, rest = name.removeprefix(f"{path}.").partition(".")
            return f"{path}.*.{rest}", int(number)
    return None


def stacked(state: dict[str, Tensor], lists: set[str]) -> dict[str, Tensor]:
    """The state with one tensor, with a leading axis of species, for the modules of each list."""
    parts: dict[str, list[Tensor]] = {}
    result = {}
    for name, value in state.items():
        where = in_list(name, lists)
        if where:
            parts.setdefault(where[0], []).append(value)
        else:
            result[name] = value.clone()
    return result | {name: torch.stack(values) for name, values in parts.items()}


def unstacked(state: dict[str, Tensor], name: str, lists: set[str]) -> Tensor:
    where = in_list(name, lists)
    return state[where[0]][where[1]] if where else state[name]


def grid(powers: Sequence[int | None], shape: Sequence[int], numbers: list[int], species: int) -> tuple[Tensor, ...]:
    """Indices of the entries of a tensor that belong to the species `numbers`, of so many."""
    t, axes = torch.tensor(numbers, dtype=torch.int64), []
    for p, n in zip(powers, shape, strict=True):
        own = {0: torch.zeros(1, dtype=torch.int64), 1: t, 2: (t.unsqueeze(1) * species + t).flatten()}[p or 0]
        width = n // species ** (p or 0)
        axes.append((own.unsqueeze(1) * width + torch.arange(width)).flatten())
    return torch.meshgrid(*axes, indexing="ij") if axes else ()


def fit_reference(model: Potential, new: Sequence[int], examples: Iterable[Example]) -> None:
    """Adds to the reference energies what the model leaves over: min_e |N e - (E - E_model)|^2, of smallest norm.

    new: numbers of the species that the file did not know; what they can explain is theirs."""
    rows, rest = [], []
    for example in examples:
        if example.energy.isfinite().all():
            rows.append(torch.bincount(example.environment.species, minlength=len(model.reference)).to(torch.float64))
            rest.append(example.energy - predict(model.eval(), example).energy)
    if not rows:
        return
    n, residual = torch.stack(rows), torch.cat(rest)
    for columns in (list(new), list(range(len(model.reference)))):
        if columns:
            e = torch.linalg.lstsq(n[:, columns], residual, rcond=1e-10, driver="gelsd").solution
            residual = residual - n[:, columns] @ e
            model.reference[columns] += e
