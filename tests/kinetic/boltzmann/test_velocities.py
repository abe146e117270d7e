"""Discrete velocities: moments, and the Maxwellian that has them."""

import pytest
import torch
from gas import centers

from kinetic.boltzmann.velocities import Velocities
from kinetic.gas import maxwellian, maxwellian_moments
from trainer.errors import UserError


def test_moments_of_a_maxwellian_are_those_of_the_closed_form():
    v = Velocities(10.0, 60)
    rho, u, theta = (torch.tensor([q], dtype=torch.float64) for q in (1.3, 0.7, 0.9))
    expected = maxwellian_moments(rho, u, theta, 6)
    torch.testing.assert_close(v.moments(maxwellian(rho, u, theta, v.v), 6), expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("count", [12, 16, 64])
def test_the_discrete_maxwellian_has_its_moments_on_any_grid(count: int):
    """Also where the continuous one is off by percents: twelve velocities."""
    v, x = Velocities(6.0, count), centers(5)
    m = maxwellian_moments(1 + x, x - 0.4, 0.7 + x, 2)
    f = v.maxwellian(m)
    assert (f > 0).all()
    torch.testing.assert_close(v.moments(f, 2), m, rtol=1e-14, atol=1e-15)


def test_what_the_grid_cannot_hold_is_refused():
    v, one = Velocities(6.0, 24), torch.ones(1, dtype=torch.float64)
    with pytest.raises(UserError, match="too cold or too fast"):
        v.maxwellian(maxwellian_moments(one, 0.3 * one, 1e-4 * one, 2))
    with pytest.raises(UserError, match=r"expected a limit of at least 7\.24"):
        v.check(one, 1.558 * one)
    with pytest.raises(UserError, match="temperature is not positive"):
        v.maxwellian(torch.stack([one, one, 0.9 * one]))
    for limit, count in ((0.0, 24), (6.0, 25), (6.0, 2)):
        with pytest.raises(UserError, match="even number of velocities"):
            Velocities(limit, count)
