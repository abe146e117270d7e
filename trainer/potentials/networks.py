# TorchScript: this file is compiled into exported models (no `from __future__ import annotations`).
"""The networks of atomic energies, and what networks are made of."""

import torch
from torch import Tensor, nn

from trainer import kernels

# by which silu of a standard normal number has the mean square one: 1 / sqrt(E[silu(z)^2])
SILU_GAIN = 1.6765324703310911


def widen(x: Tensor, y: Tensor) -> Tensor:
    """Skip connection: x + y when the widths agree, (x, x) + y when y is twice as wide, y otherwise."""
    if y.shape[-1] == x.shape[-1]:
        return x + y
    if y.shape[-1] == 2 * x.shape[-1]:
        return torch.cat([x, x], -1) + y
    return y


class FittingNetwork(nn.Module):
    """Energy of an atom from its descriptor, and what is joined to it: layers with skip connections, then one linear
    number.

    h_l = widen(h_{l-1}, gain f(W_l h_{l-1} + b_l)), with f = tanh and gain = 1, or f = silu and SILU_GAIN."""

    def __init__(
        self,
        size: int,
        extra: int,
        widths: list[int],
        activation: str,
        dtype: torch.dtype,
        generator: torch.Generator,
    ):
        """size: of the descriptor; extra: inputs behind it. These few start with weights N(0, 1 / extra): among so
        many others they would hardly be seen. activation: tanh or silu."""
        super().__init__()
        self.activation, self.gain = activation, {"tanh": 1.0, "silu": SILU_GAIN}[activation]
        layers = []
        for fan_in, fan_out in zip([size + extra, *widths[:-1]], widths, strict=True):
            layers.append(linear(fan_in, fan_out, 1.0, dtype, generator))
        if extra:
            with torch.no_grad():
                layers[0].weight[:, size:] *= ((size + extra + widths[0]) / extra) ** 0.5
        self.layers = nn.ModuleList(layers)
        self.output = linear(widths[-1], 1, 0.0, dtype, generator)

    def forward(self, descriptor: Tensor) -> Tensor:
        """descriptor: [n, D] -> [n], in units of the potential's energy scale."""
        if not torch.jit.is_scripting():  # noqa: SIM102, for TorchScript
            if kernels.usable(descriptor):
                return kernels.fitting(descriptor, list(self.parameters()), self.activation, self.gain)
        h = descriptor
        for layer in self.layers:
            z = layer(h)
            h = widen(h, self.gain * nn.functional.silu(z) if self.activation == "silu" else torch.tanh(z))
        energy: Tensor = self.output(h)
        return energy.squeeze(1)


def normal(shape: tuple[int, ...], std: float, dtype: torch.dtype, generator: torch.Generator) -> Tensor:
    """The same numbers in float32 and float64, so that both precisions start from one model."""
    return (torch.randn(shape, dtype=torch.float64, generator=generator) * std).to(dtype)


def linear(fan_in: int, fan_out: int, bias_std: float, dtype: torch.dtype, generator: torch.Generator) -> nn.Linear:
    """Weights N(0, 1 / (in + out)), biases N(0, bias_std^2): DeePMD-kit's start, which the learning rates assume."""
    layer = nn.Linear(fan_in, fan_out, dtype=dtype)
    layer.__constants__ = []  # torch would write its two in random order: the same model should be the same file
    with torch.no_grad():
        layer.weight.copy_(normal((fan_out, fan_in), (fan_in + fan_out) ** -0.5, dtype, generator))
        layer.bias.copy_(normal((fan_out,), bias_std, dtype, generator))
    return layer
