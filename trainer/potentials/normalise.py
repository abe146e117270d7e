"""What the data decide in a model before it is trained: reference energies, scales, means."""

from collections.abc import Sequence

import torch
from torch import Tensor

from trainer.environment import Environment
from trainer.mechanics import centers
from trainer.potentials.behler_parrinello import BehlerParrinello
from trainer.potentials.deep_pot_se import DeepPotSE
from trainer.potentials.harmonics import degrees
from trainer.potentials.potential import AtomicNetworks, Potential, SharedNetwork
from trainer.potentials.power_spectrum import PowerSpectrum
from trainer.potentials.radial import smooth_inverse
from trainer.potentials.statistics import Surroundings, no_neighbors
from trainer.potentials.zbl import ZBL


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
    for module in model.modules():
        match module:
            case ZBL():
                module.unit.fill_(scale)
            case PowerSpectrum():
                normalise_power_spectrum(module, environments)
            case DeepPotSE():
                normalise_deep_pot_se(module, environments)
            case BehlerParrinello():
                normalise_behler_parrinello(module, environments)
    centre(model, environments, parameters)


def normalise_deep_pot_se(encoder: DeepPotSE, environments: Sequence[Environment]) -> None:
    """Embedding networks see z = (s - mean) / std; A is divided by twice the mean of sum_j s_ij: both of order one."""
    r_s, r_c = encoder.basis.r_s, encoder.basis.r_c
    around = Surroundings.of(environments, encoder.species, r_s, r_c)
    # s diverges at 0, where the first splines are centred and no atom ever is: they share one value
    knots = encoder.basis.abscissae().clamp(min=encoder.basis.h)
    encoder.radial.z.copy_((smooth_inverse(knots, r_s, r_c)[0] - around.mean) / around.std)
    encoder.scale.copy_(0.5 / around.coordination)


def normalise_power_spectrum(encoder: PowerSpectrum, environments: Sequence[Environment]) -> None:
    """A of each degree is scaled so that sum_m A_lm^2 is one, D is centred, and each D^l divided by its deviation:
    means over the centres of a species, and over channels.

    What vanishes in the data, as A_1 in a perfect crystal, or never varies, is not made large: elsewhere it may be."""
    degree = torch.tensor(degrees(encoder.l_max)).to(torch.int64)
    species, blocks = encoder.species, encoder.blocks
    count, power, first, second = (
        torch.zeros(species, n, dtype=torch.float64) for n in (1, len(blocks), sum(blocks), sum(blocks))
    )
    c, _ = encoder.radial()
    for e in environments:
        p, saved = encoder.project(e.species, centers(e.row), e.neighbor, e.displacement, len(e.species))
        atoms = [torch.nonzero(e.species == t).squeeze(1) for t in range(species)]
        for t, a in enumerate(encoder.channels(p, c, saved, atoms)):
            d = encoder.invariants(a, torch.ones_like(encoder.scale[t])).to(torch.float64)
            count[t] += len(a)
            power[t].index_add_(0, degree, a.to(torch.float64).square().mean(2).sum(0))
            first[t] += d.sum(0)
            second[t] += d.square().sum(0)
    if not power.any():
        raise no_neighbors(encoder.basis.r_c)
    # a species without neighbours takes the mean of all
    power = torch.where(power[:, :1] > 0, power / count.clamp(min=1), power.sum(0) / count.sum())
    scale = power.clamp(min=1e-6 * power[:, :1]).rsqrt()
    factor = torch.cat([scale[:, :1], scale[:, 1:].square()], 1).repeat_interleave(torch.tensor(blocks), 1)
    mean = first / count.clamp(min=1) * factor
    variance = (second / count.clamp(min=1) * factor.square() - mean.square()).clamp(min=0)
    std = torch.stack([v.mean(1) for v in torch.split(variance, blocks, 1)], 1).sqrt()
    encoder.scale.copy_(scale)
    encoder.mean.copy_(mean)
    encoder.std.copy_(torch.where(std > 1e-4, std, 1.0).repeat_interleave(torch.tensor(blocks), 1))


def normalise_behler_parrinello(encoder: BehlerParrinello, environments: Sequence[Environment]) -> None:
    """Networks see (G - mean) / std; a function that hardly varies in the data keeps its unit: elsewhere it may."""
    count, first, second = (torch.zeros(encoder.species, encoder.size, dtype=torch.float64) for _ in range(3))
    for e in environments:
        g, _ = encoder.project(e.species, centers(e.row), e.neighbor, e.displacement, len(e.species))
        g = g.to(torch.float64)
        for total, value in ((count, torch.ones_like(g)), (first, g), (second, g * g)):
            total.index_add_(0, e.species, value)
    mean = first / count.clamp(min=1)
    std = (second / count.clamp(min=1) - mean * mean).clamp(min=0).sqrt()
    encoder.mean.copy_(mean)
    encoder.std.copy_(torch.where(std > 1e-4 * mean.abs().clamp(min=1.0), std, 1.0))


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
    total = torch.zeros_like(model.reference).index_add_(0, species, torch.cat(excess).to(torch.float64))
    mean = total / torch.bincount(species, minlength=len(total)).clamp(min=1)
    networks = [term for term in model.terms if isinstance(term, AtomicNetworks | SharedNetwork)]
    for term in networks:
        term.shift(-mean / len(networks))
