# TorchScript: this file is compiled; keep to its subset of Python.
"""A network of u and another one of its gradient, which need not be the derivative of the first."""

import torch
from torch import Tensor, nn


class PairedNetwork(nn.Module):
    """u of a SharedNetwork N, and   v(t, x) = grad N + s / r (A h),   h = tanh(W p + b),   p = (x', phi', t'),

    with A = 0 at first; r: the spread of x."""

    mean: Tensor
    scale: Tensor

    def __init__(self, network: nn.Module, mean: Tensor, scale: Tensor, dim: int, width: int):
        """network: a SharedNetwork; mean, scale: as it has them."""
        super().__init__()
        self.network = network
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        dtype = mean.dtype
        self.first = nn.Parameter(torch.randn(width, len(mean) - 1, dtype=dtype))
        self.first_bias = nn.Parameter(torch.randn(width, dtype=dtype))
        self.second = nn.Parameter(torch.zeros(dim, width, dtype=dtype))

    def forward(self, t: Tensor, x: Tensor, features: Tensor, slopes: Tensor) -> tuple[Tensor, Tensor]:
        """t: [n], x: [n, d], features: [n, k], slopes: [n, k, d] -> u [n], v [n, d]"""
        u, gradient = self.network(t, x, features, slopes)
        p = (torch.cat([x, features, t[:, None]], 1) - self.mean[:-1]) / self.scale[:-1]
        h = torch.tanh(torch.addmm(self.first_bias, p, self.first.t()))
        return u, gradient + h @ self.second.t() * (self.scale[-1] / self.scale[0])
