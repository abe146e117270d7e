"""What is to be learned: networks of a known norm, and digits."""

import math
from typing import NamedTuple

import numpy as np

from theory.engines import engine
from theory.points import Array, with_bias
from theory.regression.data import Sample

NEURONS, DIMENSION, NOISE = 20, 10, 0.02  # noise: standard deviation, in the values that are trained on
TEST = 2000
LEAST = 4 * math.sqrt(2) * (1 + 1e-12)  # lambda of the a priori bound


class Problem(NamedTuple):
    name: str
    train: Sample
    test: Sample
    norm: float | None  # of the target, from above, where it is known
    penalty: float  # lambda: of 0.001, 0.003, 0.01, ... the best; the theorems ask for 4 sqrt 2


def barron(n: int, seed: int) -> Problem:
    """f* = 0.2 sum_k sigma(w_k.z), ||w_k||_1 = 1, of 20 neurons, x uniform on [0, 1]^10; the test has no noise."""
    random = np.random.default_rng(seed)
    w = random.normal(size=(NEURONS, DIMENSION + 1))
    w /= np.abs(w).sum(1, keepdims=True)

    def sample(count: int) -> Sample:
        x = random.random((count, DIMENSION))
        return Sample(x, 0.2 * np.maximum(with_bias(x) @ w.T, 0.0).sum(1))

    train, test = sample(n), sample(TEST)
    return Problem("Barron", Sample(train.x, train.y + NOISE * random.normal(size=n)), test, 0.2 * NEURONS, 0.001)


def digits(n: int, seed: int) -> Problem:
    """Even (0) against odd (1), scikit-learn's 1797 handwritten digits of 8 x 8 pixels in [0, 1], means over 2 x 2
    pixels: d = 16. n of them train, the others test. Raises UserError without scikit-learn."""
    found = engine("sklearn.datasets").load_digits()
    x: Array = found.images.reshape(-1, 4, 2, 4, 2).mean((2, 4)).reshape(-1, 16) / 16
    order = np.random.default_rng(seed).permutation(len(x))
    whole = Sample(x[order], found.target[order] % 2.0)
    return Problem("digits", Sample(whole.x[:n], whole.y[:n]), Sample(whole.x[n:], whole.y[n:]), None, 0.003)


def one_neuron(n: int, seed: int) -> Problem:
    """f* = sigma(x_1), of norm 1, x uniform on [-1, 1]^10, without noise; lambda is the least of the theorem."""
    random = np.random.default_rng(seed)
    points = (random.uniform(-1, 1, (count, DIMENSION)) for count in (n, TEST))
    train, test = (Sample(x, np.maximum(x[:, 0], 0.0)) for x in points)
    return Problem("one neuron", train, test, 1.0, LEAST)
