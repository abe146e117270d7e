"""Norms of layered networks against independent ways to compute them, and their symmetries."""

import itertools

import numpy as np
import pytest
import torch
from tolerances import FLOAT64
from torch import nn

from theory.norms import path
from theory.norms.network import MLP, Layer, two_layer
from theory.norms.scripts import of_module

random = np.random.default_rng(6)


def deep(*sizes: int) -> MLP:
    pairs = itertools.pairwise(sizes)
    return MLP(tuple(Layer(random.normal(size=(o, i)), random.normal(size=o)) for i, o in pairs))


def enumerated(network: MLP, power: int) -> float:
    """sum over all paths of prod |w|^power, path by path; a bias starts a path."""
    total = 0.0
    for first in range(len(network.layers)):
        later = network.layers[first + 1 :]
        starts = [(k, network.layers[first].b[k]) for k in range(len(network.layers[first].b))]
        if first == 0:
            W = network.layers[0].W
            starts += [(k, W[k, i]) for k in range(len(W)) for i in range(W.shape[1])]
        for k, weight in starts:
            for way in itertools.product(*(range(len(layer.b)) for layer in later)):
                product, at = weight, k
                for layer, to in zip(later, way, strict=True):
                    product, at = product * layer.W[to, at], to
                total += abs(product) ** power
    return total


def test_path_norms_are_sums_over_paths():
    network = deep(2, 3, 4, 1)
    assert path.path_norm(network) == pytest.approx(enumerated(network, 1), rel=FLOAT64)
    assert path.neyshabur_path_norm(network) == pytest.approx(enumerated(network, 2) ** 0.5, rel=FLOAT64)


def test_of_two_layers_it_is_the_lectures_formula():
    a, b, c = random.normal(size=5), random.normal(size=(5, 3)), random.normal(size=5)
    expected = (np.abs(a) * (np.abs(b).sum(1) + np.abs(c))).sum()
    assert path.path_norm(two_layer(a, b, c)) == pytest.approx(expected, rel=FLOAT64)


def test_the_path_norm_is_the_output_of_the_network_of_absolute_values():
    module = nn.Sequential(nn.Linear(3, 6), nn.ReLU(), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 1)).double()
    found = path.path_norm(of_module(module)[""])
    for parameter in module.parameters():
        parameter.data.abs_()
    assert found == pytest.approx(module(torch.ones(1, 3, dtype=torch.float64)).item(), rel=FLOAT64)


def test_scaling_a_neuron_in_and_out_changes_path_norms_nowhere_and_products_of_norms_somewhere():
    network = deep(2, 4, 1)
    (W, b), (V, c) = network.layers
    scale = np.array([10.0, 1.0, 1.0, 1.0])
    same = MLP((Layer(scale[:, None] * W, scale * b), Layer(V / scale, c)))
    x = random.normal(size=(5, 2))
    np.testing.assert_allclose(same(x), network(x), rtol=FLOAT64)
    assert path.path_norm(same) == pytest.approx(path.path_norm(network), rel=FLOAT64)
    assert path.neyshabur_path_norm(same) == pytest.approx(path.neyshabur_path_norm(network), rel=FLOAT64)
    assert path.frobenius_product(same) > 1.1 * path.frobenius_product(network)


def test_the_spectral_complexity_of_orthogonal_layers():
    Q, _ = np.linalg.qr(random.normal(size=(4, 4)))
    R, _ = np.linalg.qr(random.normal(size=(4, 4)))
    network = MLP((Layer(Q, np.zeros(4)), Layer(R, np.zeros(4))))
    # all singular values are 1; rows have length 1: 5 of the first with the one that hands on the 1, 4 of the last
    assert path.spectral_complexity(network) == pytest.approx((5 ** (2 / 3) + 4 ** (2 / 3)) ** 1.5, rel=FLOAT64)
    assert path.spectral_complexity(MLP((Layer(np.zeros((1, 2)), np.zeros(1)),))) == 0.0


def test_no_function_grows_faster_than_its_path_norm():
    network = deep(3, 8, 8, 1)
    x = random.uniform(-1, 1, (500, 3))
    assert np.abs(network(x)).max() <= path.path_norm(network)
