"""What the data decide in a model before it is trained: reference energies, scales, means."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from trainer.environment import Environment
from trainer.mechanics import centers
from trainer.potentials.deep_pot_se import DeepPotSE
from trainer.potentials.potential import AtomicNetworks, Potential
from trainer.potentials.radial import smooth_inverse
from trainer.potentials.statistics import Surroundings


@torch.no_grad()
def normalise(
    model: Potential,
    reference: Tensor,
    scale: float,
    environments: Sequence[Environment],
    parameters: Sequence[Tensor],
) -> None:
    """reference: [T] eV; scale: eV; environments: a sample of the training data; parameters: [N, P] of each."""
    model.reference.copy_(reference)
    model.scale.fill_(scale)
    if len(model.parameter_mean):
        values = torch.cat(list(parameters))
        model.parameter_mean.copy_(values.mean(0))
        std = values.std(0, correction=0)
        # a parameter that is the same everywhere teaches nothing: its unit is then kept
        model.parameter_std.copy_(torch.where(std > 1e-12 * values.abs().amax(0), std, 1.0))
    for term in model.terms:
        if isinstance(term, AtomicNetworks):
            normalise_encoder(term.encoder, environments)
    centre(model, environments, parameters)


def normalise_encoder(encoder: nn.Module, environments: Sequence[Environment]) -> None:
    """Embedding networks see z = (s - mean) / std; A is divided by twice the mean of sum_j s_ij: both of order one."""
    assert isinstance(encoder, DeepPotSE)
    r_s, r_c = encoder.basis.r_s, encoder.basis.r_c
    around = Surroundings.of(environments, encoder.species, r_s, r_c)
    # s diverges at 0, where the first splines are centred and no atom ever is: they share one value
    knots = encoder.basis.abscissae().clamp(min=encoder.basis.h)
    encoder.radial.z.copy_((smooth_inverse(knots, r_s, r_c)[0] - around.mean) / around.std)
    encoder.scale.copy_(0.5 / around.coordination)


def centre(model: Potential, environments: Sequence[Environment], parameters: Sequence[Tensor]) -> None:
    """Shift the networks so that the mean energy over the environments is the reference for each species."""
    species = torch.cat([e.species for e in environments])
    excess = []
    for k, e in enumerate(environments):
        q = model.normalised(parameters[k], len(e.species))
        total = torch.zeros(len(e.species), dtype=model.dtype)
        for term in model.terms:
            features, saved = term.project(e.species, centers(e.row), e.neighbor, e.displacement, len(e.species))
            total += term.energy(features, saved, e.species, q)
        excess.append(total)
    networks = [term for term in model.terms if isinstance(term, AtomicNetworks)]
    for t in range(len(model.reference)):
        of_t = torch.cat(excess)[species == t]
        for term in networks if len(of_t) else []:
            term.fitting[t].get_parameter("output.bias").sub_(of_t.mean() / len(networks))
