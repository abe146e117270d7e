"""Norms of layered networks from their weights: path norms, spectral complexity, products of norms."""

import numpy as np

from theory.norms.network import MLP, Layer, widen
from theory.points import Array


def path_norm(network: MLP) -> float:
    """sum over paths from the inputs and the biases to the outputs of prod |weights|: one pass of |W| over ones.

    For two layers sum_k |a_k| (||b_k||_1 + |c_k|) and the last bias, which is the neuron sigma(1)."""
    return paths(network, np.abs)


def neyshabur_path_norm(network: MLP) -> float:
    """(sum over paths of prod weights^2)^(1/2) (Neyshabur, Tomioka and Srebro, 2015)."""
    return float(np.sqrt(paths(network, np.square)))


def paths(network: MLP, of: "np.ufunc") -> float:
    *hidden, last = network.layers
    value: Array = np.ones(network.inputs)
    for W, b in hidden:
        through = of(network.gain) * (of(W) @ value + of(b))
        value = widen(value, through) if network.skip else through
    return float((of(last.W) @ value + of(last.b)).sum())


def frobenius_product(network: MLP) -> float:
    """prod_l ||W_l||_F, every W_l with its bias as one column more."""
    return float(np.prod([np.linalg.norm(np.column_stack(layer)) for layer in network.layers]))


def spectral_complexity(network: MLP) -> float:
    """prod_l ||W_l||_s [sum_l (||W_l^T||_{2,1} / ||W_l||_s)^(2/3)]^(3/2), ||.||_{2,1} the sum of the rows' lengths.

    Bartlett, Foster and Telgarsky, 2017, Eq. (1.2), reference matrices 0, biases as one column more: the inputs have a
    coordinate 1. For activations with slopes of at most 1 that vanish at 0."""
    matrices = [with_bias_column(layer, last=k == len(network.layers) - 1) for k, layer in enumerate(network.layers)]
    spectral = np.array([np.linalg.norm(W, 2) for W in matrices])
    rows = np.array([np.linalg.norm(W, axis=1).sum() for W in matrices])
    if not spectral.all():
        return 0.0
    return float(spectral.prod() * ((rows / spectral) ** (2 / 3)).sum() ** 1.5)


def with_bias_column(layer: Layer, last: bool) -> Array:
    """(W, b) and, but for the last layer, a row that hands on the 1."""
    W = np.column_stack(layer)
    return W if last else np.vstack([W, np.eye(W.shape[1])[-1]])
