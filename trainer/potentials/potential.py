# TorchScript: this file is compiled into exported models (no `from __future__ import annotations`).
"""The potential contract: a sum of terms, each a function of displacements, differentiated in one place.

    E_i = e_{t_i} + scale * sum_terms E_i^term(features(r), q_i),    g_ij = scale * sum_terms pullback(dE/d features)

r are displacements; q_i the parameters of atom i (the electron temperature, a spin: mostly there are none), normalised.

A term offers three methods, and nothing else is asked of it:

    project(species, center, neighbor, displacement, centers) -> features, saved     geometry; nothing is learned
    energy(features, saved, species, q) -> [N_center]                                 of the centres; what is learned
    pullback(dE/d features, saved) -> [E, 3]                                          linear in its first argument

so what training differentiates twice depends on geometry only through the features. A term without such a separation
(message passing) answers the displacements themselves as features, saves the graph, and pulls back by doing nothing; a
pair potential answers its energies as features. Pairs beyond the term's cutoff must contribute nothing. A term with
networks also offers descriptors(features, saved, species) -> [N_center, D], which domain.py looks at, and
shift(energies), by which normalise.py starts from the reference energies.
"""

import torch
from torch import Tensor, nn

from trainer.mechanics import centers


class Encoded(nn.Module):
    """A term with an encoder, which carries the symmetries: geometry is its affair alone."""

    def __init__(self, encoder: nn.Module):
        super().__init__()
        self.encoder = encoder

    def project(
        self, species: Tensor, center: Tensor, neighbor: Tensor, displacement: Tensor, centers: int
    ) -> tuple[Tensor, list[Tensor]]:
        return self.encoder.project(species, center, neighbor, displacement, centers)

    def pullback(self, gradient: Tensor, saved: list[Tensor]) -> Tensor:
        return self.encoder.pullback(gradient, saved)


class AtomicNetworks(Encoded):
    """The term E_i = fitting_{t_i}(D_i, q_i): an encoder, and a network a species."""

    def __init__(self, encoder: nn.Module, fitting: list[nn.Module]):
        super().__init__(encoder)
        self.fitting = nn.ModuleList(fitting)

    def of_species(self, species: Tensor) -> list[Tensor]:
        """The centres of each species, in their order."""
        atoms: list[Tensor] = []
        for t in range(len(self.fitting)):
            atoms.append(torch.nonzero(species == t).squeeze(1))
        return atoms

    def descriptors(self, features: Tensor, saved: list[Tensor], species: Tensor) -> Tensor:
        """D_i: [N_center, D]. features: of the centres, one a row; species: [N_center]"""
        atoms = self.of_species(species)
        descriptors = torch.cat(self.encoder(features, saved, atoms))
        return torch.zeros_like(descriptors).index_copy(0, torch.cat(atoms), descriptors)

    def energy(self, features: Tensor, saved: list[Tensor], species: Tensor, q: Tensor) -> Tensor:
        """features: of the centres, one a row; species: [N_center]; q: [N_center, P] -> [N_center]"""
        atoms = self.of_species(species)
        descriptors = self.encoder(features, saved, atoms)
        energies: list[Tensor] = []
        for t, network in enumerate(self.fitting):
            d = descriptors[t]
            if q.shape[1] > 0:
                d = torch.cat([d, q.index_select(0, atoms[t])], 1)
            energies.append(network(d))
        energy = torch.cat(energies)
        return torch.zeros_like(energy).index_copy(0, torch.cat(atoms), energy)

    def shift(self, energies: Tensor) -> None:
        """E_i -> E_i + energies[t_i], at the start of a training. energies: [T]"""
        for t, network in enumerate(self.fitting):
            network.output.bias.add_(energies[t])


class SharedNetwork(Encoded):
    """The term E_i = fitting(D_i, v_{t_i}, q_i) + b_{t_i}: one network for all species, told apart by vectors v_t.

    v_t: [T, d], those of the encoder's radial functions (SharedEmbedding)."""

    def __init__(self, encoder: nn.Module, fitting: nn.Module, species: int, dtype: torch.dtype):
        super().__init__(encoder)
        self.fitting = fitting
        self.bias = nn.Parameter(torch.zeros(species, dtype=dtype))

    def descriptors(self, features: Tensor, saved: list[Tensor], species: Tensor) -> Tensor:
        """D_i: [N_center, D]. features: of the centres, one a row; species: [N_center]"""
        return self.encoder(features, saved, [torch.arange(len(species), device=species.device)])[0]

    def energy(self, features: Tensor, saved: list[Tensor], species: Tensor, q: Tensor) -> Tensor:
        """features: of the centres, one a row; species: [N_center]; q: [N_center, P] -> [N_center]"""
        v = self.encoder.radial.v.index_select(0, species)
        d = self.descriptors(features, saved, species)
        return self.fitting(torch.cat([d, v, q], 1)) + self.bias.index_select(0, species)

    def shift(self, energies: Tensor) -> None:
        """E_i -> E_i + energies[t_i], at the start of a training. energies: [T]"""
        self.bias.add_(energies)


class Potential(nn.Module):
    """forward(species, row, neighbor, displacement, parameters) -> energy [N_center] eV, pair_gradient [E, 3] eV/A.

    parameters: [N_center, P], left out where P = 0. Their units are the data's; the pair gradient is at constant ones.
    Works inside in `dtype`; takes displacements in any precision, answers the energy in float64 and the gradient in
    the displacements' own. In training mode the gradient can be differentiated with respect to the parameters."""

    reference: Tensor
    scale: Tensor
    parameter_mean: Tensor
    parameter_std: Tensor

    def __init__(self, terms: list[nn.Module], species: int, parameters: int, dtype: torch.dtype):
        """reference [T], the energy of an atom of each species, and scale, both in eV, are set from the data, as are
        parameter_mean and parameter_std [P], by which q = (parameters - mean) / std."""
        super().__init__()
        self.terms, self.dtype = nn.ModuleList(terms), dtype
        self.domain = nn.ModuleList()  # what training saw of each species, in finished models: see domain.py
        self.register_buffer("reference", torch.zeros(species, dtype=torch.float64))
        self.register_buffer("scale", torch.ones((), dtype=torch.float64))
        self.register_buffer("parameter_mean", torch.zeros(parameters, dtype=torch.float64))
        self.register_buffer("parameter_std", torch.ones(parameters, dtype=torch.float64))

    def forward(
        self,
        species: Tensor,
        row: Tensor,
        neighbor: Tensor,
        displacement: Tensor,
        parameters: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        center, count = centers(row), len(row) - 1
        q = self.normalised(parameters, count)
        of_centers = species[:count]
        r = displacement.detach().to(self.dtype)
        energy = self.reference.index_select(0, of_centers)
        pair_gradient = torch.zeros_like(r)
        for term in self.terms:
            features, saved = term.project(species, center, neighbor, r, count)
            features.requires_grad_()
            e = term.energy(features, saved, of_centers, q)
            gradient = torch.autograd.grad([e.sum()], [features], create_graph=self.training)[0]
            assert gradient is not None
            energy = energy + self.scale * (e if self.training else e.detach()).to(torch.float64)
            pair_gradient = pair_gradient + self.scale * term.pullback(gradient, saved)
        return energy, pair_gradient.to(displacement.dtype)

    def normalised(self, parameters: Tensor | None, centers: int) -> Tensor:
        """q: [N_center, P]. Raises ValueError when there are more parameters or fewer than P for each centre."""
        if parameters is None:
            parameters = torch.zeros(centers, 0, dtype=torch.float64, device=self.parameter_mean.device)
        if parameters.shape != (centers, len(self.parameter_mean)):
            raise ValueError("the potential's parameters: expected one row for each centre, one column for each name")
        return ((parameters - self.parameter_mean) / self.parameter_std).to(self.dtype)

    @torch.jit.export
    def set_dtype(self, dtype: torch.dtype) -> None:
        """Work in `dtype` from now on. The caller casts the tensors of the submodules; this module's own stay."""
        self.dtype = dtype

    @torch.jit.export
    def descriptors(self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor) -> Tensor:
        """D_i: [N_center, D], those of all terms that have any."""
        center, count = centers(row), len(row) - 1
        r = displacement.detach().to(self.dtype)
        found = [torch.zeros(count, 0, dtype=r.dtype, device=r.device)]
        for term in self.terms:
            if hasattr(term, "descriptors"):
                features, saved = term.project(species, center, neighbor, r, count)
                found.append(term.descriptors(features, saved, species[:count]).detach())
        return torch.cat(found, 1)

    @torch.jit.export
    def extrapolation(self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor) -> Tensor:
        """x_i of domain.py: [N_center] float64, 0 where training has seen the like; nan when the model cannot tell."""
        d, of_centers = self.descriptors(species, row, neighbor, displacement), species[: len(row) - 1]
        x = torch.full((len(d),), float("nan"), dtype=torch.float64, device=d.device)
        for t, domain in enumerate(self.domain):
            of_t = torch.nonzero(of_centers == t).squeeze(1)
            x.index_copy_(0, of_t, domain(d.index_select(0, of_t)).to(x.dtype))
        return x
