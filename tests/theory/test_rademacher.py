"""Rademacher complexities: closed forms, exact against Monte Carlo, theorems, other radii, bad input."""

import itertools
import math

import numpy as np
import pytest
from tolerances import FLOAT64

from theory.classes.barron import Barron
from theory.classes.continuous import Continuous
from theory.classes.linear import Linear
from theory.classes.lipschitz import Lipschitz
from theory.classes.registry import BALLS
from theory.classes.residual import Residual
from theory.classes.rkhs import RKHS, Gaussian, LinearKernel
from theory.points import checked
from theory.rademacher import mean_of_walk, rademacher
from theory.signs import all_signs
from trainer.errors import UserError

random = np.random.default_rng(3)


def test_continuous_functions_fit_noise_however_many_points():
    for n in (2, 10, 1000):
        assert rademacher(Continuous(), random.random((n, 2))).value == 1.0


@pytest.mark.parametrize("k", [1, 2, 5, 8])
def test_the_mean_of_a_walk_by_all_walks(k: int):
    walks = [abs(sum(xi)) for xi in itertools.product((-1, 1), repeat=k)]
    assert mean_of_walk(k) == pytest.approx(sum(walks) / 2**k, rel=FLOAT64)


def test_repeated_points_are_a_walk_each_and_are_said():
    x = np.repeat(random.random((4, 2)), 3, axis=0)
    found = rademacher(Continuous(), x)
    assert found.value == pytest.approx(4 * 1.5 / 12, rel=FLOAT64)  # E|xi_1 + xi_2 + xi_3| = 3/2
    assert "8 of the 12 points are repeated" in str(found)


def test_half_of_the_sign_vectors_stand_for_all():
    signs = all_signs(5)
    assert len({tuple(row) for row in signs} | {tuple(-row) for row in signs}) == 32


@pytest.mark.parametrize("ball", [Linear(1), Lipschitz(), RKHS(Gaussian()), Barron()], ids=lambda b: b.name)
def test_all_signs_agree_with_random_ones(ball, monkeypatch: pytest.MonkeyPatch):
    x = random.random((10, 1))
    exact = rademacher(ball, x)
    assert exact.exact
    monkeypatch.setattr(type(ball), "sign_vectors", 0)
    drawn = rademacher(ball, x, draws=300)
    assert drawn.error > 0
    assert drawn.contains(exact.value, sigmas=3)


def test_the_linear_l1_ball_is_the_closed_form():
    x = random.normal(size=(8, 3))
    signs = np.array(list(itertools.product((-1, 1), repeat=8)))
    assert rademacher(Linear(1), x).value == pytest.approx(np.abs(signs @ x).max(1).mean() / 8, rel=FLOAT64)


def test_khintchine_and_jensen_hold_the_complexity_of_a_kernel():
    x = random.normal(size=(16, 2))
    found, trace = rademacher(RKHS(LinearKernel()), x).value, math.sqrt((x**2).sum()) / 16
    assert trace / math.sqrt(2) <= found <= trace


def test_classes_that_contain_one_another_are_in_order():
    x = random.random((10, 2))
    l1, barron = rademacher(Linear(1), x), rademacher(Barron(), x)
    assert l1.value <= 2 * barron.value  # b.x = sigma(b.x) - sigma(-b.x)
    assert barron.value <= rademacher(Lipschitz(), x).value  # a neuron has slopes and values of at most 1
    residual = rademacher(Residual(), x)
    assert residual.lower >= l1.value  # one linear channel
    assert residual.lower < residual.upper


def test_a_larger_ball_fits_more_noise():
    x = random.random((10, 1))
    assert rademacher(Barron(), x, radius=3.0).value == pytest.approx(3 * rademacher(Barron(), x).value, rel=FLOAT64)
    assert rademacher(Barron(), x, radius=0.0).value == 0.0


def test_more_points_more_is_learned():
    for name in ("lipschitz", "linear-l1", "rkhs-gaussian", "barron"):
        few, many = (rademacher(BALLS[name], random.random((n, 1)), draws=50) for n in (8, 128))
        assert many.value + 3 * many.error < 0.6 * few.value  # 1/4 is the rate


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([[1.0], [np.nan]], "nan in row 1"),
        ([[1.0, 2.0]], "n >= 2 points"),
        (np.zeros((2, 2, 2)), "expected \\[n, d\\]"),
        ([["a"], ["b"]], "expected numbers"),
        (np.zeros((3, 0)), "expected \\[n, d\\]"),
    ],
)
def test_bad_data_are_one_clear_line(values, words: str):
    with pytest.raises(UserError, match=words) as caught:
        checked(values)
    assert "\n" not in str(caught.value)


def test_bad_parameters_are_one_clear_line():
    for wrong in ({"radius": -1.0}, {"draws": 1}, {"radius": math.nan}):
        with pytest.raises(UserError, match="expected radius"):
            rademacher(Barron(), [[0.0], [1.0]], **wrong)
