# TorchScript: this file is compiled; keep to its subset of Python.
"""What an exported file computes: u and grad u from t and x alone."""

import torch
from torch import Tensor, nn


class Solution(nn.Module):
    """forward(t: [n], x: [n, d]) -> u [n], grad u [n, d], in float64 whatever the precision inside."""

    def __init__(self, network: nn.Module, features: nn.Module, dtype: torch.dtype):
        """features: t [n], x [n, d] -> [n, k], differentiable."""
        super().__init__()
        self.network = network
        self.features = features
        self.dtype = dtype

    def forward(self, t: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        time = t.detach().to(self.dtype)
        point = x.detach().to(self.dtype).requires_grad_(True)
        before = torch.is_grad_enabled()
        torch.set_grad_enabled(True)  # the slopes of the features are differentiated here, whatever the caller does
        features = self.features(time, point)
        slopes: list[Tensor] = []
        for k in range(features.size(1)):
            slope = torch.autograd.grad([features[:, k].sum()], [point], retain_graph=True)[0]
            assert slope is not None
            slopes.append(slope)
        torch.set_grad_enabled(before)
        with torch.no_grad():
            u, gradient = self.network(time, point.detach(), features.detach(), torch.stack(slopes, 1))
        return u.to(torch.float64), gradient.to(torch.float64)
