"""Networks as plain arrays, whatever they came as."""

import itertools
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from theory.norms.activations import ACTIVATIONS
from theory.norms.basis import BasisExpansion
from theory.norms.residual import ResidualNetwork
from theory.norms.solution import SolutionNetwork
from theory.points import Array, read_npz
from trainer.errors import UserError


class Layer(NamedTuple):
    W: Array  # [out, in]
    b: Array  # [out]


class MLP(NamedTuple):
    """f(x) = W_L h_{L-1} + b_L, h_l = gain s_l(W_l h_{l-1} + b_l), h_0 = x; with `skip` h_{l-1} is added (`widen`)."""

    layers: tuple[Layer, ...]
    activations: tuple[str, ...] = ("ReLU",)  # s_l, by their names; one stands for all
    gain: float = 1.0
    skip: bool = False

    def __call__(self, x: Array) -> Array:
        """[n, d] -> [n, out]"""
        *hidden, last = self.layers
        for (W, b), name in zip(hidden, itertools.cycle(self.activations), strict=False):
            y = self.gain * ACTIVATIONS[name].f(x @ W.T + b)
            x = widen(x, y) if self.skip else y
        return np.asarray(x @ last.W.T + last.b)

    @property
    def inputs(self) -> int:
        """d"""
        return int(self.layers[0].W.shape[1])

    @property
    def outputs(self) -> int:
        return len(self.layers[-1].b)

    @property
    def neurons(self) -> bool:
        """Whether it is sum_k a_k sigma(b_k.x + c_k) + c_0, sigma = ReLU, of which Barron's space is made."""
        relu = self.activations == ("ReLU",) and self.gain == 1.0
        return len(self.layers) == 2 and self.outputs == 1 and relu and not self.skip


Network = MLP | ResidualNetwork | BasisExpansion | SolutionNetwork


def widen(x: Array, y: Array) -> Array:
    """x + y where they are as wide, (x, x) + y where y is twice as wide, y otherwise: the last axis."""
    times = y.shape[-1] / x.shape[-1]
    return np.concatenate(int(times) * [x], axis=-1) + y if times in (1, 2) else y


def two_layer(a: Any, b: Any, c: Any, what: str = "network") -> MLP:
    """sum_k a_k sigma(b_k.x + c_k). a: [m], b: [m, d], c: [m]. Raises UserError for other shapes."""
    a, b, c = (np.asarray(v, dtype=np.float64) for v in (a, b, c))
    return checked_mlp(MLP((Layer(b, c), Layer(a[None], np.zeros(1)))), what)


def checked_mlp(network: MLP, what: str) -> MLP:
    """Raises UserError unless shapes fit one another and all numbers are finite."""
    sizes = [(layer.W.shape, layer.b.shape) for layer in network.layers]
    fits = all(len(W) == 2 and b == W[:1] and min(W) > 0 for W, b in sizes)
    if not fits or any(one[0][0] != two[0][1] for one, two in itertools.pairwise(sizes)):
        raise UserError(f"{what}: expected weights [out, in] and biases [out] that follow one another, got {sizes}")
    if not all(np.isfinite(v).all() for layer in network.layers for v in layer):
        raise UserError(f"{what}: expected finite weights, got nan or inf; the training has diverged")
    return network


def read_arrays(path: Path) -> MLP:
    """a [m], b [m, d], c [m] of a .npz file, for sum_k a_k sigma(b_k.x + c_k)."""
    a, b, c = read_npz(path, a="[m]", b="[m, d]", c="[m]")
    return two_layer(a, b, c, str(path))
