"""From settings to an untrained model, and from a trained model to the one that is written: one builder a table."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from ase.data import atomic_numbers, covalent_radii
from torch import Tensor, nn

from trainer.environment import Environment
from trainer.errors import UserError
from trainer.potentials.behler_parrinello import BehlerParrinello
from trainer.potentials.deep_pot_se import DeepPotSE
from trainer.potentials.domain import Domain
from trainer.potentials.embedding import EmbeddingNetworks, RadialPolynomials, SharedEmbedding, SplineCoefficients
from trainer.potentials.networks import FittingNetwork
from trainer.potentials.potential import AtomicNetworks, Potential, SharedNetwork
from trainer.potentials.power_spectrum import PowerSpectrum
from trainer.potentials.projection import SplineProjection
from trainer.potentials.radial import SplineBasis, chebyshev
from trainer.potentials.settings import PotentialSettings
from trainer.potentials.symmetry_functions import AngularFunctions, RadialFunctions
from trainer.potentials.term_settings import (
    BehlerParrinelloSettings,
    DeepPotSESettings,
    PowerSpectrumSettings,
    TermSettings,
    ZBLSettings,
)
from trainer.potentials.zbl import ZBL
from trainer.sampling import generator


@dataclass(frozen=True)
class Common:
    """What all terms of a potential share."""

    species: tuple[str, ...]
    parameters: int  # P
    cutoff: float  # angstrom
    dtype: torch.dtype
    random: torch.Generator


def potential(settings: PotentialSettings, species: Sequence[str]) -> Potential:
    """An untrained potential. Data have not touched it yet: see trainer.potentials.normalise.

    Raises UserError when a table does not fit the species."""
    dtype, parameters = getattr(torch, settings.dtype), len(settings.parameters)
    common = Common(tuple(species), parameters, settings.cutoff, dtype, generator(settings.training.seed))
    return Potential([term(table, common) for table in settings.terms], len(species), parameters, dtype)


def term(table: TermSettings, common: Common) -> nn.Module:
    """What one table describes."""
    match table:
        case PowerSpectrumSettings():
            return power_spectrum(table, common)
        case DeepPotSESettings():
            return shared_deep_pot_se(table, common) if table.species_embedding else deep_pot_se(table, common)
        case BehlerParrinelloSettings():
            return behler_parrinello(table, common)
        case ZBLSettings():
            return zbl(table, common)


def power_spectrum(settings: PowerSpectrumSettings, common: Common) -> AtomicNetworks:
    count, channels, dtype = len(common.species), settings.channels, common.dtype
    basis = SplineBasis(settings.smooth, settings.cutoff, settings.knots, dtype)
    polynomials = chebyshev(basis.abscissae(), settings.cutoff, settings.polynomials).to(dtype)
    radial = RadialPolynomials(polynomials, count, channels, common.random)
    encoder = PowerSpectrum(basis, radial, count, channels, settings.axis, settings.angular)
    return atomic_networks(encoder, sum(encoder.blocks), settings.fitting, "silu", common)


def deep_pot_se(settings: DeepPotSESettings, common: Common) -> AtomicNetworks:
    """With networks for each ordered pair of species and each species."""
    count, dtype = len(common.species), common.dtype
    basis = SplineBasis(settings.smooth, settings.cutoff, settings.knots, dtype)
    radial = EmbeddingNetworks(basis.n, count, list(settings.embedding), dtype, common.random)
    encoder = DeepPotSE(basis, radial, count, settings.axis)
    return atomic_networks(encoder, settings.embedding[-1] * settings.axis, settings.fitting, "tanh", common)


def shared_deep_pot_se(settings: DeepPotSESettings, common: Common) -> SharedNetwork:
    """With one network of each kind, and vectors that tell the species apart."""
    count, vector, dtype, random = len(common.species), settings.species_embedding, common.dtype, common.random
    basis = SplineBasis(settings.smooth, settings.cutoff, settings.knots, dtype)
    radial = SharedEmbedding(basis.n, count, vector, list(settings.embedding), dtype, random)
    size, extra = settings.embedding[-1] * settings.axis, vector + common.parameters
    fitting = FittingNetwork(size, extra, list(settings.fitting), "tanh", dtype, random)
    return SharedNetwork(DeepPotSE(basis, radial, count, settings.axis), fitting, count, dtype)


def behler_parrinello(settings: BehlerParrinelloSettings, common: Common) -> AtomicNetworks:
    g2, g4, g5 = settings.functions()
    radial = RadialFunctions(g2, settings.cutoff, common.dtype)
    angular = [
        AngularFunctions(parameters, settings.cutoff, opposite, common.dtype)
        for parameters, opposite in ((g4, True), (g5, False))
        if parameters
    ]
    encoder = BehlerParrinello(radial, angular, len(common.species))
    return atomic_networks(encoder, encoder.size, settings.fitting, "tanh", common)


def atomic_networks(
    encoder: nn.Module, size: int, widths: Sequence[int], activation: str, common: Common
) -> AtomicNetworks:
    """size: of a descriptor; widths, activation: of the networks of the atomic energies."""
    fitting = [
        FittingNetwork(size, common.parameters, list(widths), activation, common.dtype, common.random)
        for _ in common.species
    ]
    return AtomicNetworks(encoder, list[nn.Module](fitting))


def zbl(settings: ZBLSettings, common: Common) -> ZBL:
    strange = [symbol for symbol in common.species if atomic_numbers.get(symbol, 0) == 0]
    if strange:
        raise UserError(f"zbl: {', '.join(strange)}: no element, and nuclei repel by their atomic numbers")
    charges = torch.tensor([atomic_numbers[symbol] for symbol in common.species])
    radii = torch.from_numpy(np.asarray(covalent_radii))[charges]
    outer = (radii.unsqueeze(1) + radii).clamp(max=common.cutoff)
    if settings.outer is not None:
        outer = torch.full_like(outer, settings.outer)
    inner = 0.5 * outer if settings.inner is None else torch.full_like(outer, settings.inner)
    for pair, distances in settings.pairs.items():
        try:
            a, b = (common.species.index(symbol) for symbol in pair.split("-"))
        except ValueError:
            known = ", ".join(common.species)
            raise UserError(f"zbl: pairs.{pair}: expected two of the species {known}, as A-B") from None
        inner[a, b] = inner[b, a] = distances[0]
        outer[a, b] = outer[b, a] = distances[1]
    return ZBL(charges, inner, outer, common.dtype)


def finished(model: Potential, seen: Environment | None = None) -> Potential:
    """A copy for export, in evaluation mode, its radial functions as spline coefficients.

    seen: a sample of the training data (surroundings.py), which the copy will know for its own (domain.py)."""
    model = copy.deepcopy(model).cpu().eval().requires_grad_(False)
    for module in model.modules():
        if isinstance(module, SplineProjection):
            module.radial = SplineCoefficients(module.radial).requires_grad_(False)
    if seen is not None:
        descriptors, of_centers = model.descriptors(*seen), seen.species[: len(seen.row) - 1]
        model.domain = nn.ModuleList(Domain(descriptors[of_centers == t]) for t in range(len(model.reference)))
    return model


def trained_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state_dict of the model that `finished` made the one of `state` from; of a scripted module too."""
    tables = (".radial.coefficients", ".radial.gates")
    return {n: value for n, value in state.items() if not (n.endswith(tables) or n.startswith("domain."))}
