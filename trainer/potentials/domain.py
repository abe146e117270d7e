# TorchScript: this file is compiled into exported models (no `from __future__ import annotations`).
"""How far an atom's surroundings are from those that a model was trained on, by its own descriptors D.

    z(D) = [U^T (D - <D>), |(1 - U U^T) (D - <D>)|] / sigma     leading principal components, and what they leave out
    x_i = max(0, min_k |z(D_i) - z_k| / d - 1)                  k over surroundings of the same species seen in training

d is the distance within which 99.9 % of those seen have their nearest other one. So x = 0 among what was seen, also
between phases that were seen apart (a range of every component would span all between them), and x = 1 at twice the
largest gap that training itself left.
"""

import torch
from torch import Tensor, nn

COMPONENTS = 16
FLOOR = 0.1  # of the leading sigma, for the others: what hardly varies in training must not drown out the rest
SAME = 1e-3  # of the mean's length: descriptors nearer than this are one
QUANTILE = 0.999
CHUNK = 1024  # atoms whose distances are in memory at once


class Domain(nn.Module):
    """Surroundings seen in training of atoms of one species: descriptors [n, D] -> x [n], infinite where none was."""

    mean: Tensor
    axes: Tensor
    sigma: Tensor
    seen: Tensor
    gap: Tensor

    def __init__(self, descriptors: Tensor):
        """descriptors: [K, D] of a sample of the training data, in the model's precision."""
        super().__init__()
        self.chunk = CHUNK
        d = descriptors.to(torch.float64)
        mean = d.mean(0) if len(d) else d.new_zeros(d.shape[1])
        axes = principal_axes(d - mean)
        spread = coordinates(d, mean, axes).std(0) if len(d) > 1 else d.new_zeros(axes.shape[1] + 1)
        sigma = spread.clamp(min=FLOOR * max(float(spread.max()), SAME * float(mean.norm()), SAME))
        seen = coordinates(d, mean, axes) / sigma
        for name, value in (("mean", mean), ("axes", axes), ("sigma", sigma), ("seen", seen), ("gap", gap(seen))):
            self.register_buffer(name, value.to(descriptors.dtype).contiguous())

    def forward(self, descriptors: Tensor) -> Tensor:
        if len(self.seen) == 0:
            return torch.full_like(descriptors[:, 0], float("inf"))
        z = coordinates(descriptors, self.mean, self.axes) / self.sigma
        nearest = torch.zeros_like(z[:, 0])
        for first in range(0, len(z), self.chunk):
            some = z[first : first + self.chunk]
            nearest[first : first + self.chunk] = torch.cdist(some, self.seen).min(1)[0]
        return (nearest / self.gap - 1.0).clamp(min=0.0)


def principal_axes(x: Tensor) -> Tensor:
    """x: [K, D], of mean 0 -> U [D, C], C <= COMPONENTS. Halko, Martinsson and Tropp, SIAM Rev. 53, 217 (2011)."""
    with torch.random.fork_rng(devices=[]):  # by random projections, the same ones each time
        torch.manual_seed(0)
        return torch.svd_lowrank(x, q=min(2 * COMPONENTS, *x.shape), niter=4)[2][:, :COMPONENTS]


def coordinates(descriptors: Tensor, mean: Tensor, axes: Tensor) -> Tensor:
    """[n, D] -> [n, C + 1] principal components, and the length of what they leave out"""
    x = descriptors - mean
    z = torch.mm(x, axes)
    left = (x - torch.mm(z, axes.t())).square().sum(1).sqrt()
    return torch.cat([z, left.unsqueeze(1)], 1)


def gap(seen: Tensor) -> Tensor:
    """The distance d, at least a tenth of sigma where all are alike."""
    if len(seen) < 2:
        return seen.new_ones(())
    others = torch.cdist(seen, seen).fill_diagonal_(float("inf"))
    return torch.quantile(others.min(1)[0], QUANTILE).clamp(min=FLOOR)
