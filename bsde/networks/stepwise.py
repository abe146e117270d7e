# TorchScript: this file is compiled; keep to its subset of Python.
"""A network for every time step, as one network of t and x."""

import torch
from torch import Tensor, nn


class Stepwise(nn.Module):
    """u and its gradient of the n-th network from t_n = n dt on until t_(n+1)."""

    def __init__(self, networks: list[nn.Module], dt: float):
        """networks: as bsde.networks.shared, for n = 0, 1, ..."""
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.dt = dt
        self.last = len(networks) - 1
        self.rounding = 1e-3  # of a time step: t_n = n dt in float32 belongs to the n-th

    def forward(self, t: Tensor, x: Tensor, features: Tensor, slopes: Tensor) -> tuple[Tensor, Tensor]:
        """t: [n], x: [n, d], features: [n, k], slopes: [n, k, d] -> u [n], grad u [n, d]"""
        u, gradient = torch.zeros_like(t), torch.zeros_like(x)
        step = torch.floor(t / self.dt + self.rounding).clamp(0, self.last)
        for n, network in enumerate(self.networks):
            at = torch.nonzero(step == n)[:, 0]
            if at.numel() > 0:
                value, slope = network(t[at], x[at], features[at], slopes[at])
                u = u.index_copy(0, at, value)
                gradient = gradient.index_copy(0, at, slope)
        return u, gradient
