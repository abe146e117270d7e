"""Mean squared displacements and diffusion coefficients, right also where the cell is triclinic or changes.

MSD(t) = <|r_i(s + t) - r_i(s)|^2> over atoms i and times s;  D = lim dMSD/dt / 6.
Paths across the boundaries are put together from the shortest displacement between frames, in the cell of the later
one, of positions inside the cell ("toroidal view": von Bülow et al., J. Chem. Phys. 153, 021101 (2020)):
unwrapping in scaled coordinates instead would add the fluctuations of a cell at constant pressure to the diffusion.
"""

from typing import NamedTuple

import numpy as np

from trainer.data.frame import Array
from trainer.report.blocks import Estimate, estimate

ATOMS = 1000  # whose paths are kept
FRAMES = 4096  # at least so many of them, once there are twice as many
BLOCKS = 5  # of time; lags go up to half of a block, a tenth of the trajectory
FAR, LOST = 0.4, 1e-3  # where so many steps are so long, in units of the cell, paths cannot be told from one another
FIT = 0.3  # the slope is of the lags from this fraction of the longest on


class Mobility(NamedTuple):
    """Of one species."""

    lag: Array  # [L] in frames
    msd: Estimate  # [L] angstrom^2
    diffusion: Estimate  # angstrom^2 per frame
    exponent: float  # d log MSD / d log t over the lags of the fit: 1 for diffusion, 0 for a solid


class Paths:
    """Unwrapped paths of a sample of atoms; the motion of the centre of mass of all is taken out."""

    def __init__(self, species: Array, masses: Array):
        """species, masses: [n] of all atoms"""
        random = np.random.default_rng(0)
        share = max(1, ATOMS // len(np.unique(species)))
        chosen = [random.permutation(np.nonzero(species == s)[0])[:share] for s in np.unique(species)]
        self.sample = np.sort(np.concatenate(chosen))
        self._weights = masses / masses.sum()
        self.stride = 1  # frames between those that are kept
        self._seen, self._far = 0, 0
        self._last: Array | None = None
        self._now = np.zeros((len(self.sample), 3))
        self._kept: list[Array] = []

    def add(self, positions: Array, cell: Array) -> None:
        inverse = np.linalg.inv(cell)
        wrapped = (positions @ inverse % 1.0) @ cell
        if self._last is not None:
            step = wrapped - self._last
            scaled = step @ inverse
            scaled -= np.round(scaled)
            step = scaled @ cell
            self._far += int((np.abs(scaled) > FAR).sum())
            self._now = self._now + step[self.sample] - self._weights @ step
        self._last = wrapped
        if self._seen % self.stride == 0:
            self._kept.append(self._now.astype(np.float32))
            if len(self._kept) == 2 * FRAMES:
                self._kept = self._kept[::2]
                self.stride *= 2
        self._seen += 1

    @property
    def followed(self) -> bool:
        """Whether frames are close enough in time for the shortest displacement to be the right one."""
        return self._far <= LOST * 3 * len(self._weights) * max(1, self._seen - 1)

    def mobility(self, species: Array) -> list[Mobility | None]:
        """Of each species, in order; None where frames are too few or too far apart. species: [n] of all atoms."""
        paths, of = np.array(self._kept), species[self.sample]
        length = len(paths) // BLOCKS
        if length < 10 or not self.followed:
            return [None] * len(np.unique(species))
        blocks = [paths[k * length : (k + 1) * length] for k in range(BLOCKS)]
        return [self._mobility([block[:, of == s] for block in blocks], length // 2) for s in np.unique(species)]

    def _mobility(self, blocks: list[Array], lags: int) -> Mobility:
        curves = np.array([msd(block.astype(float), lags) for block in blocks])
        lag = np.arange(lags) * self.stride
        fit = slice(max(1, int(FIT * lags)), None)
        slopes = np.polyfit(lag[fit], curves[:, fit].T, 1)[0]
        mean = curves.mean(axis=0)
        moving = mean[fit].min() > 0
        exponent = float(np.polyfit(np.log(lag[fit]), np.log(mean[fit]), 1)[0]) if moving else 0.0
        return Mobility(lag.astype(float), estimate(curves), estimate(slopes / 6), exponent)


def msd(paths: Array, lags: int) -> Array:
    """[lags] MSD of paths [T, n, 3], averaged over all origins: |a - b|^2 = a^2 + b^2 - 2ab, the last by FFT.

    Kneller et al., Comput. Phys. Commun. 91, 191 (1995)."""
    frames = len(paths)
    paths = paths - paths.mean(axis=0)
    transform = np.fft.rfft(paths, 2 * frames, axis=0)
    product = np.fft.irfft((np.abs(transform) ** 2).sum(axis=(1, 2)), axis=0)[:lags]
    square = np.square(paths).sum(axis=(1, 2))
    total = np.concatenate([[0.0], np.cumsum(square)])
    origins = frames - np.arange(lags)
    first, last = total[origins], total[frames] - total[np.arange(lags)]
    result = (first + last - 2 * product) / (origins * paths.shape[1])
    result[0] = 0.0
    return np.asarray(np.maximum(result, 0.0))
