"""Two-sided bounds of sup_h |E h - mean_i h(x_i)| by the Rademacher complexity of the sample."""

import math
from dataclasses import dataclass
from typing import Any

from theory.classes.ball import Ball
from theory.estimate import Estimate
from theory.points import checked
from theory.rademacher import DRAWS, rademacher
from trainer.errors import UserError


@dataclass(frozen=True)
class GapBound:
    """With probability >= 1 - delta: lower <= sup_h |E h - mean h| <= upper, by two sets of constants.

    lecture: 2 R + B s and R / 2 - B s, s = sqrt(ln(2 / delta) / 2n) (E, Ma and Wu, 2019).
    strict: 2 R + 6 B s and R / 2 - B / (2 sqrt n) - 3 B s, for |h| <= B and R of this very sample: McDiarmid
    for the supremum and for R (a point moves either by 2 B / n), and symmetrisation with centred functions."""

    complexity: Estimate
    bound: float  # B
    n: int
    delta: float

    @property
    def s(self) -> float:
        return math.sqrt(math.log(2 / self.delta) / (2 * self.n))

    @property
    def lecture(self) -> tuple[float, float]:
        R, B = self.complexity, self.bound
        return max(0.0, 0.5 * R.lower - B * self.s), 2 * R.upper + B * self.s

    @property
    def strict(self) -> tuple[float, float]:
        R, B = self.complexity, self.bound
        low = 0.5 * R.lower - 0.5 * B / math.sqrt(self.n) - 3 * B * self.s
        return max(0.0, low), 2 * R.upper + 6 * B * self.s

    def __str__(self) -> str:
        rows = (("as in the lecture", self.lecture), ("with all constants", self.strict))
        lines = [f"generalisation gap with probability {1 - self.delta:g}, |h| <= {self.bound:.4g}:"]
        return "\n".join(lines + [f"  {words:20} in [{low:.6g}, {high:.6g}]" for words, (low, high) in rows])


def generalisation_gap(
    ball: Ball, x: Any, delta: float = 0.05, radius: float = 1.0, draws: int = DRAWS, seed: int = 0
) -> GapBound:
    """x: [n, d], of a measure on the box around 0 that holds them. Raises UserError for bad data, delta not in (0,
    1)."""
    if not 0 < delta < 1:
        raise UserError(f"expected 0 < delta < 1, got {delta}")
    x = checked(x)
    return GapBound(rademacher(ball, x, radius, draws, seed), radius * ball.bound(x), len(x), delta)
