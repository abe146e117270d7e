"""Networks as plain arrays, whatever they came as."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from theory.norms.basis import BasisExpansion
from theory.norms.residual import ResidualNetwork
from theory.points import Array, reading
from trainer import export
from trainer.errors import UserError

PROBES = 32  # random inputs on which arrays and module must agree
AGREE = {torch.float32: 1e-4, torch.float64: 1e-9}  # of the largest output, by the module's precision

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "ReLU": lambda t: np.maximum(t, 0.0),
    "tanh": lambda t: np.asarray(np.tanh(t)),
    "identity": lambda t: t,
}


class Layer(NamedTuple):
    W: Array  # [out, in]
    b: Array  # [out]


class MLP(NamedTuple):
    """f(x) = W_L s(... s(W_1 x + b_1) ...) + b_L"""

    layers: tuple[Layer, ...]
    activation: str = "ReLU"

    def __call__(self, x: Array) -> Array:
        """[n, d] -> [n, out]"""
        for k, (W, b) in enumerate(self.layers):
            x = x @ W.T + b
            if k < len(self.layers) - 1:
                x = ACTIVATIONS[self.activation](x)
        return x

    @property
    def inputs(self) -> int:
        """d"""
        return int(self.layers[0].W.shape[1])


Network = MLP | ResidualNetwork | BasisExpansion


def two_layer(a: Any, b: Any, c: Any) -> MLP:
    """sum_k a_k sigma(b_k.x + c_k). a: [m], b: [m, d], c: [m]"""
    a, b, c = (np.asarray(v, dtype=np.float64) for v in (a, b, c))
    return checked_mlp(MLP((Layer(b, c), Layer(a[None], np.zeros(1)))), "network")


def checked_mlp(network: MLP, what: str) -> MLP:
    """Raises UserError unless shapes fit one another and all numbers are finite."""
    sizes = [(layer.W.shape, layer.b.shape) for layer in network.layers]
    fits = all(len(W) == 2 and b == W[:1] and min(W) > 0 for W, b in sizes)
    if not fits or any(one[0][0] != two[0][1] for one, two in itertools.pairwise(sizes)):
        raise UserError(f"{what}: expected weights [out, in] and biases [out] that follow one another, got {sizes}")
    if not all(np.isfinite(v).all() for layer in network.layers for v in layer):
        raise UserError(f"{what}: expected finite weights, got nan or inf; the training has diverged")
    return network


def read(path: Path) -> Network:
    """A TorchScript file of any origin that holds an MLP or a residual network of this package, or a .npz file with
    a [m], b [m, d], c [m] for sum_k a_k sigma(b_k.x + c_k). Raises UserError in one line for anything else."""
    if path.suffix == ".npz":
        return read_arrays(path)
    return of_module(export.load_script(path), str(path))


def read_arrays(path: Path) -> MLP:
    with reading(path, "arrays a [m], b [m, d], c [m] in .npz"), np.load(path, allow_pickle=False) as found:
        return checked_mlp(two_layer(found["a"], found["b"], found["c"]), str(path))


def of_module(module: nn.Module, what: str = "module") -> Network:
    """From a torch module, scripted or not: its weights in their order, if they say what the module computes.

    Raises UserError for a module that computes something else than such an MLP."""
    state = {name: tensor.detach().cpu() for name, tensor in module.state_dict().items()}
    for network in candidates(state, what):
        if computes(module, network, state):
            return network
    raise UserError(
        f"{what}: expected an MLP with ReLU or tanh, or a residual network of ours; its weights are "
        f"{describe(state)}, but it computes something else than they would in a row"
    )


def candidates(state: dict[str, torch.Tensor], what: str) -> list[Network]:
    """What these weights can be."""
    for kind in (ResidualNetwork, BasisExpansion):
        if set(kind._fields) == set(state):
            return [kind(**{name: state[name].double().numpy() for name in kind._fields})]
    layers = tuple(layers_of(state, what))
    names = ("identity",) if len(layers) == 1 else ("ReLU", "tanh")
    return [checked_mlp(MLP(layers, name), what) for name in names]


def layers_of(state: dict[str, torch.Tensor], what: str) -> list[Layer]:
    """Every matrix is a layer; the vector of the same name but for its last word is its bias."""
    layers = []
    for name, tensor in state.items():
        if tensor.dim() == 2 and tensor.is_floating_point():
            stem = name.removesuffix("weight")
            bias = state.get(f"{stem}bias", torch.zeros(len(tensor))) if stem != name else torch.zeros(len(tensor))
            layers.append(Layer(tensor.double().numpy(), bias.double().numpy()))
    if not layers:
        raise UserError(f"{what}: expected an MLP, got a module without matrices: {describe(state)}")
    return layers


def describe(state: dict[str, torch.Tensor]) -> str:
    shapes = [f"{name} {list(tensor.shape)}" for name, tensor in state.items()]
    return ", ".join(shapes[:4]) + (", ..." if len(shapes) > 4 else "") if shapes else "no weights"


def computes(module: nn.Module, network: Network, state: dict[str, torch.Tensor]) -> bool:
    """Whether both give the same on random inputs."""
    first = next(t for t in state.values() if t.is_floating_point() and t.dim() >= 1)
    x = np.random.default_rng(0).normal(size=(PROBES, network.inputs))
    probe = torch.as_tensor(x, dtype=first.dtype)
    try:
        with torch.no_grad():
            said = module.eval().cpu()(probe).double().numpy()
    except Exception:  # whatever a foreign module does with a matrix
        return False
    want = network(probe.double().numpy())
    tolerance = AGREE.get(first.dtype, AGREE[torch.float32])
    return said.size == want.size and bool(
        np.abs(said.reshape(want.shape) - want).max() <= tolerance * max(1e-30, np.abs(want).max())
    )
