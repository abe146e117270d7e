"""Both sides of the gap bound hold, over repetitions, where the supremum is known in closed form."""

import numpy as np
import pytest

from theory.classes.linear import Linear
from theory.classes.lipschitz import Lipschitz
from theory.classes.rkhs import RKHS, Gaussian
from theory.generalisation import generalisation_gap
from theory.integration import integration_error
from trainer.errors import UserError

random = np.random.default_rng(5)


@pytest.mark.parametrize(
    ("ball", "d"),
    [(Linear(1), 5), (Linear(2), 5), (RKHS(Gaussian(0.5)), 3), (Lipschitz(), 1)],
    ids=["linear-1", "linear-2", "rkhs", "lipschitz"],
)
def test_both_sides_hold(ball, d: int):
    delta, missed = 0.2, 0
    for _ in range(20):  # the bounds are never met by chance: one miss of twenty would be too many
        x = random.random((50, d))
        truth = integration_error(ball, x).value
        bound = generalisation_gap(ball, x, delta, draws=20)
        (low, high), (strict_low, strict_high) = bound.lecture, bound.strict
        assert strict_low <= low
        assert high <= strict_high
        missed += not low <= truth <= high
    assert missed <= delta * 20


def test_more_confidence_is_a_wider_interval():
    x = random.random((50, 2))
    sure, unsure = (generalisation_gap(Linear(1), x, delta, draws=50) for delta in (0.01, 0.5))
    assert sure.lecture[1] > unsure.lecture[1]
    assert "0.99" in str(sure)
    with pytest.raises(UserError, match="delta"):
        generalisation_gap(Linear(1), x, 0.0)
