"""Feynman-Kac against closed forms, with intervals that cover as often as they say."""

import numpy as np
import pytest
import torch
from equations import Call, Linear, OrnsteinUhlenbeck, Quadratic
from scipy.stats import binom
from torch import Tensor

from bsde.linear.feynman_kac import FeynmanKac
from bsde.linear.multilevel import Multilevel
from bsde.linear.sobol import SobolPaths, bridge
from bsde.problems import PROBLEMS
from bsde.simulation.approximation import of_function
from bsde.simulation.tally import Tally
from trainer.errors import UserError

REPETITIONS = 200
NORMAL_90 = 1.6448536  # standard errors to each side of 90 %


@pytest.mark.parametrize("sampling", ["plain", "antithetic", "sobol"])
def test_intervals_cover_the_truth(sampling: str):
    """Of 200 intervals of 90 %, the number that hold the exact value is binomial: within its 99.9 % limits."""
    problem = Call()
    exact, held = problem.price(), 0
    for seed in range(REPETITIONS):
        width = 0.02 if sampling == "sobol" else 0.4
        method = FeynmanKac(width, 0.9, sampling, time_steps=1, seed=seed)  # type: ignore[arg-type]
        found = method.solve(problem)
        held += abs(found.value - exact) <= NORMAL_90 * found.error
    low, high = binom.interval(0.999, REPETITIONS, 0.9)
    assert low <= held <= high


def test_it_stops_when_the_interval_is_as_narrow_as_asked():
    problem = Linear()
    widths = (0.2, 0.05)
    found = [FeynmanKac(width, time_steps=4).solve(problem) for width in widths]
    assert all(1.959963 * f.error <= width for f, width in zip(found, widths, strict=True))
    assert found[0].looks[-1].effort < found[1].looks[-1].effort
    exact = problem.reference().value  # type: ignore[union-attr]
    assert all(abs(f.value - exact) < 4 * f.error for f in found)


def test_a_thousandth_of_the_value_is_enough_where_nothing_is_asked():
    """|x + W|^2 from far out is nearly linear in W: a first look at pairs suffices; plain ones take more."""
    found = FeynmanKac(time_steps=2).solve(Quadratic(start=30.0))
    assert len(found.looks) == 1
    assert 1.959963 * found.error <= 1e-3 * found.value
    assert FeynmanKac(time_steps=2, sampling="plain").solve(Quadratic(start=3.0)).looks[-1].effort > 2**12


def test_the_same_paths_say_more_in_pairs_and_with_a_control():
    problem, enough = Linear(), 1e9
    plain = FeynmanKac(enough, sampling="plain", time_steps=16).solve(problem)
    antithetic = FeynmanKac(enough, time_steps=16).solve(problem)
    controlled = FeynmanKac(enough, sampling="plain", time_steps=16).solve(problem, None, of_function(problem.exact))
    assert plain.looks[-1].effort == antithetic.looks[-1].effort == controlled.looks[-1].effort
    assert antithetic.error < plain.error
    assert controlled.error < 0.5 * plain.error


@pytest.mark.parametrize("sampling", ["antithetic", "sobol"])
def test_two_time_steps_are_extrapolated(sampling: str):
    """Euler steps of E X^2 have a bias of first order, of which a quarter at most is left: second order."""
    problem = OrnsteinUhlenbeck()
    exact = problem.reference().value  # type: ignore[union-attr]
    found = FeynmanKac(0.01, sampling=sampling, time_steps=8, seed=3).solve(problem)  # type: ignore[arg-type]

    def euler(steps: int) -> float:
        """E |X_T|^2: m -> m (1 - dt)^2 + dt in each of two coordinates, from 1."""
        m, dt = 1.0, 1 / steps
        for _ in range(steps):
            m = m * (1 - dt) ** 2 + dt
        return 2 * m

    assert found.bias == pytest.approx(euler(4) - euler(8), abs=4 * found.error)
    assert abs(found.value - exact) < 4 * found.error + 0.25 * found.bias  # type: ignore[operator]


def test_sobol_converges_faster_than_random_numbers():
    """Means of n points: the error falls as n^-1/2 at random, and nearly as n^-1 here."""
    problem = Quadratic(dim=2)
    exact = problem.reference().value  # type: ignore[union-attr]
    error = []
    for paths in (2**12, 2**16):
        dw = [SobolPaths(8, 2, 1.0).draw(paths // 16, seed) for seed in range(16)]
        means = [float((problem.origin(torch.float64) + w.sum(0)).square().sum(1).mean()) - exact for w in dw]
        error.append(float(np.sqrt(np.mean(np.square(means)))))
    assert error[0] / error[1] > 16**0.75


@pytest.mark.parametrize("steps", [1, 2, 5, 8, 33])
def test_the_bridge_is_orthogonal(steps: int):
    """Increments of W are independent with variance dt, whatever the order in which they are made."""
    B = bridge(steps)
    np.testing.assert_allclose(B @ B.T, np.eye(steps), atol=1e-12)
    assert np.abs(B[:, 0]).min() == pytest.approx(steps**-0.5)  # the first number is the end of the path


def test_multilevel_takes_the_bias_of_the_time_step_along():
    problem = OrnsteinUhlenbeck()
    exact = problem.reference().value  # type: ignore[union-attr]
    for seed in (1, 2, 3):
        found = Multilevel(0.02, seed=seed).solve(problem)
        assert abs(found.value - exact) < 4 * 0.02
        assert found.error < 0.02
        assert found.bias < 0.02  # type: ignore[operator]
    assert [look.effort for look in found.looks] == [2 * 2**level for level in range(len(found.looks))]


def test_multilevel_knows_what_is_out_of_its_reach():
    """u = 0: a thousandth of what a pilot makes of it would take billions of paths; where g is 0 there is no doubt."""

    class Centred(OrnsteinUhlenbeck):
        start: float | tuple[float, ...] = 0.0
        size: float = 1.0

        def g(self, x: Tensor) -> Tensor:
            return self.size * x.sum(1)

    with pytest.raises(UserError, match=r"an error of \S+ takes \S+ paths, more than \S+: ask for a larger one"):
        Multilevel().solve(Centred())
    found = Multilevel(0.02).solve(Centred())
    assert abs(found.value) < 4 * found.error + (found.bias or 0.0)
    nothing = Multilevel().solve(Centred(size=0.0))
    assert (nothing.value, nothing.error, nothing.bias) == (0.0, 0.0, 0.0)


def test_multilevel_variances_fall_with_the_level():
    """Euler's strong order for additive noise is 1: V_l falls by 4 a level, n_l by sqrt(4 x 2)."""
    tally = Tally()
    Multilevel(0.01).solve(OrnsteinUhlenbeck(), tally)
    pieces = [sum(key[0] == level for key in tally.pieces) for level in (1, 2)]
    assert pieces[0] / pieces[1] == pytest.approx(8**0.5, rel=0.5)


def test_what_is_not_linear_is_refused():
    for name in ("hjb", "allen-cahn", "lending-rates", "american-put"):
        with pytest.raises(UserError, match="expected f that is linear in u and grad u"):
            FeynmanKac(0.1).solve(PROBLEMS[name](dim=3))
        with pytest.raises(UserError, match="expected f that is linear"):
            Multilevel(0.1).solve(PROBLEMS[name](dim=3))


def test_an_f_that_is_nan_is_not_linear():
    class Root(Linear):
        def f(self, t: Tensor, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
            return y.sqrt()

    with pytest.raises(UserError, match="expected f that is linear"):
        FeynmanKac(0.1).solve(Root())


def test_what_cannot_be_reached_is_said():
    with pytest.raises(UserError, match=r"4096 paths give .* not \+- 1e-05: allow more"):
        FeynmanKac(1e-5, most=4096, time_steps=2).solve(Linear())
    with pytest.raises(UserError, match="take 30000 coordinates, there are 21201"):
        FeynmanKac(1e-5, sampling="sobol", time_steps=10).solve(Linear(dim=3000))
    with pytest.raises(UserError, match="expected half_width > 0"):
        FeynmanKac(0.0)
    with pytest.raises(UserError, match="expected time_steps to be 1 or even, got 3"):
        FeynmanKac(time_steps=3)
    with pytest.raises(UserError, match="expected error > 0"):
        Multilevel(-1.0)
