"""What no gas can be is drawn towards equilibrium, and nothing else is."""

import numpy as np
import pytest
import torch
from gas import centers, wave
from numpy.polynomial import hermite_e

from kinetic import Discretisation, Flow, Wall, errors, solve
from kinetic.moments.hermite import roots
from kinetic.moments.realizability import KEPT, LIMIT, Realizability


def share(**a: float) -> float:
    """Of a_3 .. a_M given by name."""
    order = max(int(name[1:]) for name in a)
    values = torch.tensor([1.0, 0.0, 0.0, *(a.get(f"a{k}", 0.0) for k in range(3, order + 1))], dtype=torch.float64)
    found = Realizability(order).share(values[:, None])
    return 1.0 if found is None else float(found)


@pytest.mark.parametrize("order", range(4, 11))
def test_a_positive_distribution_is_left_alone(order: int):
    """Molecules at twelve places within the limit, and a tenth of a Maxwellian."""
    random = np.random.default_rng(order)
    for _ in range(50):
        weights, xi = random.dirichlet(np.ones(12)), random.normal(0, 1, 12)
        xi -= weights @ xi
        xi /= np.sqrt(weights @ xi**2)
        if np.abs(xi).max() < LIMIT:
            a = (1 - KEPT) * (weights @ hermite_e.hermevander(xi, order))
            a[0] = 1.0
            assert Realizability(order).share(torch.from_numpy(a)[:, None]) is None


def test_the_boundary_is_where_it_is_known():
    """Two kinds of molecules have the least kurtosis, 1, and the largest skewness, that of 1 / L and L."""
    kurtosis = KEPT * 3 + (1 - KEPT) * 1
    for a4 in (-2.0, -5.0, -1e6):
        assert 3 + share(a4=a4) * a4 == pytest.approx(kurtosis, abs=1e-9)
    fastest = float(roots(4)[-1])  # signal, which is L for M = 3
    for a3 in (3.0, -20.0, 1e6):
        assert abs(share(a3=a3) * a3) == pytest.approx((1 - KEPT) * (fastest - 1 / fastest), rel=1e-9)


@pytest.mark.parametrize("model", ["grad-3", "hme-3", "waves-3"])
def test_streams_that_part_are_not_lost_by_four_moments(model: str):
    """At +-3 sqrt(theta), between open ends, where BGK leaves 1 % of the density in the middle."""
    one = torch.ones(1, 1, 60, dtype=torch.float64)
    apart = torch.where(centers(60) < 0.5, -3.0, 3.0)[None, None]
    flow = Flow(one, apart, one, 0.1 * one[0], 1.0, Wall("outflow"), Wall("outflow"))
    exact = solve("bgk", flow, [0.05, 0.1], Discretisation(velocity_limit=12.0, velocities=160))
    assert float(errors(solve(model, flow, [0.05, 0.1]), exact)[0, 3]) < 0.08


def test_a_mirrored_gas_has_the_same_share():
    there, back = share(a3=3.0, a4=-1.0, a5=40.0), share(a3=-3.0, a4=-1.0, a5=-40.0)
    assert there < 1
    assert there == pytest.approx(back, rel=1e-12)


def test_streams_that_part_and_meet_keep_mass_momentum_and_energy():
    """Twelve times as fast as their sound, on a ring: hundreds of states that no gas has are drawn back."""
    gas = wave(40, 1.0)
    streams = Flow(gas.density, 12.0 * gas.velocity.sign(), 0.2 * gas.temperature, gas.knudsen)
    for model in ("hme-4", "hme-5", "waves-5", "hme-8"):
        solution = solve(model, streams, [0.02])
        assert solution.flagged > 0.01
        total, start = solution.conserved[0, 0].sum(-1), streams.moments(2)[0].sum(-1)
        torch.testing.assert_close(total, start * torch.tensor([1.0, 1.0, 0.5]), rtol=1e-12, atol=1e-12)
