"""Figures beside what was asked of them, as a table that the README can show."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure. ours, peer: as measured, with units; value: what the bar and the goal are about."""

    what: str
    ours: str
    peer: str
    value: float
    bar: float
    goal: float

    @property
    def met(self) -> str:
        """Larger is better where the goal lies above the bar. A value that is NaN was not measured."""
        if math.isnan(self.value):
            return "-"
        sign = 1 if self.goal > self.bar else -1
        if sign * self.value >= sign * self.goal:
            return "goal"
        return "bar" if sign * self.value >= sign * self.bar else "no"


def table(rows: Sequence[Row]) -> str:
    lines = ["| | henrici | DeePMD-kit | value | bar | goal | met |", "|---|--:|--:|--:|--:|--:|---|"]
    for row in rows:
        numbers = " | ".join(f"{number:.3g}" for number in (row.value, row.bar, row.goal))
        lines.append(f"| {row.what} | {row.ours} | {row.peer} | {numbers} | {row.met} |")
    return "\n".join(lines)
