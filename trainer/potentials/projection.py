# TorchScript: this file is compiled into exported models (no `from __future__ import annotations`).
"""The density of neighbours around an atom, in splines and spherical harmonics, and learned channels of it.

With real spherical harmonics Y_lm, l <= l_max, and t_j the species of neighbour j,

    P_i[lm, t, k] = sum_{j of t} u_k(r_ij) Y_lm(r_ij)          geometry alone: `project`
    A_i[lm, c]    = sum_{t, k} P_i[lm, t, k] C[t_i, t, k, c]   learned radial functions, as splines: `channels`

P has columns for the species that are there, which may be few of those that the model knows.
"""

import torch
from torch import Tensor, nn

from trainer import kernels
from trainer.potentials.harmonics import degrees, gradient_sum, harmonics
from trainer.potentials.radial import SplineBasis


class SplineProjection(nn.Module):
    """What encoders share whose radial functions are splines: all but the invariants that they make of A."""

    def __init__(self, basis: SplineBasis, radial: nn.Module, species: int, axis: int, l_max: int):
        """radial() answers C: [G, T n, M], T species, n splines, M channels, G = T or, where all centres share it, 1;
        and weights of the channels by the centre's species. axis: channels in the second factor of the invariants."""
        super().__init__()
        self.basis, self.radial, self.species, self.axis, self.l_max = basis, radial, species, axis, l_max

    def project(
        self, species: Tensor, center: Tensor, neighbor: Tensor, displacement: Tensor, centers: int
    ) -> tuple[Tensor, list[Tensor]]:
        """P: [N_center, (l_max + 1)^2, T' n], T' species present; and what `pullback` and `channels` need again.

        center, neighbor: [E], displacement: [E, 3]"""
        present, number = torch.unique(species, return_inverse=True)
        if not torch.jit.is_scripting():  # noqa: SIM102, for TorchScript
            if kernels.usable(displacement):
                row = torch.searchsorted(center, torch.arange(centers + 1))
                graph = [row, number.index_select(0, neighbor), displacement]
                p = kernels.project(*graph, len(present), *self.basis.definition(), self.l_max)
                return p, [present, species[:centers], *graph]
        # 1e-6 angstrom under the root: atoms on top of each other stay finite, nothing else can tell
        r = (displacement.square().sum(1) + 1e-12).sqrt()
        m, u, du = self.basis(r)
        unit = displacement / r.unsqueeze(1)
        y = harmonics(unit, self.l_max)
        n, count = self.basis.n, len(present)
        first = (center * count + number.index_select(0, neighbor)) * n + m
        function = (first.unsqueeze(1) + torch.arange(6, device=first.device)).flatten()
        p = torch.zeros(centers * count * n, y.shape[1], dtype=u.dtype, device=u.device)
        p.index_add_(0, function, (u.unsqueeze(2) * y.unsqueeze(1)).flatten(0, 1))
        saved = [present, species[:centers], function, torch.stack([u, du], 1), unit, r]
        return p.view(centers, count * n, y.shape[1]).transpose(1, 2).contiguous(), saved

    def pullback(self, gradient: Tensor, saved: list[Tensor]) -> Tensor:
        """g_ij = sum_{k, lm} dE/dP_i[lm, t_j, k] d(u_k Y_lm)/dr_ij, linear in dE/dP: as P -> [E, 3]."""
        if not torch.jit.is_scripting():  # noqa: SIM102, for TorchScript
            if kernels.usable(gradient):
                return kernels.pull_back(gradient, *saved[2:], len(saved[0]), *self.basis.definition(), self.l_max)
        function, u_du, unit, r = saved[2], saved[3], saved[4], saved[5]
        y = harmonics(unit, self.l_max)
        window = gradient.transpose(1, 2).flatten(0, 1).index_select(0, function).view(-1, 6, y.shape[1])
        b, a = torch.bmm(u_du, window).unbind(1)
        l = torch.tensor(degrees(self.l_max), dtype=b.dtype, device=b.device)  # noqa: E741, the formula's
        along = (a * y).sum(1) - (l * b * y).sum(1) / r
        return unit * along.unsqueeze(1) + gradient_sum(b, unit) / r.unsqueeze(1)

    def channels(self, p: Tensor, c: Tensor, saved: list[Tensor], atoms: list[Tensor]) -> list[Tensor]:
        """P; C: [groups, T n, M]; the centres of each group -> A of each, [len(atoms[g]), (l_max + 1)^2, M]."""
        present = saved[0]
        if len(present) < self.species:
            c = c.view(len(c), self.species, -1, c.shape[2]).index_select(1, present).flatten(1, 2)
        # a copy of all rows in the order of the groups, unless there is one
        rows = p if len(atoms) == 1 else p.index_select(0, torch.cat(atoms))
        groups, of_groups = torch.split(rows, [len(of_g) for of_g in atoms]), c.unbind(0)
        answer: list[Tensor] = []
        for g, group in enumerate(groups):
            a = self.product(group.flatten(0, 1), of_groups[g])
            answer.append(a.view(len(group), p.shape[1], c.shape[2]))
        return answer

    def product(self, a: Tensor, b: Tensor) -> Tensor:
        """[m, k], [k, n] -> [m, n]"""
        if not torch.jit.is_scripting():
            return kernels.product(a, b)
        return torch.mm(a, b)
