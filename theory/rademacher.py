"""The empirical Rademacher complexity R_S(H) = (1/n) E_xi sup_{h in H} sum_i xi_i h(x_i): how well noise is fitted."""

import math
from typing import Any

import numpy as np

from theory.classes.ball import Ball
from theory.classes.continuous import Continuous
from theory.estimate import Estimate, exactly
from theory.points import Array, checked, repeated
from theory.signs import mean_over_signs
from trainer.errors import UserError

DRAWS = 200


def rademacher(ball: Ball, x: Any, radius: float = 1.0, draws: int = DRAWS, seed: int = 0) -> Estimate:
    """Of the ball of `radius`. x: [n, d]; draws: of signs, where all of them would be too many.

    Raises UserError for data that are not finite or of one point, radius < 0 and draws < 2."""
    x = checked(x)
    if not 0 <= radius < math.inf or draws < 2:
        raise UserError(f"expected radius >= 0 and draws >= 2, got {radius} and {draws}")
    if isinstance(ball, Continuous):
        return continuous(x).scaled(radius)
    mean = mean_over_signs(ball, x, draws, seed)
    (low, low_error), (high, high_error) = mean.lower, mean.upper
    method = f"{ball.method(x)}; {mean.words}"
    theorem = ball.theorem(x) if low != high else None
    if theorem is not None and theorem.upper < high:
        high, high_error = theorem.upper, theorem.error
        method += f"; {theorem.words}, from above"
    return Estimate(title(ball), low, high, method, low_error, high_error, assumptions(x)).scaled(radius)


def title(ball: Ball) -> str:
    return f"Rademacher complexity, {ball.name} ball"


def assumptions(x: Array) -> tuple[str, ...]:
    again = repeated(x)
    return (f"{again} of the {len(x)} points are repeated, and count as often as they come",) if again else ()


def continuous(x: Array) -> Estimate:
    """sum over distinct points of E |xi_1 + ... + xi_k| / n, k their multiplicities: 1 without repetition."""
    _, multiplicity = np.unique(x, axis=0, return_counts=True)
    total = sum(mean_of_walk(int(k)) for k in multiplicity)
    name = title(Continuous())
    return exactly(name, total / len(x), "closed form over groups of equal points", assumptions(x))


def mean_of_walk(k: int) -> float:
    """E |xi_1 + ... + xi_k| = k C(k - 1, floor((k - 1) / 2)) / 2^(k - 1)"""
    return k * (math.comb(k - 1, (k - 1) // 2) / (1 << (k - 1)))
