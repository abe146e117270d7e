"""Statistics of a stream against numpy's of the whole."""

import numpy as np
import pytest

from trainer.report.statistics import Largest, LogBins, Reservoir


def test_sample_is_uniform_and_bounded():
    reservoir, values = Reservoir(2000, seed=1), np.arange(100_000.0)
    for part in np.array_split(values[:, None], 77):
        reservoir.add(part)
    rows = reservoir.rows(1)[:, 0]
    assert reservoir.seen == 100_000
    assert len(set(rows)) == 2000
    # a tenth of the stream has 200 of the sample, standard deviation (2000 x 0.1 x 0.9)^(1/2) = 13.4
    counts = np.histogram(rows, bins=10, range=(0, 100_000))[0]
    assert np.abs(counts - 200).max() < 4 * 13.4


def test_sample_of_a_short_stream_is_the_stream():
    reservoir = Reservoir(10)
    assert reservoir.rows(3).shape == (0, 3)
    reservoir.add(np.eye(3))
    assert np.array_equal(reservoir.rows(3), np.eye(3))


def test_bins_count_and_sum():
    random = np.random.default_rng(2)
    x, values = 10 ** random.normal(size=5000), random.normal(size=(5000, 2))
    bins = LogBins(1e-6, 1e6, 100, columns=2)
    for part in np.array_split(np.arange(5000), 9):
        bins.add(x[part], values[part])
    assert np.array_equal(bins.count, np.histogram(x, bins.edges)[0])
    assert bins.sums.sum(axis=0) == pytest.approx(values.sum(axis=0))
    for q in (0.01, 0.5, 0.99):
        assert bins.quantile(q) == pytest.approx(np.quantile(x, q), rel=10**0.01 - 1)  # a bin's width
    bins.add(np.array([0.0, 1e9]))
    assert bins.count.sum() == 5002


def test_largest_are_the_largest():
    largest: Largest[int] = Largest(3)
    values = [5.0, 1.0, 9.0, 9.0, 7.0, 2.0]
    for k, value in enumerate(values):
        if largest.wants(value):
            largest.add(value, k)
    assert largest.records() == [2, 3, 4]
    assert not largest.wants(7.0)
