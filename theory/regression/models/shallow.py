"""Linear models, and two layers."""

import torch
from torch import Tensor, nn

from theory.regression.models.regressor import plain


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


class Conventional(nn.Module):
    """f(x) = sum_k a_k sigma(b_k.x + c_k), no 1/m; norm sum_k |a_k| (||b_k||_1 + |c_k|), the path norm.

    At first by He: b_k ~ N(0, 2/d), c_k = 0, a_k ~ scale N(0, 2/m), so that f is of one size but its norm grows as
    sqrt(m)."""

    def __init__(self, d: int, width: int, scale: float, random: torch.Generator):
        super().__init__()
        self.a = nn.Parameter(scale * (2 / width) ** 0.5 * torch.randn(width, generator=random))
        self.b = nn.Parameter((2 / d) ** 0.5 * torch.randn(width, d, generator=random))
        self.c = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        return (torch.relu(torch.addmm(self.c, x, self.b.T)) @ self.a)[:, None]

    def norm(self) -> Tensor:
        return self.a.abs() @ (self.b.abs().sum(1) + self.c.abs())

    def finished(self) -> nn.Module:
        return plain([(self.b, self.c), (self.a[None], self.a.new_zeros(1))])


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


def neurons(m: int, d: int, random: torch.Generator) -> Tensor:
    """(b_k, c_k) of m neurons, uniform on the l1 sphere: [m, d + 1]"""
    sign = 2.0 * torch.randint(0, 2, (m, d + 1), generator=random) - 1.0
    w = -torch.log(1.0 - torch.rand(m, d + 1, generator=random)) * sign
    return w / w.abs().sum(1, keepdim=True)
