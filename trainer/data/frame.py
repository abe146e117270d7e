"""One labelled configuration in the house's units, and what makes it acceptable."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trainer.environment import completed
from trainer.errors import UserError

Array = npt.NDArray[np.float64]
LARGEST = 1e12  # eV and angstrom: nothing of atoms is larger, and products of larger numbers overflow


@dataclass(frozen=True, eq=False)
class Frame:
    """eV and angstrom. Labels that are None are missing, and masked in the loss. Raises UserError when unusable."""

    symbols: tuple[str, ...]  # [n] element of each atom
    positions: Array  # [n, 3] angstrom
    cell: Array  # [3, 3] angstrom, rows are the lattice vectors
    pbc: npt.NDArray[np.bool_]  # [3]
    energy: float | None  # eV
    forces: Array | None  # [n, 3] eV/angstrom
    virial: Array | None  # [3, 3] eV, W = -V * stress = -dE/d strain
    trajectory: str  # frames of one trajectory are correlated: a split keeps them together
    source: str  # "file, frame k", for messages
    weight: float = 1.0  # in the loss
    parameters: Array | None = None  # [n, P] what energies depend on besides, as the input's `parameters` name it

    def __post_init__(self) -> None:
        n = len(self.symbols)
        if n == 0:
            raise UserError(f"{self.source}: no atoms")
        for name, value, shape in (
            ("positions", self.positions, (n, 3)),
            ("cell", self.cell, (3, 3)),
            ("energy", self.energy, ()),
            ("forces", self.forces, (n, 3)),
            ("virial", self.virial, (3, 3)),
            ("parameters", self.parameters, (n, 0 if self.parameters is None else self.parameters.shape[-1])),
        ):
            if value is None:
                continue
            if np.shape(value) != shape:
                raise UserError(f"{self.source}: {name} of shape {np.shape(value)}, expected {shape}")
            largest = float(np.abs(value).max(initial=0.0))
            if not largest <= LARGEST:
                verb = "contain" if name.endswith("s") else "contains"
                what = f"{largest:.3g}: damaged, or not what it says" if np.isfinite(largest) else "nan or infinity"
                raise UserError(f"{self.source}: {name} {verb} {what}")
        if self.pbc.any() and not self.volume > 1e-3:
            raise UserError(f"{self.source}: periodic, but the cell's volume is {self.volume:.3g} angstrom^3")
        if self.energy is None and self.forces is None and self.virial is None:
            raise UserError(f"{self.source}: no energy, forces or stress; name their keys in [data], or drop the frame")

    @property
    def volume(self) -> float:
        """angstrom^3, of the cell with unit vectors in the place of missing ones along directions that do not repeat"""
        with np.errstate(divide="ignore"):  # LAPACK's elimination, on cells as flat as 1e-300
            return float(abs(np.linalg.det(completed(self.cell, self.pbc))))


def known(label: Array) -> Array | None:
    """None for a label that is nan throughout, which programs write where there is none. nan in places is refused."""
    return None if np.isnan(label).all() else label


def indices(frame: Frame, species: Sequence[str]) -> npt.NDArray[np.int64]:
    """[n] position of each atom's element in `species`. Raises UserError for one that is not there."""
    number = {symbol: k for k, symbol in enumerate(species)}
    unknown = sorted(set(frame.symbols) - set(number))
    if unknown:
        raise UserError(f"{frame.source}: species {', '.join(unknown)} unknown; the model has {', '.join(species)}")
    return np.array([number[symbol] for symbol in frame.symbols], dtype=np.int64)
