"""The networks of learned moments and closures."""

from itertools import pairwise

import torch
from torch import nn


def network(widths: list[int], random: torch.Generator) -> nn.Sequential:
    """Linear layers with silu between them; the last one begins as 0: what is untrained is known from theory."""
    layers: list[nn.Module] = []
    for k, (n, m) in enumerate(pairwise(widths)):
        layer = nn.Linear(n, m, dtype=torch.float64)
        last = k == len(widths) - 2
        with torch.no_grad():
            layer.weight.normal_(0.0, 0.0 if last else n**-0.5, generator=random)
            layer.bias.zero_()
        layers += [layer] if last else [layer, nn.SiLU()]
    return nn.Sequential(*layers)
