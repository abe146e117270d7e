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
from trainer.potentials.networks import EmbeddingNetworks, FittingNetwork, SharedEmbedding, SplineCoefficients
from trainer.potentials.potential import AtomicNetworks, Potential, SharedNetwork
from trainer.potentials.radial import SplineBasis
from trainer.potentials.settings import PotentialSettings
from trainer.potentials.symmetry_functions import AngularFunctions, RadialFunctions
from trainer.potentials.term_settings import BehlerParrinelloSettings, DeepPotSESettings, TermSettings, ZBLSettings
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
        case DeepPotSESettings():
            return shared_deep_pot_se(table, common) if table.species_embedding else deep_pot_se(table, common)
        case BehlerParrinelloSettings():
            return behler_parrinello(table, common)
        case ZBLSettings():
            return zbl(table, common)


def deep_pot_se(settings: DeepPotSESettings, common: Common) -> AtomicNetworks:
    """With networks for each ordered pair of species and each species."""
    count, dtype = len(common.species), common.dtype
    basis = SplineBasis(settings.smooth, settings.cutoff, settings.knots, dtype)
    radial = EmbeddingNetworks(basis.n, count, list(settings.embedding), dtype, common.random)
    encoder = DeepPotSE(basis, radial, count, settings.axis)
    return atomic_networks(encoder, settings.embedding[-1] * settings.axis, settings.fitting, common)


def shared_deep_pot_se(settings: DeepPotSESettings, common: Common) -> SharedNetwork:
    """With one network of each kind, and vectors that tell the species apart."""
    count, vector, dtype, random = len(common.species), settings.species_embedding, common.dtype, common.random
    basis = SplineBasis(settings.smooth, settings.cutoff, settings.knots, dtype)
    radial = SharedEmbedding(basis.n, count, vector, list(settings.embedding), dtype, random)
    extra = vector + common.parameters
    fitting = FittingNetwork(settings.embedding[-1] * settings.axis, extra, list(settings.fitting), dtype, random)
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
    return atomic_networks(encoder, encoder.size, settings.fitting, common)


def atomic_networks(encoder: nn.Module, size: int, widths: Sequence[int], common: Common) -> AtomicNetworks:
    """size: of a descriptor."""
    fitting = [
        FittingNetwork(size, common.parameters, list(widths), common.dtype, common.random) for _ in common.species
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
        if isinstance(module, DeepPotSE):
            module.radial = SplineCoefficients(module.radial).requires_grad_(False)
    if seen is not None:
        descriptors, of_centers = model.descriptors(*seen), seen.species[: len(seen.row) - 1]
        model.domain = nn.ModuleList(Domain(descriptors[of_centers == t]) for t in range(len(model.reference)))
    return model


def trained_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state_dict of the model that `finished` made the one of `state` from; of a scripted module too."""
    tables = (".radial.coefficients", ".radial.gates")
    return {n: value for n, value in state.items() if not (n.endswith(tables) or n.startswith("domain."))}
