"""The exact Riemann solver: the conservation laws, in integral form, and what it cannot do."""

import numpy as np
import pytest

from kinetic.moments.riemann import State, riemann
from trainer.errors import UserError


def conserved(w: np.ndarray, gamma: float) -> np.ndarray:
    rho, u, theta = w
    return np.array([rho, rho * u, rho * (theta / (gamma - 1) + 0.5 * u**2)])


def flux(w: np.ndarray, gamma: float) -> np.ndarray:
    rho, u, theta = w
    energy = conserved(w, gamma)[2]
    return np.array([rho * u, rho * (u**2 + theta), u * (energy + rho * theta)])


@pytest.mark.parametrize("gamma", [3.0, 2.0, 5 / 3])
@pytest.mark.parametrize(
    ("left", "right"),
    [
        (State(1, 0, 1), State(0.125, 0, 0.8)),  # a rarefaction and a shock
        (State(1, 1, 1), State(0.8, -1, 1.3)),  # two shocks
        (State(1, -0.5, 1), State(0.7, 0.5, 1.2)),  # two rarefactions
        (State(0.2, 0.3, 0.4), State(2, -0.2, 1.5)),
    ],
)
def test_what_flows_in_is_there(left: State, right: State, gamma: float):
    """int_(-a)^a U dxi = a (U_l + U_r) - (F_r - F_l), at t = 1."""
    a, n = 6.0, 400_000
    xi = (np.arange(n) + 0.5) * (2 * a / n) - a
    w = riemann(left, right, xi, gamma)
    ends = np.array([left, right]).T
    u, f = conserved(ends, gamma), flux(ends, gamma)
    expected = a * u.sum(1) - (f[:, 1] - f[:, 0])
    np.testing.assert_allclose(conserved(w, gamma).sum(1) * 2 * a / n, expected, atol=2e-4)  # a jump within a cell
    mirrored = riemann(State(right.rho, -right.u, right.theta), State(left.rho, -left.u, left.theta), -xi, gamma)
    np.testing.assert_allclose(mirrored * [[1], [-1], [1]], w, atol=1e-9)


def test_a_rarefaction_keeps_its_invariants():
    left, right = State(1, 0, 1), State(0.125, 0, 0.8)
    w = riemann(left, right, np.linspace(-1.7, -0.5, 50))
    inside = (w[0] < 1 - 1e-9) & (w[0] > w[0].min() + 1e-9)
    assert inside.sum() > 10
    np.testing.assert_allclose((w[2] / w[0] ** 2)[inside], 1.0, rtol=1e-12)  # entropy
    np.testing.assert_allclose((w[1] + np.sqrt(3 * w[2]))[inside], np.sqrt(3), rtol=1e-12)  # u + 2 c / (gamma - 1)


def test_a_vacuum_is_refused():
    with pytest.raises(UserError, match="a vacuum forms"):
        riemann(State(1, -3, 1), State(1, 3, 1), np.zeros(1))
