# Scripted: TorchScript's subset of Python, no `from __future__ import annotations`.
"""Generalised linear models: linear in a basis that is fixed beforehand."""

import itertools
import math

import torch
from torch import Tensor, nn


class GeneralisedLinear(nn.Module):
    """f(x) = sum_k a_k phi_k(x), phi_k(x) = prod_i cos(pi k_i (x_i + 1) / 2), which are complete on [-1, 1]^d.

    The `width` lowest frequencies by ||k||_1; norm ||a||_1, as |phi_k| <= 1. At first 0."""

    def __init__(self, d: int, width: int):
        super().__init__()
        self.frequency: Tensor
        self.register_buffer("frequency", frequencies(width, d))
        self.a = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        phase = 0.5 * math.pi * self.frequency * (x + 1.0)[:, None]
        return (phase.cos().prod(2) @ self.a)[:, None]

    def norm(self) -> Tensor:
        return self.a.abs().sum()

    def finished(self) -> nn.Module:
        return self


def frequencies(m: int, d: int) -> Tensor:
    """The first m of all k in {0, 1, ...}^d in the order of ||k||_1: [m, d]"""
    found: list[Tensor] = []
    for total in itertools.count():
        for units in itertools.combinations_with_replacement(range(d), total):
            if len(found) == m:
                return torch.stack(found)
            found.append(torch.bincount(torch.tensor(units, dtype=torch.int64), minlength=d).float())
    raise AssertionError("the loop has no end")
