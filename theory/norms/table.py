"""All norms of one network."""

import numpy as np

from theory.estimate import Estimate, exactly
from theory.norms import path, residual
from theory.norms.activations import ACTIVATIONS
from theory.norms.barron import barron_norm
from theory.norms.basis import BasisExpansion
from theory.norms.network import MLP, Network
from theory.norms.solution import SolutionNetwork, solution_path_norm
from theory.points import Array
from trainer.errors import UserError


def norms(network: Network, x: Array | None = None) -> list[Estimate]:
    """x: [n, d], points that span the domain of the Barron norm; by default the corners of [0, 1], or random ones of
    [0, 1]^d. Raises UserError for points of another dimension."""
    if isinstance(network, residual.ResidualNetwork):
        return residual_norms(network)
    if isinstance(network, BasisExpansion):
        return basis_norms(network)
    if isinstance(network, SolutionNetwork):
        given = ("position, features and time are standardised, of magnitude 1 at most",)
        return [exactly("path norm", solution_path_norm(network), "a pass of absolute weights over ones", given)]
    found = path_norms(network)
    if network.neurons:
        d = network.inputs
        points = default_points(d) if x is None else x
        if points.shape[1] != d:
            raise UserError(f"expected points in {d} dimensions, as the network's, got {points.shape[1]}")
        found.append(barron_norm(network, points))
    return found


def path_norms(network: MLP) -> list[Estimate]:
    """What weights say; products of matrices only where no layer is gone around."""
    given = tuple(words for name in dict.fromkeys(network.activations) for words in about(name))
    found = [
        exactly("path norm", path.path_norm(network), "a pass of absolute weights over ones", given),
        exactly("Neyshabur's path norm", path.neyshabur_path_norm(network), "a pass of squared weights over ones"),
    ]
    if not network.skip and network.gain == 1.0:
        complexity = path.spectral_complexity(network)
        found += [
            exactly("product of Frobenius norms", path.frobenius_product(network), "weights with their biases"),
            exactly("spectral complexity", complexity, "Bartlett et al. 2017, singular values", given),
        ]
    return found


def about(activation: str) -> tuple[str, ...]:
    """What keeps |f| from being bounded by the path norm alone."""
    s = ACTIVATIONS[activation]
    slope = (f"{activation} has slopes of {s.slope:g} at most, a factor for every layer",) if s.slope > 1 else ()
    return slope if s.zero else (*slope, f"{activation} is not 0 at 0: the norm is of the weights alone")


def residual_norms(network: residual.ResidualNetwork) -> list[Estimate]:
    return [
        exactly("weighted path norm", residual.weighted_path_norm(network), "a pass of absolute weights over ones"),
        exactly("compositional norm, D_1", residual.compositional_norm(network), "the product over layers"),
        exactly("flow-induced norm, D_1", residual.autonomous_norm(network), "exp(E|U||W|), layers as samples"),
        exactly("flow-induced norm, D_2", residual.autonomous_norm(network, 2), "exp of root mean squares"),
    ]


def basis_norms(network: BasisExpansion) -> list[Estimate]:
    sizes = np.abs(network.a)
    return [
        exactly("norm of the coefficients, l1", float(sizes.sum()), "a sum over basis functions, |phi_k| <= 1"),
        exactly("norm of the coefficients, l2", float(np.linalg.norm(sizes)), "a sum over basis functions"),
    ]


def default_points(d: int) -> Array:
    if d == 1:
        return np.array([[0.0], [1.0]])
    return np.random.default_rng(0).random((20 if d == 2 else 200, d))
