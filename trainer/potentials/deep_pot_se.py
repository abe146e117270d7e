# TorchScript: this file is compiled into exported models (no `from __future__ import annotations`).
"""DeepPot-SE: an invariant description of an atom's surroundings with learned radial functions.

Zhang, Han, Wang, Saidi, Car, E, NeurIPS 2018. With A of trainer.potentials.projection and l_max = 1, as theirs is,

    D_i[a, c] = sum_lm w_c^2 A_i[lm, a] A_i[lm, c],  a < axis

w weighs the channels by the centre's species.
"""

import torch
from torch import Tensor, nn

from trainer import kernels
from trainer.potentials.projection import SplineProjection
from trainer.potentials.radial import SplineBasis


class DeepPotSE(SplineProjection):
    """The encoder. `radial()` answers C: [G, T n, M] and w: [T, M] or [T, 1].

    G = T where C depends on the centre's species, and 1 where w alone does."""

    scale: Tensor

    def __init__(self, basis: SplineBasis, radial: nn.Module, species: int, axis: int):
        """scale [T], which brings A of each centre species to order one, is set from the data."""
        super().__init__(basis, radial, species, axis, 1)
        self.register_buffer("scale", torch.ones(species, dtype=basis.pieces.dtype))

    def forward(self, p: Tensor, saved: list[Tensor], atoms: list[Tensor]) -> list[Tensor]:
        """p: [N_center, (l_max + 1)^2, T' n]; atoms: centres of each group -> D of each, [len(atoms[g]), axis M]."""
        c, w = self.radial()
        w = w * self.scale.unsqueeze(1)
        if len(c) == len(w):  # one C for each centre's species: then w is a part of it
            c, w = c * w.unsqueeze(1), torch.ones(0)
        descriptors: list[Tensor] = []
        for g, a in enumerate(self.channels(p, c, saved, atoms)):
            if len(w) > 0:
                a = a * w.index_select(0, saved[1].index_select(0, atoms[g])).unsqueeze(1)
            descriptors.append(self.invariants(a))
        return descriptors

    def invariants(self, a: Tensor) -> Tensor:
        """A: [n, (l_max + 1)^2, M] -> D: [n, axis M]"""
        if not torch.jit.is_scripting():  # noqa: SIM102, for TorchScript
            if kernels.usable(a):
                return kernels.describe(a, self.axis, False)
        return torch.bmm(a[:, :, : self.axis].transpose(1, 2), a).flatten(1)
