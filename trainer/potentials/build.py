"""From settings to an untrained model, and from a trained model to the one that is written: one builder a table."""

import copy
from collections.abc import Sequence

import torch
from torch import nn

from trainer.environment import Environment
from trainer.potentials.deep_pot_se import DeepPotSE
from trainer.potentials.domain import Domain
from trainer.potentials.networks import EmbeddingNetworks, FittingNetwork, SplineCoefficients
from trainer.potentials.potential import AtomicNetworks, Potential
from trainer.potentials.radial import SplineBasis
from trainer.potentials.settings import DeepPotSESettings, PotentialSettings, TermSettings
from trainer.sampling import generator


def potential(settings: PotentialSettings, species: Sequence[str]) -> Potential:
    """An untrained potential. Data have not touched it yet: see trainer.potentials.normalise."""
    dtype = getattr(torch, settings.dtype)
    random = generator(settings.training.seed)
    terms = [term(table, species, len(settings.parameters), dtype, random) for table in settings.terms]
    return Potential(terms, len(species), len(settings.parameters), dtype)


def term(
    table: TermSettings, species: Sequence[str], parameters: int, dtype: torch.dtype, random: torch.Generator
) -> nn.Module:
    """What one table describes."""
    return deep_pot_se(table, len(species), parameters, dtype, random)


def deep_pot_se(
    settings: DeepPotSESettings, species: int, parameters: int, dtype: torch.dtype, random: torch.Generator
) -> AtomicNetworks:
    basis = SplineBasis(settings.smooth, settings.cutoff, settings.knots, dtype)
    radial = EmbeddingNetworks(basis.n, species, list(settings.embedding), dtype, random)
    inputs = settings.embedding[-1] * settings.axis + parameters
    fitting: list[nn.Module] = [FittingNetwork(inputs, list(settings.fitting), dtype, random) for _ in range(species)]
    return AtomicNetworks(DeepPotSE(basis, radial, species, settings.axis), fitting)


def finished(model: Potential, seen: Environment | None = None) -> Potential:
    """A copy for export, in evaluation mode: radial functions as spline coefficients, without their networks.

    seen: a sample of the training data (surroundings.py), which the copy will know for its own (domain.py)."""
    model = copy.deepcopy(model).cpu().eval().requires_grad_(False)
    for module in model.modules():
        if isinstance(module, DeepPotSE):
            with torch.no_grad():
                module.radial = SplineCoefficients(module.radial())
    if seen is not None:
        descriptors, of_centers = model.descriptors(*seen), seen.species[: len(seen.row) - 1]
        model.domain = nn.ModuleList(Domain(descriptors[of_centers == t]) for t in range(len(model.reference)))
    return model
