"""From settings and data to a model, and from a trained model to the one that is written."""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from trainer.environment import Environment
from trainer.mechanics import centers
from trainer.potentials.deep_pot_se import DeepPotSE
from trainer.potentials.networks import EmbeddingNetworks, FittingNetwork, SplineCoefficients
from trainer.potentials.potential import AtomicNetworks, Potential
from trainer.potentials.radial import SplineBasis, smooth_inverse
from trainer.potentials.settings import DeepPotSESettings, PotentialSettings
from trainer.potentials.statistics import Surroundings
from trainer.sampling import generator


def potential(settings: PotentialSettings, species: int) -> Potential:
    """An untrained potential for so many species. Data have not touched it yet: see `normalise`."""
    dtype = getattr(torch, settings.dtype)
    random = generator(settings.training.seed)
    return Potential([deep_pot_se(settings.deep_pot_se, species, dtype, random)], species, dtype)


def deep_pot_se(
    settings: DeepPotSESettings, species: int, dtype: torch.dtype, random: torch.Generator
) -> AtomicNetworks:
    basis = SplineBasis(settings.smooth, settings.cutoff, settings.knots, dtype)
    radial = EmbeddingNetworks(basis.n, species, list(settings.embedding), dtype, random)
    inputs = settings.embedding[-1] * settings.axis
    fitting: list[nn.Module] = [FittingNetwork(inputs, list(settings.fitting), dtype, random) for _ in range(species)]
    return AtomicNetworks(DeepPotSE(basis, radial, species, settings.axis), fitting)


@torch.no_grad()
def normalise(model: Potential, reference: Tensor, scale: float, environments: Sequence[Environment]) -> None:
    """Set what the data decide. reference: [T] eV; scale: eV; environments: a sample of the training data.

    Embedding networks see z = (s - mean) / std; A is divided by twice the mean of sum_j s_ij: both of order one.
    Fitting networks start with mean 0 for each species: the reference energies are right before the first step."""
    model.reference.copy_(reference)
    model.scale.fill_(scale)
    for encoder in model.modules():
        if isinstance(encoder, DeepPotSE):
            r_s, r_c = encoder.basis.r_s, encoder.basis.r_c
            around = Surroundings.of(environments, encoder.species, r_s, r_c)
            # s diverges at 0, where the first splines are centred and no atom ever is: they share one value
            knots = encoder.basis.abscissae().clamp(min=encoder.basis.h)
            encoder.radial.z.copy_((smooth_inverse(knots, r_s, r_c)[0] - around.mean) / around.std)
            encoder.scale.copy_(0.5 / around.coordination)
    for term in model.terms:
        if isinstance(term, AtomicNetworks):
            centre(term, environments)


def centre(term: AtomicNetworks, environments: Sequence[Environment]) -> None:
    """Shift the fitting networks so that the term's mean energy over the environments is 0 for each species."""
    species = torch.cat([e.species for e in environments])
    energies = []
    for e in environments:
        features, saved = term.project(e.species, centers(e.row), e.neighbor, e.displacement, len(e.species))
        energies.append(term.energy(features, saved, e.species))
    for t, network in enumerate(term.fitting):
        of_t = torch.cat(energies)[species == t]
        if len(of_t):
            network.get_parameter("output.bias").sub_(of_t.mean())


def finished(model: Potential) -> Potential:
    """A copy for export, in evaluation mode: radial functions as spline coefficients, without their networks."""
    model = copy.deepcopy(model).cpu().eval().requires_grad_(False)
    for module in model.modules():
        if isinstance(module, DeepPotSE):
            with torch.no_grad():
                module.radial = SplineCoefficients(module.radial())
    return model
