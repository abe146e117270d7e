"""Functions between layers."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import erf, expit

from theory.points import Array


class Activation(NamedTuple):
    f: Callable[[Array], Array]
    slope: float  # the largest
    zero: bool = True  # whether f(0) = 0


ACTIVATIONS = {
    "ReLU": Activation(lambda t: np.maximum(t, 0.0), 1.0),
    "tanh": Activation(lambda t: np.asarray(np.tanh(t)), 1.0),
    "SiLU": Activation(lambda t: t * expit(t), 1.0998),
    "GELU": Activation(lambda t: 0.5 * t * (1 + erf(t / np.sqrt(2.0))), 1.1290),
    "ELU": Activation(lambda t: np.where(t > 0, t, np.expm1(np.minimum(t, 0.0))), 1.0),
    "leaky ReLU": Activation(lambda t: np.where(t > 0, t, 0.01 * t), 1.0),
    "sigmoid": Activation(lambda t: np.asarray(expit(t)), 0.25, zero=False),
    "softplus": Activation(lambda t: np.logaddexp(t, 0.0), 1.0, zero=False),
    "identity": Activation(lambda t: t, 1.0),
}
