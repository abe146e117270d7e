# TorchScript: this file is compiled into exported models (no `from __future__ import annotations`).
"""DeepPot-SE: an invariant description of an atom's surroundings with learned radial functions.

Zhang, Han, Wang, Saidi, Car, E, NeurIPS 2018. With Y_lm in (1, x/r, y/r, z/r), t_j the species of neighbour j,

    P_i[t, k, lm] = sum_{j of t} u_k(r_ij) Y_lm(r_ij)          geometry alone: `project`
    A_i[lm, c]    = sum_{t, k} P_i[t, k, lm] C[t_i, t, k, c]   learned radial functions, as splines; times w[t_i, c]
    D_i[c, a]     = sum_lm A_i[lm, c] A_i[lm, a],  a < axis    invariant: `forward`

P has columns for the species that are there, which may be few of those that the model knows.
"""

import torch
from torch import Tensor, nn

from trainer import kernels
from trainer.potentials.radial import SplineBasis


class DeepPotSE(nn.Module):
    """The encoder. `radial()` answers the spline coefficients C: [G, T n, M], T species, n splines, M channels,
    and weights of the channels by the centre's species, w: [T, M] or [T, 1].

    G = T where C depends on the centre's species, and 1 where w alone does."""

    scale: Tensor

    def __init__(self, basis: SplineBasis, radial: nn.Module, species: int, axis: int):
        """scale [T], which brings A of each centre species to order one, is set from the data."""
        super().__init__()
        self.basis, self.radial, self.species, self.axis = basis, radial, species, axis
        self.register_buffer("scale", torch.ones(species, dtype=basis.pieces.dtype))

    def project(
        self, species: Tensor, center: Tensor, neighbor: Tensor, displacement: Tensor, centers: int
    ) -> tuple[Tensor, list[Tensor]]:
        """P: [N_center, T' n, 4], T' the number of species present; and what `pullback` and `forward` need again.

        center, neighbor: [E], displacement: [E, 3]"""
        present, number = torch.unique(species, return_inverse=True)
        if not torch.jit.is_scripting():  # noqa: SIM102, for TorchScript
            if kernels.usable(displacement):
                row = torch.searchsorted(center, torch.arange(centers + 1))
                p = kernels.project(row, neighbor, number, displacement, len(present), *self.basis.definition())
                return p, [present, species[:centers], row, neighbor, number, displacement]
        # 1e-6 angstrom under the root: atoms on top of each other stay finite, nothing else can tell
        r = (displacement.square().sum(1) + 1e-12).sqrt()
        m, u, du = self.basis(r)
        unit = displacement / r.unsqueeze(1)
        y = torch.cat([torch.ones_like(r).unsqueeze(1), unit], 1)
        n, count = self.basis.n, len(present)
        first = (center * count + number.index_select(0, neighbor)) * n + m
        function = (first.unsqueeze(1) + torch.arange(6, device=first.device)).flatten()
        p = torch.zeros(centers * count * n, 4, dtype=u.dtype, device=u.device)
        p.index_add_(0, function, (u.unsqueeze(2) * y.unsqueeze(1)).flatten(0, 1))
        saved = [present, species[:centers], function, torch.stack([u, du], 1), unit, r]
        return p.view(centers, count * n, 4), saved

    def pullback(self, gradient: Tensor, saved: list[Tensor]) -> Tensor:
        """g_ij = sum_{k, lm} dE/dP_i[t_j, k, lm] d(u_k Y_lm)/dr_ij, linear in dE/dP: as P -> [E, 3]."""
        if not torch.jit.is_scripting():  # noqa: SIM102, for TorchScript
            if kernels.usable(gradient):
                return kernels.pull_back(gradient, *saved[2:], len(saved[0]), *self.basis.definition())
        function, u_du, unit, r = saved[2], saved[3], saved[4], saved[5]
        window = gradient.flatten(0, 1).index_select(0, function).view(-1, 6, 4)
        contracted = torch.bmm(u_du, window)  # [E, 2, 4]
        b, a = contracted[:, 0, 1:], contracted[:, 1]
        along = a[:, 0] + (unit * a[:, 1:]).sum(1) - (unit * b).sum(1) / r
        return unit * along.unsqueeze(1) + b / r.unsqueeze(1)

    def forward(self, p: Tensor, saved: list[Tensor], atoms: list[Tensor]) -> list[Tensor]:
        """p: [N_center, T' n, 4]; atoms: the centres of each group -> D of each group, [len(atoms[g]), M axis]."""
        c, w = self.radial()
        present, of_centers = saved[0], saved[1]
        w = w * self.scale.unsqueeze(1)
        if len(present) < self.species:
            c = c.unflatten(1, [self.species, self.basis.n]).index_select(1, present).flatten(1, 2)
        descriptors: list[Tensor] = []
        for g, of_g in enumerate(atoms):
            a = torch.matmul(p.index_select(0, of_g).transpose(1, 2), c[g])
            a = a * w.index_select(0, of_centers.index_select(0, of_g)).unsqueeze(1)
            descriptors.append(torch.bmm(a.transpose(1, 2), a[:, :, : self.axis]).flatten(1))
        return descriptors
