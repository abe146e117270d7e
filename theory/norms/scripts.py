"""Networks inside of TorchScript files: their weights are read, and believed if they compute what the module does."""

import itertools
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from theory.norms.activations import ACTIVATIONS
from theory.norms.basis import BasisExpansion
from theory.norms.chains import chains, told_apart
from theory.norms.network import MLP, Network, checked_mlp, read_arrays
from theory.norms.residual import ResidualNetwork
from theory.norms.solution import SolutionNetwork
from theory.points import Array
from trainer import export
from trainer.errors import UserError

PROBES = 32  # random inputs on which arrays and module must agree
AGREE = {torch.float16: 2e-2, torch.bfloat16: 1e-1, torch.float32: 1e-4, torch.float64: 1e-9}  # of the largest output
MIXED = 5  # layers, up to which activations may differ from one another: 9^4 ways


def read(path: Path) -> dict[str, Network]:
    """The networks of a TorchScript file of any origin by their place in it ("" for the file's own module): MLPs,
    residual networks and basis expansions of this package, those inside of potentials, closures and PDE solutions.
    Or one of a .npz file with a [m], b [m, d], c [m]. Raises UserError in one line for anything else."""
    if path.suffix == ".npz":
        return {"": read_arrays(path)}
    return of_module(export.load_script(path), str(path))


def of_module(module: nn.Module, what: str = "module") -> dict[str, Network]:
    """From a torch module, scripted or not. Raises UserError for a module without a network in it."""
    found: dict[str, Network] = {}
    for name, part in module.eval().cpu().named_modules():
        if any(known == "" or name.startswith(f"{known}.") for known in found):
            continue  # a part of what was found
        network = matched(part, f"{what}: {name}" if name else what)
        if network is not None and (name == "" or not linear(network)):
            found[name] = network
    if not found:
        raise UserError(
            f"{what}: expected an MLP, or a model of ours with one in it; its weights are "
            f"{describe(state_of(module))}, but no part of it computes what they would in a row"
        )
    return found


def linear(network: Network) -> bool:
    """A part that is one layer is nothing for itself."""
    return isinstance(network, MLP) and len(network.layers) == 1


def state_of(module: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach() for name, tensor in module.state_dict().items() if tensor.is_floating_point()}


def describe(state: dict[str, Tensor]) -> str:
    shapes = [f"{name} {list(tensor.shape)}" for name, tensor in state.items()]
    return ", ".join(shapes[:4]) + (", ..." if len(shapes) > 4 else "") if shapes else "none (a frozen script?)"


def matched(module: nn.Module, what: str) -> Network | None:
    """The network that the module is: both give the same on random inputs."""
    state = state_of(module)
    arrays = {name: tensor.double().numpy() for name, tensor in state.items()}
    rows = [checked_mlp(MLP(layers), what) for layers in chains(arrays)]
    says = Answers(module, state)
    for network in itertools.chain(ours(arrays), *(alike(row, gains_of(module)) for row in rows)):
        if says.agrees(network, network(says.inputs(network))):
            return network
    for row in rows:
        if 2 < len(row.layers) <= MIXED and says.something(row):
            names = told_apart(row.layers, says.inputs(row), partial(says.agrees, row))
            if names is not None:
                return MLP(row.layers, names)
    return None


def ours(arrays: dict[str, Array]) -> Iterator[Network]:
    """Networks of other forms that these weights can be."""
    for kind in (ResidualNetwork, BasisExpansion, SolutionNetwork):
        if set(kind._fields) <= set(arrays):
            yield kind(**{name: arrays[name] for name in kind._fields})


def gains_of(module: nn.Module) -> tuple[float, ...]:
    """What activations may be multiplied by: 1, or the module's own number of this name, which our potentials have."""
    own = getattr(module, "gain", 1.0)
    return (1.0, own) if isinstance(own, float) and own != 1.0 else (1.0,)


def alike(row: MLP, gains: tuple[float, ...]) -> Iterator[MLP]:
    """With one activation everywhere."""
    if len(row.layers) == 1:
        yield MLP(row.layers, ("identity",))
        return
    for skip, gain, name in itertools.product((False, True), gains, ACTIVATIONS):
        yield MLP(row.layers, (name,), gain, skip)


class Answers:
    """What a module says of random inputs, asked once for each kind of network and width of inputs."""

    def __init__(self, module: nn.Module, state: dict[str, Tensor]):
        self.module, self.state = module, state
        self.dtype = next(iter(state.values())).dtype if state else torch.float64
        self._said: dict[tuple[type, int], Array | None] = {}

    def inputs(self, network: Network) -> Array:
        """[PROBES, d], as the module's precision has them."""
        x = np.random.default_rng(0).normal(size=(PROBES, network.inputs))
        return np.asarray(torch.as_tensor(x, dtype=self.dtype).double().numpy())

    def something(self, network: Network) -> bool:
        """Whether it has a use for a matrix of this width."""
        return self._of(network) is not None

    def agrees(self, network: Network, y: Array) -> bool:
        """Whether it says y of them, to rounding of the largest."""
        said = self._of(network)
        if said is None or said.size != y.size:
            return False
        return bool(np.abs(said.reshape(y.shape) - y).max() <= AGREE[self.dtype] * max(1e-30, np.abs(y).max()))

    def _of(self, network: Network) -> Array | None:
        key = (type(network), network.inputs)
        if key not in self._said:
            self._said[key] = self._ask(network)
        return self._said[key]

    @torch.no_grad()
    def _ask(self, network: Network) -> Array | None:
        x = torch.as_tensor(self.inputs(network), dtype=self.dtype)
        try:
            if not isinstance(network, SolutionNetwork):
                return np.asarray(self.module(x).double().numpy())
            mean, scale, d = self.state["mean"], self.state["scale"], cast(int, self.module.dim)
            p = mean[:-1] + scale[:-1] * x
            u, _ = self.module(p[:, -1], p[:, :d], p[:, d:-1], p.new_zeros(len(p), p.shape[1] - 1 - d, d))
            return np.asarray(((u - mean[-1]) / scale[-1]).double().numpy())
        except Exception:  # whatever a foreign module does with a matrix
            return None
