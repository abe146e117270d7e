# TorchScript: this file is compiled into exported models (no `from __future__ import annotations`).
"""Learned radial functions as coefficients C of splines: networks, polynomials, and the table of a finished model."""

import torch
from torch import Tensor, nn

from trainer.potentials.networks import linear, normal, widen


class EmbeddingNetworks(nn.Module):
    """G_c(r; t_i, t_j), one network of s(r) for every ordered pair of species, evaluated at the knots: C = G(x_k).

    h_1 = tanh(W_1 z + b_1), h_l = widen(h_{l-1}, tanh(W_l h_{l-1} + b_l)), z = (s - mean) / std."""

    z: Tensor

    def __init__(self, knots: int, species: int, widths: list[int], dtype: torch.dtype, generator: torch.Generator):
        """widths: of the layers, the last is M. z [knots], the normalised s at the knots, is set from the data."""
        super().__init__()
        self.species = species
        self.register_buffer("z", torch.zeros(knots, dtype=dtype))
        weights, biases = [], []
        for fan_in, fan_out in zip([1, *widths[:-1]], widths, strict=True):
            shape = (species * species, fan_in, fan_out)
            weights.append(nn.Parameter(normal(shape, (fan_in + fan_out) ** -0.5, dtype, generator)))
            biases.append(nn.Parameter(normal((species * species, 1, fan_out), 1.0, dtype, generator)))
        self.weights, self.biases = nn.ParameterList(weights), nn.ParameterList(biases)

    def forward(self) -> tuple[Tensor, Tensor]:
        """C: [T, T n, M], w = 1: [T, 1]"""
        h = self.z.view(1, -1, 1).expand(self.species * self.species, -1, 1)
        for weight, bias in zip(self.weights, self.biases, strict=True):
            h = widen(h, torch.tanh(torch.baddbmm(bias, h, weight)))
        return h.reshape(self.species, -1, h.shape[2]), torch.ones_like(h[: self.species, 0, :1])


class SharedEmbedding(nn.Module):
    """w_c(v_{t_i}) G_c(r; v_{t_j}), one network of s(r) and of a learned vector of the neighbour's species.

    h_1 = tanh(W_1 (z, v) + b_1), h_l = widen(h_{l-1}, tanh(W_l h_{l-1} + b_l)), z = (s - mean) / std; w = 1 + W v. The
    centre's species weighs channels and is not in the network, so that the cost is linear in the number of species: the
    one-sided type embedding of DeePMD-kit (Zeng et al., J. Chem. Phys. 159, 054801, 2023), which has no w."""

    z: Tensor

    def __init__(
        self, knots: int, species: int, vector: int, widths: list[int], dtype: torch.dtype, generator: torch.Generator
    ):
        """vector: length of v_t; widths: of the layers, the last is M. z [knots] is set from the data."""
        super().__init__()
        self.register_buffer("z", torch.zeros(knots, dtype=dtype))
        self.v = nn.Parameter(normal((species, vector), 1.0, dtype, generator))
        self.gate = nn.Parameter(normal((vector, widths[-1]), vector**-0.5, dtype, generator))
        layers = []
        for fan_in, fan_out in zip([1 + vector, *widths[:-1]], widths, strict=True):
            layers.append(linear(fan_in, fan_out, 1.0, dtype, generator))
        self.layers = nn.ModuleList(layers)

    def forward(self) -> tuple[Tensor, Tensor]:
        """C: [1, T n, M], w: [T, M]"""
        knots, species = len(self.z), len(self.v)
        h = torch.cat([self.z.repeat(species).unsqueeze(1), self.v.repeat_interleave(knots, 0)], 1)
        for layer in self.layers:
            h = widen(h, torch.tanh(layer(h)))
        return h.unsqueeze(0), 1.0 + torch.mm(self.v, self.gate)


class RadialPolynomials(nn.Module):
    """R_c(r; t_i, t_j) = s(r) sum_b W[t_i, t_j, b, c] T_b(r), b < B: linear in what is learned.

    T_b: Chebyshev's polynomials of radial.py, at the knots, so that C = T(x_k) W."""

    polynomials: Tensor

    def __init__(self, polynomials: Tensor, species: int, channels: int, generator: torch.Generator):
        """polynomials: T_b(x_k) [n, B]; channels: M"""
        super().__init__()
        self.species = species
        self.register_buffer("polynomials", polynomials)
        shape = (species * species, polynomials.shape[1], channels)
        self.weights = nn.Parameter(normal(shape, shape[1] ** -0.5, polynomials.dtype, generator))

    def forward(self) -> tuple[Tensor, Tensor]:
        """C: [T, T n, M], w = 1: [T, 1]"""
        c = torch.matmul(self.polynomials, self.weights)
        return c.view(self.species, -1, c.shape[2]), torch.ones_like(c[: self.species, 0, :1])


class SplineCoefficients(nn.Module):
    """The radial functions of a finished model: C itself. The networks are kept, for trainings that start from it."""

    coefficients: Tensor
    gates: Tensor

    def __init__(self, radial: nn.Module):
        """radial: what C comes from; its parameters and buffers keep their names."""
        super().__init__()
        for name, parameters in radial.named_children():
            self.add_module(name, parameters)
        for name, value in radial.named_buffers(recurse=False):
            self.register_buffer(name, value)
        for name, parameter in radial.named_parameters(recurse=False):
            self.register_parameter(name, nn.Parameter(parameter))
        with torch.no_grad():
            coefficients, gates = radial()
        self.register_buffer("coefficients", coefficients)
        self.register_buffer("gates", gates)

    def forward(self) -> tuple[Tensor, Tensor]:
        return self.coefficients, self.gates
