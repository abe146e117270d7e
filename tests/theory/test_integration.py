"""sup |I - I_n|: closed forms, anchors, and samples in the place of the measure."""

import math

import numpy as np
import pytest

from theory.classes.barron import Barron
from theory.classes.continuous import Continuous
from theory.classes.linear import Linear
from theory.classes.lipschitz import Lipschitz, wasserstein_uniform
from theory.classes.registry import BALLS
from theory.classes.rkhs import RKHS, Gaussian
from theory.integration import integration_error
from trainer.errors import UserError

random = np.random.default_rng(4)


def test_the_mean_distance_to_the_uniform_measure_has_its_limit():
    n, many = 400, 400
    scaled = np.array([wasserstein_uniform(random.random(n)) for _ in range(many)]) * math.sqrt(n)
    limit = math.sqrt(2 / math.pi) * math.pi / 8  # E int |Brownian bridge|
    error = scaled.std() / many**0.5
    assert abs(scaled.mean() - limit) < 3 * error + 0.5 / math.sqrt(n)  # the next order


def test_continuous_functions_are_never_integrated():
    assert integration_error(Continuous(), random.random((50, 3))).value == 2.0


def test_closed_forms_are_those_of_large_references():
    x = random.random((20, 1))
    reference = (np.arange(400)[:, None] + 0.5) / 400
    for ball in (Lipschitz(), Linear(1), RKHS(Gaussian(0.3))):
        closed = integration_error(ball, x)
        assert closed.exact
        assert integration_error(ball, x, reference).upper == pytest.approx(closed.value, abs=5e-3)  # cells of 1/400


@pytest.mark.parametrize("name", BALLS)
def test_every_class_lies_between_two_ends(name: str):
    """x has too many points at one side: all classes but C0 see it."""
    x = random.random((30, 3)) ** 2
    found = integration_error(BALLS[name], x, random.random((300, 3)))
    assert 0 < found.lower <= found.upper < 3 * found.lower
    assert found.lower_error > 0 or name == "c0"
    assert found.upper < 1 or name == "c0"


def test_what_the_measure_does_not_fit_is_refused():
    with pytest.raises(UserError, match="points of \\[0, 1\\]"):
        integration_error(Lipschitz(), [[0.5], [2.0]])
    with pytest.raises(UserError, match="2 dimensions, got 3"):
        integration_error(Lipschitz(), random.random((5, 2)), random.random((5, 3)))


def test_a_sample_is_no_error_of_itself():
    x = random.normal(size=(15, 2))
    for ball in (Lipschitz(), Linear(2), RKHS(Gaussian()), Barron()):
        assert integration_error(ball, x, x).upper == pytest.approx(0.0, abs=1e-7)  # a root of rounding
