# Scripted: TorchScript's subset of Python, no `from __future__ import annotations`.
"""The models of the theory. Each knows its norm, and the plain module that computes the same."""

import itertools
from typing import Protocol

import torch
from torch import Tensor, nn


class Regressor(Protocol):
    """forward: [n, d] -> [n, 1]"""

    def norm(self) -> Tensor:
        """The norm that the theorems penalise."""
        ...

    def finished(self) -> nn.Module:
        """The same function with scales folded into weights, for export."""
        ...


class TwoLayer(nn.Module):
    """f(x) = (1/m) sum_k a_k sigma(b_k.x + c_k); norm (1/m) sum_k |a_k| (||b_k||_1 + |c_k|), the path norm.

    At first a_k ~ scale N(0, 1) and (b_k, c_k) uniform on the unit l1 sphere."""

    def __init__(self, d: int, width: int, scale: float, random: torch.Generator):
        super().__init__()
        w = neurons(width, d, random)
        self.a = nn.Parameter(scale * torch.randn(width, generator=random))
        self.b = nn.Parameter(w[:, :d].clone())
        self.c = nn.Parameter(w[:, d].clone())

    def forward(self, x: Tensor) -> Tensor:
        return (torch.relu(x @ self.b.T + self.c) @ self.a / len(self.a))[:, None]

    def norm(self) -> Tensor:
        return (self.a.abs() * (self.b.abs().sum(1) + self.c.abs())).mean()

    def finished(self) -> nn.Module:
        return plain([(self.b, self.c), (self.a[None] / len(self.a), self.a.new_zeros(1))])


class RandomFeatures(nn.Module):
    """f(x) = (1/m) sum_k a_k sigma(w_k.(x, 1)), ||w_k||_1 = 1 drawn once; norm ((1/m) sum_k a_k^2)^(1/2)."""

    def __init__(self, d: int, width: int, scale: float, random: torch.Generator):
        super().__init__()
        self.w: Tensor
        self.register_buffer("w", neurons(width, d, random))
        self.a = nn.Parameter(scale * torch.randn(width, generator=random))

    def forward(self, x: Tensor) -> Tensor:
        d = x.shape[1]
        return (torch.relu(x @ self.w[:, :d].T + self.w[:, d]) @ self.a / len(self.a))[:, None]

    def norm(self) -> Tensor:
        return (self.a.square().mean() + 1e-30).sqrt()  # differentiable at 0

    def finished(self) -> nn.Module:
        return plain([(self.w[:, :-1], self.w[:, -1]), (self.a[None] / len(self.a), self.a.new_zeros(1))])


class LinearModel(nn.Module):
    """f(x) = b.x + c; norm ||b||_1 + |c|. At first 0."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.b = nn.Parameter(torch.zeros(d))
        self.c = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        return (x @ self.b + self.c)[:, None]

    def norm(self) -> Tensor:
        return self.b.abs().sum() + self.c.abs().sum()

    def finished(self) -> nn.Module:
        return plain([(self.b[None], self.c)])


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


def neurons(m: int, d: int, random: torch.Generator) -> Tensor:
    """(b_k, c_k) of m neurons, uniform on the l1 sphere: [m, d + 1]"""
    sign = 2.0 * torch.randint(0, 2, (m, d + 1), generator=random) - 1.0
    w = -torch.log(1.0 - torch.rand(m, d + 1, generator=random)) * sign
    return w / w.abs().sum(1, keepdim=True)


def plain(layers: list[tuple[Tensor, Tensor]]) -> nn.Module:
    """Linear, ReLU, Linear, ... with these weights and biases."""
    modules: list[nn.Module] = []
    for W, b in layers:
        linear = nn.Linear(W.shape[1], W.shape[0], dtype=W.dtype, device=W.device)
        linear.load_state_dict({"weight": W.detach(), "bias": b.detach()})
        modules += [linear, nn.ReLU()]
    return nn.Sequential(*modules[:-1])
