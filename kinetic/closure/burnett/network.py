"""A learned closure of moments with Burnett's functions: kinetic.closure.symmetric, begun as linear waves ask."""

import torch

from kinetic.closure.symmetric import SymmetricClosure
from kinetic.gas import Molecules
from kinetic.moments.burnett.functions import Burnett
from kinetic.moments.burnett.waves import coefficients


def untrained(degree: int, width: int, random: torch.Generator) -> SymmetricClosure:
    """Of the moments up to a degree, in two dimensions."""
    functions = Burnett(degree, 2)
    return SymmetricClosure(functions.integrals().along, functions.parity, width, random)


@torch.no_grad()
def begin(module: SymmetricClosure, degree: int, molecules: Molecules) -> None:
    """Sets C and Q to what waves of small amplitude ask for."""
    c, q = (part.flatten(-2).to(module.alike.device) for part in coefficients(degree, 2, molecules))
    module.damping.copy_(c @ module.alike.mT)
    module.shifting.copy_(0.5 * q @ module.unlike.mT)  # each element stands in two places
