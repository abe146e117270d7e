"""Means of correlated series with error bars: block averages, of blocks long enough to be nearly independent.

A mean over a block of L frames has the variance s^2 g / L if L >> g, where s^2 is the variance of a frame and
g = 1 + 2 sum_t rho(t) the statistical inefficiency, rho the autocorrelation function. So the standard deviation of B
block means, over B^(1/2), estimates the standard error of the mean over all; its relative bias is of order -g / 2L
(Flyvbjerg and Petersen, J. Chem. Phys. 91, 461 (1989); Chodera et al., J. Chem. Theory Comput. 3, 26 (2007)).
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from trainer.data.frame import Array

LENGTH = 10  # statistical inefficiencies in a block: a bias of the error bar of 5 %
MOST, LEAST = 16, 4  # blocks
CONFIDENCE = 0.95


class Estimate(NamedTuple):
    """A mean over blocks; numbers, or arrays of the same shape."""

    mean: npt.NDArray[np.float64]
    standard_error: npt.NDArray[np.float64]
    blocks: int

    @property
    def error(self) -> npt.NDArray[np.float64]:
        """Half width of the confidence interval; Student's t makes up for the small number of blocks."""
        return np.asarray(student.ppf(0.5 + CONFIDENCE / 2, self.blocks - 1) * self.standard_error)


def inefficiency(x: Array) -> float:
    """g >= 1, in frames, of a series x: [T]. The sum ends where rho(t) first falls below zero."""
    d = np.asarray(x, dtype=float) - np.mean(x)
    frames, variance = len(d), float(np.mean(d**2))
    if frames < 3 or variance <= 1e-20 * float(np.mean(np.square(x))):
        return 1.0
    transform = np.fft.rfft(d, 2 * frames)
    rho = np.fft.irfft(np.abs(transform) ** 2)[1 : frames - 1] / np.arange(frames - 1, 1, -1) / variance
    end = int(np.argmax(rho <= 0)) if (rho <= 0).any() else len(rho)
    lags = np.arange(1, end + 1)
    return max(1.0, 1.0 + 2.0 * float(((1 - lags / frames) * rho[:end]).sum()))


def number_of_blocks(frames: int, g: float) -> int:
    """As many as are LENGTH inefficiencies long, between LEAST and MOST."""
    return max(LEAST, min(MOST, int(frames / (LENGTH * g))))


def estimate(means: Any) -> Estimate:
    """means: [B, ...] over blocks of equal length"""
    means = np.asarray(means, dtype=float)
    return Estimate(means.mean(axis=0), means.std(axis=0, ddof=1) / len(means) ** 0.5, len(means))


def block_means(x: Array, blocks: int) -> Array:
    """[B] means of a series over consecutive stretches; what is left over is left out at the start."""
    length = len(x) // blocks
    return np.asarray(x[len(x) - blocks * length :].reshape(blocks, length).mean(axis=1))


class Stretches:
    """Sums of an array over stretches of time, at most `most` of equal length, whatever the number of frames.

    When there are too many, neighbours are added up, and each is twice as long from then on."""

    def __init__(self, most: int = 128):
        self._most, self.length = most, 1  # frames in a stretch
        self._full: list[Array] = []
        self._sum: Array | None = None
        self._frames = 0

    def add(self, values: Array) -> None:
        """values: of one frame"""
        self._sum = values.astype(float) if self._sum is None else self._sum + values
        self._frames += 1
        if self._frames < self.length:
            return
        self._full.append(self._sum)
        self._sum, self._frames = None, 0
        if len(self._full) == self._most:
            self._full = [a + b for a, b in zip(self._full[::2], self._full[1::2], strict=True)]
            self.length *= 2

    def means(self) -> Array:
        """[S, ...] of the stretches that are full"""
        return np.array(self._full) / self.length


def grouped(means: Array, blocks: int) -> Array:
    """[B, ...] means of B groups of consecutive stretches, of nearly equal size; B at most their number."""
    return np.array([part.mean(axis=0) for part in np.array_split(means, min(blocks, len(means)))])
