"""A network of Z for every time step (Han, Jentzen and E, PNAS 115 (2018) 8505, and their program DeepBSDE)."""

from itertools import pairwise

import torch
from torch import Tensor, nn

MOMENTUM, EPS = 0.99, 1e-6  # of batch normalisation


class PerStepNetworks(nn.Module):
    """Y_0 and Z_0, numbers to be learned, and Z_n = phi_n(X_n) / d for n = 1, ..., N - 1, all phi_n at once:

    phi = BN W_3 relu(BN W_2 relu(BN W_1 BN x)),   hidden layers of width d + 10, BN batch normalisation."""

    def __init__(self, steps: int, dim: int, first: tuple[float, float], dtype: torch.dtype):
        """first: Y_0 begins between these two."""
        super().__init__()
        self.dim = dim
        widths = [dim, dim + 10, dim + 10, dim]
        self.y0 = nn.Parameter(torch.empty(1, dtype=dtype).uniform_(*first))
        self.z0 = nn.Parameter(torch.empty(dim, dtype=dtype).uniform_(-0.1, 0.1))
        pairs = pairwise(widths)
        self.weights = nn.ParameterList(
            [torch.randn(steps - 1, n, m, dtype=dtype) * (2 / (n + m)) ** 0.5 for n, m in pairs]
        )
        sizes = [dim, *widths[1:]]
        self.gamma = nn.ParameterList([torch.empty(steps - 1, 1, n, dtype=dtype).uniform_(0.1, 0.5) for n in sizes])
        self.beta = nn.ParameterList([torch.randn(steps - 1, 1, n, dtype=dtype) * 0.1 for n in sizes])
        for k, n in enumerate(sizes):
            self.register_buffer(f"mean{k}", torch.zeros(steps - 1, 1, n, dtype=dtype))
            self.register_buffer(f"variance{k}", torch.ones(steps - 1, 1, n, dtype=dtype))

    def forward(self, x: Tensor) -> Tensor:
        """x: X_n of n = 1, ..., N - 1, [N - 1, B, d] -> Z_n [N - 1, B, d]"""
        h = self.normalised(0, x)
        for k, weight in enumerate(self.weights):
            h = self.normalised(k + 1, torch.bmm(h, weight))
            if k + 1 < len(self.weights):
                h = torch.relu(h)
        return h / self.dim

    def normalised(self, k: int, h: Tensor) -> Tensor:
        """By the batch in training, and by the moving averages otherwise."""
        mean, variance = self.get_buffer(f"mean{k}"), self.get_buffer(f"variance{k}")
        if self.training:
            now, spread = h.mean(1, keepdim=True), h.var(1, keepdim=True, unbiased=False)
            mean.lerp_(now.detach(), 1 - MOMENTUM)
            variance.lerp_(spread.detach(), 1 - MOMENTUM)
            mean, variance = now, spread
        scaled: Tensor = self.gamma[k] * (h - mean) / torch.sqrt(variance + EPS) + self.beta[k]
        return scaled
