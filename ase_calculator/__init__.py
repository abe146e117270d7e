"""The ASE calculator: energies, forces and stress of a model file, in any of ASE's tools."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ase_calculator.potential import Potential

__all__ = ["Potential"]


def __getattr__(name: str) -> object:
    """Potential on first use: ASE imports this package, by its plugin, in every program that reads a file."""
    if name == "Potential":
        from ase_calculator.potential import Potential

        return Potential
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
