"""Closures of projections that were learned, the solver's side of kinetic.closure.symmetric."""

from functools import cached_property
from typing import Any

from torch import Tensor

from kinetic.closure.symmetric import linear_part
from kinetic.kernels import closures
from kinetic.kernels.moments import Local
from kinetic.moments.collisions import Modes
from kinetic.moments.flights import Flights
from kinetic.moments.projection import Integrals, Projected, Projection


class LearnedProjection(Projected):
    """h from a module, trained or of a file (kinetic.closure.symmetric). Cells beyond its domain, where linear waves
    are what is left, are counted."""

    def __init__(self, variables: Projection, integrals: Integrals, collisions: Modes, module: Any):
        super().__init__(variables, integrals, collisions)
        self.closing = closures.symmetric(module)
        self.module, self.fastest = module, float(module.fastest)
        self._outside, self._seen = 0, 0

    @cached_property
    def courant(self) -> float:
        return self.with_flights(*linear_part(self.module))

    @property
    def flagged(self) -> float:
        """Share of the cells, over all steps so far, that were beyond the domain."""
        return self._outside / max(1, self._seen)

    def beyond(self, local: Local, flights: Flights) -> Tensor:
        h, inside = self.answer(local, flights)
        self.saw(int((~inside).sum()), inside.numel())
        return h.mT

    def saw(self, outside: int, cells: int) -> None:
        self._outside += outside
        self._seen += cells

    def answer(self, local: Local, flights: Flights) -> tuple[Tensor, Tensor]:
        """h [..., nx, M - 2] and where b was within what was trained [..., nx]."""
        arrived, excess = (q.movedim(-1, 1) for q in flights.every(local, self.variables.parity[3:]))
        found: tuple[Tensor, Tensor] = self.module(local.b.mT, local.g.mT, arrived, excess, local.path)
        return found
