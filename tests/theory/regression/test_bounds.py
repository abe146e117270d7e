"""Bounds: every term is visible, they fall and rise as the theorems say, and they hold."""

import numpy as np
import pytest

from theory.regression.bounds import a_posteriori, a_posteriori_linear, a_posteriori_residual, a_priori, unit
from trainer.errors import UserError


def test_terms_add_up_and_are_named():
    bound = a_priori(3.0, 100, 10_000, 5, penalty=6.0)
    assert bound.value == pytest.approx(sum(bound.terms.values()))
    assert all(term > 0 for term in bound.terms.values())
    assert str(bound).count("\n") == len(bound.terms) == 5


def test_more_data_and_neurons_less_error():
    few, many = (a_priori(3.0, 10**6, n, 5, penalty=6.0).value for n in (10**4, 10**6))
    assert few / many == pytest.approx(10, rel=0.02)  # n^(-1/2), but for 1/m and logarithms
    a, b = (a_posteriori(2.0, n, 5).value for n in (100, 10_000))
    assert a / b == pytest.approx(10)
    assert a_priori(3.0, 10**9, 10**4, 5, 6.0).value < a_priori(3.0, 10, 10**4, 5, 6.0).value


def test_the_a_posteriori_bound_is_linear_in_the_norm_but_for_logarithms():
    low, high = (a_posteriori(norm, 1000, 5).value for norm in (10.0, 1000.0))
    assert high - low == pytest.approx(4 * 990 * unit(1000, 5), rel=1e-2)


def test_linear_functions_have_the_smallest_bound_and_residual_networks_the_largest():
    linear, flat, residual = (
        b(3.0, 10_000, 5).value for b in (a_posteriori_linear, a_posteriori, a_posteriori_residual)
    )
    assert linear < flat < residual
    four = a_posteriori_residual(3.0, 40_000, 5).value
    assert residual / four == pytest.approx(2.0)  # all of it is n^(-1/2)


def test_a_priori_asks_for_a_penalty():
    with pytest.raises(UserError, match=r"5\.66"):
        a_priori(1.0, 10, 100, 2, penalty=1.0)


def test_gaps_of_random_networks_are_within_the_bound():
    random = np.random.default_rng(12)
    n, d, m = 50, 3, 30
    for _ in range(20):
        w = random.normal(size=(m, d + 1))
        w /= np.abs(w).sum(1, keepdims=True)
        a = random.normal(size=m)
        x = random.uniform(-1, 1, (5000, d))
        f = np.clip(np.maximum(x @ w[:, :d].T + w[:, d], 0) @ a / m, 0, 1)
        y = np.clip(x[:, 0], 0, 1)
        loss = 0.5 * (f - y) ** 2
        assert loss.mean() - loss[:n].mean() <= a_posteriori(np.abs(a).mean(), n, d).value
