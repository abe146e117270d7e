# Scripted: TorchScript's subset of Python, no `from __future__ import annotations`.
"""Many layers, and many small ones."""

import itertools

import torch
from torch import Tensor, nn

from theory.regression.models.regressor import plain


class Deep(nn.Module):
    """W_L sigma(... sigma(W_1 x + b_1) ...) + b_L, at first by He and `scale`; norm: the path norm, biases included."""

    def __init__(self, d: int, width: int, depth: int, scale: float, random: torch.Generator):
        super().__init__()
        sizes = [d] + [width] * depth + [1]
        self.W = nn.ParameterList()
        self.b = nn.ParameterList()
        for inner, outer in itertools.pairwise(sizes):
            self.W.append(nn.Parameter(scale * (2 / inner) ** 0.5 * torch.randn(outer, inner, generator=random)))
            self.b.append(nn.Parameter(torch.zeros(outer)))

    def forward(self, x: Tensor) -> Tensor:
        for k, (W, b) in enumerate(zip(self.W, self.b, strict=True)):
            x = x @ W.T + b
            if k < len(self.W) - 1:
                x = torch.relu(x)
        return x

    def norm(self) -> Tensor:
        value = torch.ones_like(self.W[0][0])
        for W, b in zip(self.W, self.b, strict=True):
            value = W.abs() @ value + b.abs()
        return value.sum()

    def finished(self) -> nn.Module:
        return plain(list(zip(self.W, self.b, strict=True)))


class Residual(nn.Module):
    """z_0 = V (x, 1), z_{l+1} = z_l + (1/L) U_l sigma(W_l z_l), f = alpha.z_L; norm: the weighted path norm, factor
    3/L.

    D channels: those of (x, 1) and as many again, which begin at 0."""

    def __init__(self, d: int, width: int, depth: int, scale: float, random: torch.Generator):
        super().__init__()
        D = 2 * (d + 1)
        self.V = nn.Parameter(torch.eye(D, d + 1))
        self.W = nn.Parameter(torch.randn(depth, width, D, generator=random) / D)
        self.U = nn.Parameter(scale * torch.randn(depth, D, width, generator=random) / width)
        self.alpha = nn.Parameter(torch.randn(D, generator=random) / D)

    def forward(self, x: Tensor) -> Tensor:
        z = torch.cat([x, torch.ones_like(x[:, :1])], dim=1) @ self.V.T
        for k in range(len(self.W)):
            z = z + torch.relu(z @ self.W[k].T) @ self.U[k].T / len(self.W)
        return z @ self.alpha[:, None]

    def norm(self) -> Tensor:
        paths = self.V.abs()
        for k in range(len(self.W)):
            paths = paths + 3.0 / len(self.W) * self.U[k].abs() @ (self.W[k].abs() @ paths)
        return (self.alpha.abs() @ paths).sum()

    def finished(self) -> nn.Module:
        return self


class Compositional(Residual):
    """The same with the compositional norm ||alpha||_1 ||prod_l (1 + (1/L) |U_l| |W_l|)||_{1,1} ||V||_{1,1}."""

    def norm(self) -> Tensor:
        N = torch.eye(len(self.alpha), dtype=self.V.dtype, device=self.V.device)
        for k in range(len(self.W)):
            N = N + self.U[k].abs() @ (self.W[k].abs() @ N) / len(self.W)
        return self.alpha.abs().sum() * N.sum() * self.V.abs().sum()
