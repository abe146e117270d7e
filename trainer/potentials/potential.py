# TorchScript: this file is compiled into exported models (no `from __future__ import annotations`).
"""The potential contract: a sum of terms, each a function of displacements, differentiated in one place.

    E_i = e_{t_i} + scale * sum_terms E_i^term(features(r)),    g_ij = scale * sum_terms pullback(dE/d features)

A term offers three methods, and nothing else is asked of it:

    project(species, center, neighbor, displacement, centers) -> features, saved     geometry, no parameters
    energy(features, saved, species of the centres) -> [N_center]                    parameters
    pullback(dE/d features, saved) -> [E, 3]                                          linear in its first argument

so what training differentiates twice depends on geometry only through the features. A term without such a separation
(message passing) answers the displacements themselves as features, saves the graph, and pulls back by doing nothing; a
pair potential answers its energies as features. Pairs beyond the term's cutoff must contribute nothing.
"""

import torch
from torch import Tensor, nn

from trainer.mechanics import centers


class AtomicNetworks(nn.Module):
    """The term E_i = fitting_{t_i}(encoder_i): an encoder, which carries the symmetries, and a network a species."""

    def __init__(self, encoder: nn.Module, fitting: list[nn.Module]):
        super().__init__()
        self.encoder, self.fitting = encoder, nn.ModuleList(fitting)

    def project(
        self, species: Tensor, center: Tensor, neighbor: Tensor, displacement: Tensor, centers: int
    ) -> tuple[Tensor, list[Tensor]]:
        return self.encoder.project(species, center, neighbor, displacement, centers)

    def pullback(self, gradient: Tensor, saved: list[Tensor]) -> Tensor:
        return self.encoder.pullback(gradient, saved)

    def energy(self, features: Tensor, saved: list[Tensor], species: Tensor) -> Tensor:
        """features: of the centres, one a row; species: [N_center] -> [N_center]"""
        atoms: list[Tensor] = []
        for t in range(len(self.fitting)):
            atoms.append(torch.nonzero(species == t).squeeze(1))
        descriptors = self.encoder(features, atoms)
        energies: list[Tensor] = []
        for t, network in enumerate(self.fitting):
            energies.append(network(descriptors[t]))
        energy = torch.cat(energies)
        return torch.zeros_like(energy).index_copy(0, torch.cat(atoms), energy)


class Potential(nn.Module):
    """forward(species, row, neighbor, displacement) -> energy [N_center] eV, pair_gradient [E, 3] eV/angstrom.

    Works inside in `dtype`; takes displacements in any precision, answers the energy in float64 and the gradient in
    the displacements' own. In training mode the gradient can be differentiated with respect to the parameters."""

    reference: Tensor
    scale: Tensor

    def __init__(self, terms: list[nn.Module], species: int, dtype: torch.dtype):
        """reference [T], the energy of an atom of each species, and scale, both in eV, are set from the data."""
        super().__init__()
        self.terms, self.dtype = nn.ModuleList(terms), dtype
        self.register_buffer("reference", torch.zeros(species, dtype=torch.float64))
        self.register_buffer("scale", torch.ones((), dtype=torch.float64))

    def forward(self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor) -> tuple[Tensor, Tensor]:
        center, count = centers(row), len(row) - 1
        of_centers = species[:count]
        r = displacement.detach().to(self.dtype)
        energy = self.reference.index_select(0, of_centers)
        pair_gradient = torch.zeros_like(r)
        for term in self.terms:
            features, saved = term.project(species, center, neighbor, r, count)
            features.requires_grad_()
            e = term.energy(features, saved, of_centers)
            gradient = torch.autograd.grad([e.sum()], [features], create_graph=self.training)[0]
            assert gradient is not None
            energy = energy + self.scale * (e if self.training else e.detach()).to(torch.float64)
            pair_gradient = pair_gradient + self.scale * term.pullback(gradient, saved)
        return energy, pair_gradient.to(displacement.dtype)
