"""Means of samples that come bundle by bundle."""

from dataclasses import dataclass

import torch
from torch import Tensor


def sums_of(samples: Tensor) -> Tensor:
    """Number, sum and sum of squares, which add up over bundles: [n] -> [3]"""
    return torch.stack([torch.ones_like(samples).sum(), samples.sum(), samples.square().sum()])


@dataclass(frozen=True)
class Mean:
    """Of independent samples."""

    value: float
    error: float  # its standard error

    @classmethod
    def of(cls, sums: Tensor) -> "Mean":
        """sums: [3] as `sums_of`, float64"""
        n, total, square = sums.tolist()
        mean = total / n
        return cls(mean, (max(0.0, square / n - mean * mean) / max(1.0, n - 1)) ** 0.5)
