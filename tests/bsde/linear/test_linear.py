"""Feynman-Kac against closed forms, with intervals that cover as often as they say."""

import numpy as np
import pytest
import torch
from equations import Call, Linear, OrnsteinUhlenbeck, Quadratic
from scipy.stats import binom

from bsde.linear.feynman_kac import feynman_kac
from bsde.linear.multilevel import multilevel
from bsde.linear.sobol import SobolPaths, bridge
from bsde.problems import PROBLEMS
from bsde.simulation.approximation import of_function
from trainer.errors import UserError

REPETITIONS = 200


@pytest.mark.parametrize("sampling", ["plain", "antithetic", "sobol"])
def test_intervals_cover_the_truth(sampling: str):
    """Of 200 intervals of 90 %, the number that hold the exact value is binomial: within its 99.9 % limits."""
    problem = Call()
    exact, held = problem.price(), 0
    for seed in range(REPETITIONS):
        width = 0.02 if sampling == "sobol" else 0.4
        found = feynman_kac(problem, width, sampling, time_steps=1, confidence=0.9, seed=seed)  # type: ignore[arg-type]
        held += abs(found.value - exact) <= found.half_width
    low, high = binom.interval(0.999, REPETITIONS, 0.9)
    assert low <= held <= high


def test_it_stops_when_the_interval_is_as_narrow_as_asked():
    problem = Linear()
    widths = (0.2, 0.05)
    found = [feynman_kac(problem, width, time_steps=4) for width in widths]
    assert all(f.half_width <= width for f, width in zip(found, widths, strict=True))
    assert found[0].paths < found[1].paths
    exact = problem.reference().value  # type: ignore[union-attr]
    assert all(abs(f.value - exact) < 2 * f.half_width for f in found)


def test_the_same_paths_say_more_in_pairs_and_with_a_control():
    problem, enough = Linear(), 1e9
    plain, antithetic = (feynman_kac(problem, enough, s, time_steps=16) for s in ("plain", "antithetic"))
    controlled = feynman_kac(problem, enough, "plain", control=of_function(problem.exact), time_steps=16)
    assert plain.paths == antithetic.paths == controlled.paths
    assert antithetic.half_width < plain.half_width
    assert controlled.half_width < 0.5 * plain.half_width


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
        found = multilevel(problem, 0.02, seed=seed)
        assert abs(found.value - exact) < 4 * 0.02
        assert found.error < 0.02
    assert list(found.paths) == sorted(found.paths, reverse=True)


def test_multilevel_variances_fall_with_the_level():
    """Euler's strong order for additive noise is 1: V_l falls by 4 a level, n_l by sqrt(4 x 2)."""
    found = multilevel(OrnsteinUhlenbeck(), 0.01)
    assert found.paths[1] / found.paths[2] == pytest.approx(8**0.5, rel=0.5)


def test_what_is_not_linear_is_refused():
    for name in ("hjb", "allen-cahn", "lending-rates"):
        with pytest.raises(UserError, match="expected f that is linear in u and grad u"):
            feynman_kac(PROBLEMS[name](dim=3), 0.1)
        with pytest.raises(UserError, match="expected f that is linear"):
            multilevel(PROBLEMS[name](dim=3), 0.1)


def test_what_cannot_be_reached_is_said():
    with pytest.raises(UserError, match=r"4096 paths give .* not \+- 1e-05: allow more"):
        feynman_kac(Linear(), 1e-5, most=4096, time_steps=2)
    with pytest.raises(UserError, match="take 30000 coordinates, there are 21201"):
        feynman_kac(Linear(dim=3000), 1e-5, "sobol", time_steps=10)
    with pytest.raises(UserError, match="expected half_width > 0"):
        feynman_kac(Linear(), 0.0)
