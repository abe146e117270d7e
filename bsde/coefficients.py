"""Products with sigma, which is a number, a diagonal or a matrix at every point."""

import torch
from torch import Tensor


def times(sigma: Tensor | float, v: Tensor) -> Tensor:
    """sigma v: v [n, d] -> [n, d]"""
    if isinstance(sigma, Tensor) and sigma.dim() == 3:
        return torch.einsum("nij,nj->ni", sigma, v)
    return sigma * v


def transposed(sigma: Tensor | float, v: Tensor) -> Tensor:
    """sigma^T v: v [n, d] -> [n, d]"""
    if isinstance(sigma, Tensor) and sigma.dim() == 3:
        return torch.einsum("nji,nj->ni", sigma, v)
    return sigma * v
