"""Closures that were learned, the solver's side: from a file, and of Hermite moments from the module while it is
trained."""

from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kinetic.closure.contract import ClosureMetadata, examples
from kinetic.gas import Molecules
from kinetic.kernels import closures
from kinetic.kernels.moments import Local
from kinetic.moments.burnett.closures import LearnedBurnett
from kinetic.moments.classical import HME, with_flights
from kinetic.moments.flights import Flights
from kinetic.moments.generalised import Convolutional, Generalised
from trainer import export
from trainer.errors import UserError


def dimension(path: Path) -> int:
    """Of the velocities of the gas that the closure of a model file is for. Raises UserError for any other file."""
    return 1 if export.read_document(path).get("exponent") is None else 2


def load(
    path: Path, device: str | torch.device = "cpu", molecules: Molecules | None = None
) -> "Learned | Generalised | LearnedBurnett":
    """From a model file. Raises UserError for any other file, and for molecules that its closure is not for."""
    module, metadata = export.load(path, ClosureMetadata, device)
    forward: Any = module.forward
    taken, given = len(forward.schema.arguments) - 1, len(examples(metadata)[0])  # without `self`
    if taken != given:
        raise UserError(f"{path}: expected a closure that is asked with {given} arrays, got one that takes {taken}")
    if metadata.exponent is not None:
        its = Molecules(exponent=metadata.exponent)
        if molecules is not None and molecules.exponent != its.exponent:
            raise UserError(f"{path}: a closure for exponent = {its.exponent:g} in [gas], got {molecules.exponent:g}")
        return LearnedBurnett(module, metadata.order, its, device)
    if metadata.moments == "hermite":
        return Learned(module, metadata.order, device)
    return Generalised(module) if metadata.cells is None else Convolutional(module, metadata.cells)


class Learned(HME):
    """g_(M+1) from a module, which falls back on linear waves where the state is beyond what it was trained on.

    The characteristic speeds are not beyond those of HME. Cells beyond the domain are counted: `flagged`."""

    def __init__(self, module: Any, order: int, device: str | torch.device = "cpu"):
        """module: forward(a, g, s) -> g_(M+1) - g', inside; see kinetic.closure.hermite.network."""
        super().__init__(order, device)
        self.module, self._outside, self._seen = module, 0, 0
        self.equations = self._equations(closures.hermite(module))

    @cached_property
    def courant(self) -> float:
        return with_flights(self.order, self.module.linear.detach().cpu(), self.fastest)

    @property
    def flagged(self) -> float:
        """Share of the cells, over all steps so far, that were beyond the domain."""
        return self._outside / max(1, self._seen)

    def saw(self, outside: int, cells: int) -> None:
        self._outside += outside
        self._seen += cells

    def beyond(self, local: Local, flights: Flights) -> Tensor | None:
        s, moved = flights.last(local)
        found: Tensor
        found, inside = self.module(local.b.mT, local.g.mT, s.mT)
        self.saw(int((~inside).sum()), inside.numel())
        return (found + moved).unsqueeze(-2)
