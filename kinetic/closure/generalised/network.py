# TorchScript: this file is scripted for export, so it uses TorchScript's subset of Python.
"""A learned closure of learned moments (kinetic.autoencoder.functions): that of kinetic.closure.symmetric, with the
functions, in one velocity dimension, and collisions of the BGK equation."""

import math

import torch
from torch import Tensor

from kinetic.autoencoder.functions import Autoencoder
from kinetic.closure.symmetric import SymmetricClosure, linear_part
from kinetic.moments import linear
from kinetic.moments.projection import Integrals


def integrals(autoencoder: Autoencoder) -> Integrals:
    nodes = autoencoder.nodes
    with torch.no_grad():
        e, slope = (of(nodes)[:, : autoencoder.order + 1] for of in (autoencoder.functions, autoencoder.slopes))
        weighted = e * autoencoder.weights[:, None]
        return Integrals(*(q.mT @ weighted for q in (nodes[:, None] * e, slope, nodes[:, None] * slope)))


class GeneralisedClosure(SymmetricClosure):
    """forward(b, g, arrived, excess, path) -> h, inside"""

    slope: Tensor  # [M + 1, M + 1] int omega e_j' e_k
    stretch: Tensor  # [M + 1, M + 1] int omega xi e_j' e_k

    def __init__(self, autoencoder: Autoencoder, width: int, random: torch.Generator):
        """autoencoder: is not trained any more; width: of the network, kinetic.networks."""
        found = integrals(autoencoder)
        parity = (-1.0) ** torch.arange(autoencoder.order + 1)
        super().__init__(found.along, parity, width, random)
        self.autoencoder = autoencoder.requires_grad_(False)
        self.register_buffer("slope", found.slope)
        self.register_buffer("stretch", found.stretch)
        self.scale.copy_(autoencoder.scale)


def fit(module: GeneralisedClosure) -> None:
    """Moves C and Q to what waves of small amplitude ask for."""
    start = torch.eye(module.order + 1, 3, dtype=torch.complex128)
    start[2, 2] = math.sqrt(2.0)  # He_2 is sqrt(2) e_2
    rates = linear.bgk_rates(module.order)

    def matrix(kappa: Tensor) -> Tensor:
        return linear.projected_matrix(module.couple, rates, *linear_part(module), kappa)

    linear.fit([module.damping, module.shifting], matrix, start, start.mT, linear.bgk_waves())
