# TorchScript: scripted modules call this file, so it uses TorchScript's subset of Python.
"""The networks of learned moments and closures, and what they see of a gas."""

from itertools import pairwise

import torch
from torch import Tensor, nn

SMALL = 0.02  # sqrt(sum b_k^2) below which a gas is near equilibrium


def reflected(b: Tensor, scale: Tensor, small: float) -> tuple[Tensor, Tensor, Tensor]:
    """Of the moments b_3 .. b_M [..., M - 2], odd and even in turn: what changes its sign in a reflection, of size 1;
    what does not change; and a number that vanishes in equilibrium and tends to 1 far from it. scale: their rms."""
    x = bounded(b / scale)
    return parts(x[..., 0::2], x[..., 1::2], b, small)


def sorted_by_parity(
    b: Tensor, scale: Tensor, small: float, odd: Tensor, even: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """The same of moments in another order; odd, even: which are."""
    x = bounded(b / scale)
    return parts(x.index_select(-1, odd), x.index_select(-1, even), b, small)


def parts(odd: Tensor, even: Tensor, b: Tensor, small: float) -> tuple[Tensor, Tensor, Tensor]:
    size = b.square().sum(-1, keepdim=True)
    share = size / (size + small)
    return odd, torch.cat([even, outer(odd, odd), share], -1), share


def bounded(x: Tensor) -> Tensor:
    """x / sqrt(1 + |x|^2): [..., n]"""
    return x / (1.0 + x.square().sum(-1, keepdim=True)).sqrt()


def outer(x: Tensor, y: Tensor) -> Tensor:
    """All products: [..., n], [..., m] -> [..., n m]."""
    return (x.unsqueeze(-1) * y.unsqueeze(-2)).flatten(-2)


def features(odd: int, even: int) -> int:
    """How many numbers do not change, of so many moments."""
    return even + odd * odd + 1


def network(inputs: int, width: int, outputs: int, random: torch.Generator) -> nn.Sequential:
    """Two hidden layers with silu, or none for width = 0; the last layer begins as 0: what is untrained is known from
    theory."""
    widths = [inputs, width, width, outputs] if width else [inputs, outputs]
    layers: list[nn.Module] = []
    for k, (n, m) in enumerate(pairwise(widths)):
        layer = nn.Linear(n, m, dtype=torch.float64)
        last = k == len(widths) - 2
        with torch.no_grad():
            layer.weight.normal_(0.0, 0.0 if last else n**-0.5, generator=random)
            layer.bias.zero_()
        layers += [layer] if last else [layer, nn.SiLU()]
    return nn.Sequential(*layers)
