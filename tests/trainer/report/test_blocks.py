"""Block errors of autoregressive noise x_t = phi x_{t-1} + e_t against their closed form.

Its variance is s^2 = 1 / (1 - phi^2), its inefficiency g = (1 + phi) / (1 - phi), and the variance of the mean of L
values is (s^2 / L) (g - 2 phi (1 - phi^L) / (L (1 - phi)^2)).
"""

import numpy as np
import pytest
from scipy.signal import lfilter

from trainer.report.blocks import Stretches, block_means, estimate, grouped, inefficiency, number_of_blocks

PHI = 0.9
G = (1 + PHI) / (1 - PHI)


def noise(series: int, frames: int, seed: int) -> np.ndarray:
    """[series, frames], in its stationary state"""
    e = np.random.default_rng(seed).normal(size=(series, frames + 200))
    return np.asarray(lfilter([1.0], [1.0, -PHI], e, axis=1)[:, 200:])


def variance_of_mean(length: int) -> float:
    return (G - 2 * PHI * (1 - PHI**length) / (length * (1 - PHI) ** 2)) / length / (1 - PHI**2)


def test_inefficiency():
    # a window of about 5 g frames of rho, each known to (g / T)^(1/2): 3 % of g
    assert inefficiency(noise(1, 200_000, 1)[0]) == pytest.approx(G, rel=0.1)
    assert inefficiency(np.random.default_rng(2).normal(size=100_000)) == pytest.approx(1.0, abs=0.1)
    assert inefficiency(np.full(100, 0.997)) == 1.0


def test_block_error_is_the_closed_form():
    blocks, length, series = 16, 200, 400
    assert number_of_blocks(blocks * length, G) == blocks
    found = [estimate(block_means(x, blocks)) for x in noise(series, blocks * length, 3)]
    mean_square = np.mean([float(e.standard_error) ** 2 for e in found])
    # 400 x 15 degrees of freedom: a standard deviation of (2 / 6000)^(1/2) = 1.8 %
    assert mean_square == pytest.approx(variance_of_mean(length) / blocks, rel=4 * 0.018)
    assert mean_square == pytest.approx(G / (1 - PHI**2) / (blocks * length), rel=0.1 + 4 * 0.018), "bias below 10 %"
    covered = np.mean([abs(e.mean) < e.error for e in found])
    # the interval is of 95 %, and a standard error 5 % too small makes it 93.9; (0.94 x 0.06 / 400)^(1/2) = 1.2 %
    assert 0.94 - 4 * 0.012 < covered < 0.95 + 4 * 0.012


def test_few_blocks_when_frames_are_correlated():
    assert number_of_blocks(10_000, 1.0) == 16
    assert number_of_blocks(10_000, 125.0) == 8
    assert number_of_blocks(10_000, 1e6) == 4


@pytest.mark.parametrize("frames", [5, 16, 97, 1000])
def test_stretches_are_means_over_time(frames: int):
    x = np.random.default_rng(4).normal(size=(frames, 2, 3))
    stretches = Stretches(most=16)
    for frame in x:
        stretches.add(frame)
    means = stretches.means()
    assert len(means) < 16
    assert len(means) * stretches.length > frames - stretches.length
    expected = x[: len(means) * stretches.length].reshape(len(means), stretches.length, 2, 3).mean(axis=1)
    assert means == pytest.approx(expected)
    assert grouped(means, 4) == pytest.approx(np.array([part.mean(axis=0) for part in np.array_split(expected, 4)]))
