"""The ASE calculator: energies, forces and stress of model files, in any of ASE's tools."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ase_calculator.domain import OutOfDomainError, OutOfDomainWarning
    from ase_calculator.model_deviation import ModelDeviation
    from ase_calculator.potential import Potential

__all__ = ["ModelDeviation", "OutOfDomainError", "OutOfDomainWarning", "Potential"]

PLACES = {
    "Potential": "potential",
    "ModelDeviation": "model_deviation",
    "OutOfDomainError": "domain",
    "OutOfDomainWarning": "domain",
}


def __getattr__(name: str) -> Any:
    """What is here, on first use: ASE imports this package, by its plugin, in every program that reads a file."""
    if name in PLACES:
        return getattr(import_module(f"ase_calculator.{PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
