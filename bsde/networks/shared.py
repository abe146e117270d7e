# TorchScript: this file is compiled; keep to its subset of Python.
"""One network of u for all times, with its gradient in closed form."""

import torch
from torch import Tensor, nn


class SharedNetwork(nn.Module):
    """u(t, x) = m + s N(p),   p = (x', phi', t') standardised x, features phi(x) and t:

    N = a . p + t' b . p + c . h,   h = h_1 + tanh(W_2 h_1 + b_2),   h_1 = tanh(W_1 p + b_1)

    and grad u by the chain rule, so that a training step differentiates once and a file needs no autograd for it."""

    mean: Tensor
    scale: Tensor

    def __init__(self, mean: Tensor, scale: Tensor, dim: int, width: int):
        """mean, scale: [d + k + 2] of x, the features, t and, last, u."""
        super().__init__()
        inputs = len(mean) - 1
        self.dim = dim
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        dtype = mean.dtype
        first = torch.randn(width, inputs, dtype=dtype)
        first[:, :dim] = 0.0  # u begins as a function of t and the features alone
        self.first = nn.Parameter(first)
        self.first_bias = nn.Parameter(torch.randn(width, dtype=dtype))
        self.second = nn.Parameter(torch.randn(width, width, dtype=dtype) / width**0.5)
        self.second_bias = nn.Parameter(torch.zeros(width, dtype=dtype))
        self.last = nn.Parameter(torch.randn(width, dtype=dtype) * (0.1 / width**0.5))
        skip = torch.zeros(2, inputs, dtype=dtype)
        skip[0, dim] = 1.0  # u begins as the first feature, g
        self.skip = nn.Parameter(skip)

    def forward(self, t: Tensor, x: Tensor, features: Tensor, slopes: Tensor) -> tuple[Tensor, Tensor]:
        """t: [n], x: [n, d], features: [n, k], slopes: [n, k, d] -> u [n], grad u [n, d]"""
        d = self.dim
        p = torch.cat([x, features, t[:, None]], 1)
        p = (p - self.mean[:-1]) / self.scale[:-1]
        late = p[:, -1:]
        h1 = torch.tanh(torch.addmm(self.first_bias, p, self.first.t()))
        h2 = torch.tanh(torch.addmm(self.second_bias, h1, self.second.t()))
        skip = p @ self.skip.t()
        n = skip[:, 0] + late[:, 0] * skip[:, 1] + (h1 + h2) @ self.last
        back = self.last + ((1 - h2 * h2) * self.last) @ self.second
        q = ((1 - h1 * h1) * back) @ self.first[:, :-1] + self.skip[0, :-1] + late * self.skip[1, :-1]
        q = q * (self.scale[-1] / self.scale[:-2])
        gradient = q[:, :d]
        for k in range(slopes.size(1)):
            gradient = gradient + q[:, d + k].unsqueeze(1) * slopes[:, k]
        return self.mean[-1] + self.scale[-1] * n, gradient
