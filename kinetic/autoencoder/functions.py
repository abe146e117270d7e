# TorchScript: this file is scripted for export, so it uses TorchScript's subset of Python.
"""An autoencoder of the distribution function, whose code are generalised moments.

With xi = (v - u) / sqrt(theta) and omega = exp(-xi^2 / 2) / sqrt(2 pi),

    encoder    b_k = 1 / rho int e_k(xi) f dv,                     k = 3 .. M
    decoder    f^  = rho / sqrt(theta) omega(xi) sum_k b_k e_k(xi),    k = 0 .. M + J,    b_(M+j) = n_j(b_3 .. b_M)

(W. E, J. Han, Z. Ma, C. Ma, PNAS 116, 21983 (2019), in the frame of the gas.) The functions are orthonormal, int omega
e_j e_k dxi = delta_jk, and the first four of them are He_k / sqrt(k!): so b_0 = 1, b_1 = b_2 = 0, the decoder gives the
density, the velocity, the temperature and the heat flux as they are, and encoding what was decoded gives the same code.
The others come of

    r_k(xi) = exp(-beta_k xi^2 / 2) (He_k(xi) / sqrt(k!) + y_k(xi^2 / (4 + xi^2)) [xi for odd k])

by Cholesky's decomposition of int omega r_j r_k dxi, y being a network and beta_k >= 0. Untrained, y = beta = n = 0:
the expansion in Hermite polynomials with as many moments.

By construction: b_k of a Maxwellian are 0; they do not change when a velocity is added, nor with the units of density,
velocity and length; e_k has the parity of k, so a reflection changes the sign of b_k with odd k, and n_j follows.
"""

import math

import torch
from torch import Tensor, nn

from kinetic.networks import SMALL, features, network, reflected
from trainer.sampling import generator

FIXED = 4  # the density, the velocity, the temperature, the heat flux
NODES, REACH = 129, 10.0  # of integrals over xi by the trapezoidal rule, which is spectrally accurate here


def omega(xi: Tensor) -> Tensor:
    """exp(-xi^2 / 2) / sqrt(2 pi)"""
    return torch.exp(-0.5 * xi.square()) / math.sqrt(2.0 * math.pi)


class Autoencoder(nn.Module):
    """forward(b, xi) -> f^ sqrt(theta) / rho; see above."""

    nodes: Tensor  # [NODES] xi
    weights: Tensor  # [NODES] of int omega ... dxi
    factorial: Tensor  # [M + J + 1] sqrt(k!)
    scale: Tensor  # [M - 2] rms of b_3 .. b_M in training

    def __init__(self, order: int, extra: int, width: int, random: torch.Generator):
        """order: M >= 3; extra: J >= 0; width: of the hidden layers."""
        super().__init__()
        self.shape = [order, extra, width]
        self.order, self.count, self.small = order, order + extra + 1, SMALL
        self.shapes = network(1, width, self.count - FIXED, random)
        self.narrow = nn.Parameter(torch.zeros(self.count - FIXED, dtype=torch.float64))
        # of each of n_j: one number where j is even, one for each odd b_k where it is odd
        self.sizes = [1 if k % 2 == 0 else (order - 1) // 2 for k in range(order + 1, self.count)]
        self.manifold = network(features((order - 1) // 2, (order - 2) // 2), width, sum(self.sizes), random)
        nodes = torch.linspace(-REACH, REACH, NODES, dtype=torch.float64)
        self.register_buffer("nodes", nodes)
        self.register_buffer("weights", (nodes[1] - nodes[0]) * omega(nodes))
        self.register_buffer("factorial", torch.tensor([math.factorial(k) for k in range(self.count)]).double().sqrt())
        self.register_buffer("scale", torch.ones(order - 2, dtype=torch.float64))

    def forward(self, b: Tensor, xi: Tensor) -> Tensor:
        """b: [..., M - 2] b_3 .. b_M; xi: [..., n] -> [..., n]"""
        return omega(xi) * (self.coefficients(b).unsqueeze(-2) * self.functions(xi)).sum(-1)

    @torch.jit.export
    def functions(self, xi: Tensor) -> Tensor:
        """e_0 .. e_(M+J): [..., n] -> [..., n, M + J + 1]"""
        return self.orthonormal(self.raw(xi))

    @torch.jit.export
    def coefficients(self, b: Tensor) -> Tensor:
        """b_0 .. b_(M+J): [..., M - 2] -> [..., M + J + 1]"""
        one, zero = torch.ones_like(b[..., :1]), torch.zeros_like(b[..., :1])
        parts = [one, zero, zero, b]
        odd, even, share = reflected(b, self.scale, self.small)
        y = self.manifold(even) * share
        at = 0
        for k, size_k in enumerate(self.sizes):
            part = y[..., at : at + size_k]
            at += size_k
            parts.append(part if (self.order + 1 + k) % 2 == 0 else (part * odd).sum(-1, keepdim=True))
        return torch.cat(parts, -1)

    def slopes(self, xi: Tensor) -> Tensor:
        """e_0' .. e_(M+J)': [..., n] -> [..., n, M + J + 1]. Of the untraced module, for closures."""
        k, x = torch.arange(self.count, dtype=xi.dtype, device=xi.device), xi.unsqueeze(-1)
        he, square = self.polynomials(xi), x.square()
        below = torch.cat([torch.zeros_like(x), he[..., :-1]], -1) * k.sqrt()
        y, dy = square / (4.0 + square), 8.0 * x / (4.0 + square).square()
        for layer in self.shapes:
            if isinstance(layer, nn.Linear):
                y, dy = layer(y), dy @ layer.weight.mT
            else:  # silu
                s = y.sigmoid()
                y, dy = y * s, dy * (s + y * s * (1.0 - s))
        odd, beta = k[FIXED:] % 2 == 1, self.narrow.clamp(min=0.0)
        dy = torch.where(odd, y + x * dy, dy)
        damped = torch.exp(-0.5 * beta * square) * (below[..., FIXED:] + dy)
        learned = damped - beta * x * self.raw(xi)[..., FIXED:]
        return self.orthonormal(torch.cat([below[..., :FIXED], learned], -1))

    def orthonormal(self, q: Tensor) -> Tensor:
        """What makes e_k of r_k. q: [..., M + J + 1]"""
        r = self.raw(self.nodes)
        lower = torch.linalg.cholesky((r * self.weights.unsqueeze(-1)).mT @ r)
        return torch.linalg.solve_triangular(lower.mT, q, upper=True, left=False)

    def polynomials(self, xi: Tensor) -> Tensor:
        """He_k / sqrt(k!), k = 0 .. M + J: [..., n] -> [..., n, M + J + 1]"""
        he = [torch.ones_like(xi), xi]
        for k in range(1, self.count - 1):
            he.append(xi * he[k] - k * he[k - 1])
        return torch.stack(he, -1) / self.factorial

    def raw(self, xi: Tensor) -> Tensor:
        """r_0 .. r_(M+J): [..., n] -> [..., n, M + J + 1]"""
        polynomials = self.polynomials(xi)
        square = xi.square().unsqueeze(-1)
        y = self.shapes(square / (4.0 + square))
        odd = torch.arange(4, self.count, device=xi.device) % 2 == 1
        y = torch.where(odd, xi.unsqueeze(-1) * y, y)
        learned = torch.exp(-0.5 * self.narrow.clamp(min=0.0) * square) * (polynomials[..., 4:] + y)
        return torch.cat([polynomials[..., :4], learned], -1)


def untrained(order: int, extra: int, width: int) -> Autoencoder:
    """For parameters that are known."""
    return Autoencoder(order, extra, width, generator(0))
