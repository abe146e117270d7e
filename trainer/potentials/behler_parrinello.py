# TorchScript: this file is compiled into exported models (no `from __future__ import annotations`).
"""Behler and Parrinello's description of an atom's surroundings: sums of symmetry functions over pairs and triplets.

    G_i[t, m]       = sum_{j of t} G2_m(r_ij)                                 for every species t
    G_i[{t, t'}, m] = sum_{j < k of t and t'} G4_m or G5_m(r_ij, r_ik, r_jk)  for every unordered pair of species
    D_i             = (G_i - mean) / std                                      of the data, for each species of i

Each pair of neighbours counts once (as in n2p2 and RuNNer). The functions: trainer.potentials.symmetry_functions.
"""

import torch
from torch import Tensor, nn

from trainer import kernels
from trainer.potentials.symmetry_functions import AngularFunctions, RadialFunctions

CHUNK = 2**15  # triplets at a time: memory does not grow with the number of atoms


class BehlerParrinello(nn.Module):
    """The encoder: features G, [N_center, T R + T (T + 1) / 2 sum M]."""

    mean: Tensor
    std: Tensor
    pair_of: Tensor

    def __init__(self, radial: RadialFunctions, angular: list[AngularFunctions], species: int):
        """mean, std: [T, D], are set from the data."""
        super().__init__()
        self.radial, self.angular, self.species, self.r_c = radial, nn.ModuleList(angular), species, radial.r_c
        self.pairs = species * (species + 1) // 2
        self.size = species * radial.count + self.pairs * sum(a.count for a in angular)
        pair_of = torch.zeros(species, species, dtype=torch.int64)
        first, second = torch.triu_indices(species, species)
        pair_of[first, second] = pair_of[second, first] = torch.arange(self.pairs)
        self.register_buffer("pair_of", pair_of.flatten())
        self.register_buffer("mean", torch.zeros(species, self.size, dtype=radial.eta.dtype))
        self.register_buffer("std", torch.ones(species, self.size, dtype=radial.eta.dtype))

    def definition(self) -> tuple[Tensor, Tensor, Tensor, Tensor, float]:
        """What the kernels must know: eta and r_s of G2 [R], weights of G4 and of G5 [3, M], and r_c."""
        g4 = g5 = self.radial.eta.new_zeros(3, 0)
        for functions in self.angular:
            if functions.opposite:
                g4 = functions.weight
            else:
                g5 = functions.weight
        return self.radial.eta, self.radial.r_s, g4, g5, self.r_c

    def project(
        self, species: Tensor, center: Tensor, neighbor: Tensor, displacement: Tensor, centers: int
    ) -> tuple[Tensor, list[Tensor]]:
        """G: [N_center, D], and what `pullback` needs again. center, neighbor: [E], displacement: [E, 3]."""
        if not torch.jit.is_scripting():  # noqa: SIM102, for TorchScript
            if kernels.usable(displacement):
                row = torch.searchsorted(center, torch.arange(centers + 1))
                saved = [row, species.index_select(0, neighbor), displacement]
                return kernels.project_symmetry(*saved, self.species, *self.definition()), saved
        # 1e-6 angstrom under the root: atoms on top of each other stay finite, nothing else can tell
        r = (displacement.square().sum(1) + 1e-12).sqrt()
        # not r < r_c: a NaN must come out again
        near = torch.nonzero(~(r >= self.r_c)).squeeze(1)
        r, d = r.index_select(0, near), displacement.index_select(0, near)
        i, t = center.index_select(0, near), species.index_select(0, neighbor.index_select(0, near))
        last = torch.bincount(i, minlength=centers).cumsum(0).index_select(0, i)  # where each one's centre ends
        after = last - torch.arange(len(i), device=i.device) - 1
        saved = [near, i, t, r, d, after, displacement]
        g, _ = self.radial(r)
        width = self.radial.count
        block = torch.zeros(centers * self.species, width, dtype=r.dtype, device=r.device)
        blocks = [block.index_add_(0, i * self.species + t, g).view(centers, self.species * width)]
        for functions in self.angular:
            width = functions.count
            block = torch.zeros(centers * self.pairs, width, dtype=r.dtype, device=r.device)
            for first, end in chunks(after):
                j, k, r_jk, cosine, row = self.triplets(saved, first, end, functions.opposite)
                block.index_add_(0, row, functions(r.index_select(0, j), r.index_select(0, k), r_jk, cosine))
            blocks.append(block.view(centers, self.pairs * width))
        return torch.cat(blocks, 1), saved

    def pullback(self, gradient: Tensor, saved: list[Tensor]) -> Tensor:
        """g_ij = sum_m dE/dG_i[m] dG_i[m]/dr_ij, linear in dE/dG: [N_center, D] -> [E, 3]"""
        if not torch.jit.is_scripting():  # noqa: SIM102, for TorchScript
            if kernels.usable(gradient):
                return kernels.pull_back_symmetry(gradient, *saved, self.species, *self.definition())
        near, i, t, r, d, after = saved[0], saved[1], saved[2], saved[3], saved[4], saved[5]
        centers, width = len(gradient), self.radial.count
        _, dg = self.radial(r)
        own = gradient[:, : self.species * width].reshape(centers * self.species, width)
        g = ((own.index_select(0, i * self.species + t) * dg).sum(1) / r).unsqueeze(1) * d
        start = self.species * width
        for functions in self.angular:
            width = functions.count
            block = gradient[:, start : start + self.pairs * width].reshape(centers * self.pairs, width)
            start += self.pairs * width
            for first, end in chunks(after):
                j, k, r_jk, cosine, row = self.triplets(saved, first, end, functions.opposite)
                r_ij, r_ik = r.index_select(0, j), r.index_select(0, k)
                w = block.index_select(0, row)
                of_ij, of_ik, of_jk, of_cosine = functions.slopes(r_ij, r_ik, r_jk, cosine, w)
                d_ij, d_ik = d.index_select(0, j), d.index_select(0, k)
                across, opposite = of_cosine / (r_ij * r_ik), of_jk / r_jk
                along_j = of_ij / r_ij + opposite - of_cosine * cosine / (r_ij * r_ij)
                along_k = of_ik / r_ik + opposite - of_cosine * cosine / (r_ik * r_ik)
                across = (across - opposite).unsqueeze(1)
                g = g.index_add(0, j, along_j.unsqueeze(1) * d_ij + across * d_ik)
                g = g.index_add(0, k, along_k.unsqueeze(1) * d_ik + across * d_ij)
        return torch.zeros_like(saved[6]).index_copy(0, near, g)

    def triplets(
        self, saved: list[Tensor], first: int, end: int, opposite: bool
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Pairs j < k of neighbours of one centre, j in first ... end - 1: j, k, r_jk, cos theta, row of the feature.

        opposite: only those with r_jk < r_c."""
        i, t, r, d, after = saved[1], saved[2], saved[3], saved[4], saved[5]
        count = after[first:end]
        j = torch.arange(first, end, device=i.device).repeat_interleave(count)
        started = (count.cumsum(0) - count).repeat_interleave(count)
        k = j + 1 + torch.arange(len(j), device=i.device) - started
        d_ij, d_ik = d.index_select(0, j), d.index_select(0, k)
        r_jk = ((d_ik - d_ij).square().sum(1) + 1e-12).sqrt()
        if opposite:
            inside = torch.nonzero(~(r_jk >= self.r_c)).squeeze(1)
            j, k, r_jk = j.index_select(0, inside), k.index_select(0, inside), r_jk.index_select(0, inside)
            d_ij, d_ik = d_ij.index_select(0, inside), d_ik.index_select(0, inside)
        cosine = (d_ij * d_ik).sum(1) / (r.index_select(0, j) * r.index_select(0, k))
        pair = self.pair_of.index_select(0, t.index_select(0, j) * self.species + t.index_select(0, k))
        return j, k, r_jk, cosine, i.index_select(0, j) * self.pairs + pair

    def forward(self, g: Tensor, saved: list[Tensor], atoms: list[Tensor]) -> list[Tensor]:
        """g: [N_center, D]; atoms: the centres of each species -> D of each species."""
        descriptors: list[Tensor] = []
        for t, of_t in enumerate(atoms):
            descriptors.append((g.index_select(0, of_t) - self.mean[t]) / self.std[t])
        return descriptors


def chunks(after: Tensor, most: int = CHUNK) -> list[tuple[int, int]]:
    """Ranges of neighbours j that have together about `most` partners k. after: [E] partners of each."""
    ends = after.cumsum(0)
    total = int(ends[-1]) if len(ends) > 0 else 0
    marks = torch.arange(most, total + most, most, device=after.device)
    edges: list[int] = (torch.searchsorted(ends, marks) + 1).clamp(max=len(after)).tolist()
    ranges: list[tuple[int, int]] = []
    first = 0
    for end in edges:
        if end > first:
            ranges.append((first, end))
            first = end
    return ranges
