"""Kolmogorov widths: what is counted; no basis beats the lower end; the lowest cosines reach the upper."""

import numpy as np
import pytest
from tolerances import FLOAT64

from theory.widths import cosines, fixed_basis_width
from trainer.errors import UserError

random = np.random.default_rng(16)


def test_cosines_are_counted_as_they_are_listed():
    K = np.array(np.meshgrid(*3 * [np.arange(-4, 5)])).reshape(3, -1).T
    sizes = np.abs(K).sum(1)
    np.testing.assert_array_equal(cosines(3, 4), [((sizes > 0) & (sizes <= r)).sum() / 2 for r in (1, 2, 3, 4)])


def test_no_fixed_basis_beats_the_width_not_even_the_best_one():
    """In one dimension the m lowest cosines leave ||g_{m+1}||; random functions of their span leave more."""
    for m in (3, 10):
        found = fixed_basis_width(m, 1)
        assert found.upper == pytest.approx(1 / (2 * np.pi * (m + 1)) / np.sqrt(2), rel=FLOAT64)
        assert 0.3 * found.upper < found.lower <= found.upper
        N = 4 * m
        norm = 1 / (2 * np.pi * np.arange(1, N + 1)) / np.sqrt(2)
        basis, _ = np.linalg.qr(random.normal(size=(N, m)))
        assert (norm * np.sqrt(1 - (basis**2).sum(1))).max() >= found.lower


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_the_dimension_is_in_the_exponent(d: int):
    few, many = (fixed_basis_width(m, d) for m in (10**5, 10**5 * 2**d))
    for end in ("lower", "upper"):
        assert getattr(few, end) / getattr(many, end) == pytest.approx(2.0, rel=0.1)  # shells are of whole numbers


def test_bad_parameters_are_one_clear_line():
    for m, d in ((0, 1), (1, 0)):
        with pytest.raises(UserError, match="m >= 1"):
            fixed_basis_width(m, d)
