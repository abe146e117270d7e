"""What an engine must know of a potential, and the check that a scripted module keeps the contract."""

from dataclasses import dataclass
from typing import ClassVar

import torch

from trainer.environment import Environment
from trainer.errors import UserError
from trainer.export import Metadata


@dataclass(frozen=True, kw_only=True)
class PotentialMetadata(Metadata):
    """A potential: energies in eV, lengths in angstrom."""

    kind: ClassVar[str] = "potential"

    species: tuple[str, ...]  # element symbols; their positions are the numbers in Environment.species
    cutoff: float  # angstrom: entries beyond it change nothing
    reach: int = 1  # how many cutoffs an atom's energy depends on
    parameters: tuple[str, ...] = ()  # names of the P numbers per atom that the energy depends on besides

    def __post_init__(self) -> None:
        if not self.species or not self.cutoff > 0 or self.reach < 1:
            raise UserError(
                f"expected species, cutoff > 0 and reach >= 1, got {self.species}, {self.cutoff}, {self.reach}"
            )
        for name in (*self.species, *self.parameters):  # they are printed
            if not name.isprintable():
                raise UserError(f"expected names that can be printed, got {name!r}")


def check_potential(module: torch.jit.ScriptModule, metadata: PotentialMetadata) -> None:
    """Evaluates a dimer, one atom and no atom: a model that breaks the contract dies at export, not in an engine.

    The parameters, if the metadata name any, are 1. Raises UserError when shapes, precisions or values are not as the
    contract says."""
    pair = torch.tensor([[0.4 * metadata.cutoff, 0.1, 0.0]], dtype=torch.float64)
    for atoms in (2, 1, 0):
        bonds = atoms // 2
        environment = Environment(
            species=torch.zeros(atoms, dtype=torch.int64),
            row=torch.arange(atoms + 1).clamp(max=2) * bonds,
            neighbor=torch.tensor([1, 0])[: 2 * bonds],
            displacement=torch.cat([pair, -pair])[: 2 * bonds],
        )
        parameters = torch.ones(atoms, len(metadata.parameters), dtype=torch.float64)
        energy, gradient = module(*environment, parameters) if metadata.parameters else module(*environment)
        shapes = (tuple(energy.shape), tuple(gradient.shape))
        if shapes != ((atoms,), (2 * bonds, 3)) or energy.dtype != torch.float64 or gradient.dtype != torch.float64:
            raise UserError(f"the model answers shapes {shapes} in {energy.dtype}, {gradient.dtype} for {atoms} atoms")
        if not (torch.isfinite(energy).all() and torch.isfinite(gradient).all()):
            raise UserError(f"the model is not finite for {atoms} atoms {pair.norm():.2f} angstrom apart")
