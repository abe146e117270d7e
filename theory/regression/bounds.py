"""The theorems' bounds of the risk R = E (T f(x) - y)^2 / 2 with every constant visible: T cuts off at 0 and 1, y in
[0, 1], x in [-1, 1]^d. s = sqrt(2 ln(2 (d + 1)) / n), so that the ball of path norm Q has Rademacher complexity 2 Q s
at most."""

import math
from typing import NamedTuple

from trainer.errors import UserError


class Bound(NamedTuple):
    """A sum of terms, each with its meaning."""

    terms: dict[str, float]

    @property
    def value(self) -> float:
        return sum(self.terms.values())

    def __str__(self) -> str:
        return "\n".join([f"{self.value:.4g}", *(f"  {value:.4g}  {words}" for words, value in self.terms.items())])


def unit(n: int, d: int) -> float:
    """s"""
    return math.sqrt(2 * math.log(2 * (d + 1)) / n)


def confidence(norm: float, n: int, delta: float) -> float:
    """3/2 sqrt(ln(2 Q (Q + 1) / delta) / (2 n)), Q = norm + 1: McDiarmid for a loss in [0, 1/2] and an empirical
    complexity, in the balls Q = 1, 2, ... with delta / (Q (Q + 1)) for each."""
    Q = norm + 1
    return 1.5 * math.sqrt(math.log(2 * Q * (Q + 1) / delta) / (2 * n))


def a_posteriori(norm: float, n: int, d: int, delta: float = 0.05) -> Bound:
    """R - R_n of a two-layer network of path norm `norm`, whatever it was trained by, with probability >= 1 - delta.

    2 R_S(loss of the ball Q) <= 2 R_S(ball Q) <= 4 Q s, since the loss is 1-Lipschitz (E, Ma and Wu 2019, Theorem
    3.2)."""
    return Bound(
        {
            "4 (||theta|| + 1) s: the complexity of networks of this norm": 4 * (norm + 1) * unit(n, d),
            "3/2 sqrt(ln(2 Q (Q + 1) / delta) / 2n): confidence": confidence(norm, n, delta),
        }
    )


def a_posteriori_linear(norm: float, n: int, d: int, delta: float = 0.05) -> Bound:
    """The same of h(x) = b.x + c, norm = ||b||_1 + |c|: a ball has the complexity Q s (Massart)."""
    return Bound(
        {
            "2 (||theta|| + 1) s: the complexity of linear functions of this norm": 2 * (norm + 1) * unit(n, d),
            "3/2 sqrt(ln(2 Q (Q + 1) / delta) / 2n): confidence": confidence(norm, n, delta),
        }
    )


def a_posteriori_residual(norm: float, n: int, d: int, delta: float = 0.05) -> Bound:
    """The same of a residual network, norm = ||theta||_{D_1} (compositional norm), with the constants of E, Ma and Wu's
    talk of 2019: 24 (||theta|| + 1) s + 4 sqrt(2 ln(4 (||theta|| + 1)^2 / delta) / n)."""
    return Bound(
        {
            "24 (||theta|| + 1) s: the complexity of networks of this norm": 24 * (norm + 1) * unit(n, d),
            "4 sqrt(2 ln(4 Q^2 / delta) / n): confidence": 4 * math.sqrt(2 * math.log(4 * (norm + 1) ** 2 / delta) / n),
        }
    )


def a_priori(norm: float, m: int, n: int, d: int, penalty: float, delta: float = 0.05) -> Bound:
    """R of the minimiser of J = mean (f - y)^2 / 2 + lambda s ||theta|| / sqrt 2 over m neurons, for y = f*(x) of
    Barron norm `norm`, with probability >= 1 - 2 delta. Raises UserError unless lambda >= 4 sqrt 2.

    Some theta* has R <= 3 ||f*||^2 / 2m and ||theta*|| <= 2 ||f*||, so |f| <= 2 ||f*||; Hoeffding for its empirical
    risk; J(theta) <= J(theta*); a_posteriori for theta, whose 4 ||theta|| s the penalty covers (E, Ma and Wu 2019,
    Theorem 3.1)."""
    s, weight = unit(n, d), penalty / math.sqrt(2)
    if weight < 4:
        raise UserError(f"expected a penalty of at least 4 sqrt(2) = 5.66, got {penalty}")
    best = 1.5 * norm**2 / m
    hoeffding = 0.5 * (2 * norm + 1) ** 2 * math.sqrt(math.log(1 / delta) / (2 * n))
    penalised = 2 * weight * norm * s
    trained = (best + hoeffding + penalised) / (weight * s)  # the norm of the minimiser is no larger
    return Bound(
        {
            "3 ||f*||^2 / 2m: approximation by m neurons": best,
            "(2 ||f*|| + 1)^2 / 2 sqrt(ln(1 / delta) / 2n): empirical risk of theta*": hoeffding,
            "sqrt(2) lambda ||f*|| s: the penalty at theta*": penalised,
            "4 s: from ||theta|| to ||theta|| + 1": 4 * s,
            "3/2 sqrt(ln(2 Q (Q + 1) / delta) / 2n): confidence": confidence(trained, n, delta),
        }
    )
