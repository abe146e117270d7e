"""Networks inside of TorchScript files: their weights are read, and believed if they compute what the module does."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from theory.norms.basis import BasisExpansion
from theory.norms.chains import chains
from theory.norms.network import ACTIVATIONS, MLP, Network, checked_mlp, read_arrays
from theory.norms.residual import ResidualNetwork
from theory.norms.solution import SolutionNetwork
from theory.points import Array
from trainer import export
from trainer.errors import UserError
from trainer.potentials.networks import SILU_GAIN

PROBES = 32  # random inputs on which arrays and module must agree
AGREE = {torch.float16: 2e-2, torch.bfloat16: 1e-1, torch.float32: 1e-4, torch.float64: 1e-9}  # of the largest output
GAINS = (1.0, SILU_GAIN)  # the second in our potentials


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
            f"{describe(state_of(module))}, but no part of it computes what they would in a row with one activation"
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
    dtype = next(iter(state.values())).dtype if state else torch.float64
    said: dict[tuple[type, int], Array | None] = {}  # by the module, asked once for each kind and width of inputs
    for network in candidates(state, what):
        x = torch.as_tensor(np.random.default_rng(0).normal(size=(PROBES, network.inputs)), dtype=dtype)
        key = (type(network), network.inputs)
        if key not in said:
            said[key] = answer(module, network, x, state)
        if same(said[key], network(x.double().numpy()), AGREE[dtype]):
            return network
    return None


def candidates(state: dict[str, Tensor], what: str) -> Iterator[Network]:
    """What these weights can be."""
    arrays = {name: tensor.double().numpy() for name, tensor in state.items()}
    for kind in (ResidualNetwork, BasisExpansion, SolutionNetwork):
        if set(kind._fields) <= set(arrays):
            yield kind(**{name: arrays[name] for name in kind._fields})
    for layers in chains(arrays):
        if len(layers) == 1:
            yield checked_mlp(MLP(layers, "identity"), what)
            continue
        for skip, gain, name in itertools.product((False, True), GAINS, ACTIVATIONS):
            yield checked_mlp(MLP(layers, name, gain, skip), what)


@torch.no_grad()
def answer(module: nn.Module, network: Network, x: Tensor, state: dict[str, Tensor]) -> Array | None:
    """Of the module, as the network would give it; None where it has no use for a matrix of this width."""
    try:
        if not isinstance(network, SolutionNetwork):
            return np.asarray(module(x).double().numpy())
        mean, scale, d = state["mean"], state["scale"], cast(int, module.dim)
        p = mean[:-1] + scale[:-1] * x
        u, _ = module(p[:, -1], p[:, :d], p[:, d:-1], p.new_zeros(len(p), p.shape[1] - 1 - d, d))
        return np.asarray(((u - mean[-1]) / scale[-1]).double().numpy())
    except Exception:  # whatever a foreign module does with a matrix
        return None


def same(said: Array | None, want: Array, tolerance: float) -> bool:
    """To `tolerance` of the largest."""
    if said is None or said.size != want.size:
        return False
    return bool(np.abs(said.reshape(want.shape) - want).max() <= tolerance * max(1e-30, np.abs(want).max()))
