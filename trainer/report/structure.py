"""Radial distribution functions and coordination numbers.

g_ab(r) = <V n_ab(r)> / (N_a N_b 4 pi r^2 dr), n_ab the ordered pairs of an atom of a and another of b at a distance
between r and r + dr (N_a (N_a - 1) for a = b); coordination: the mean number of b within r of an atom of a.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from trainer.data.frame import Array
from trainer.report.blocks import Estimate, Stretches, estimate, grouped, inefficiency

WIDTH = 0.05  # of a bin, angstrom
SMOOTH = 0.25  # angstrom, over which g is averaged to find its first minimum
AHEAD = 0.6  # angstrom: a minimum is the lowest of as much as follows it


class PairCurves(NamedTuple):
    """One pair of species; the bins of its curves."""

    r: Array  # [K] angstrom, middle of the bins
    g: Estimate  # [K]
    coordination: Estimate  # [K], within the outer edge of the bin
    shell: int | None  # bin of the first minimum of g behind its first peak


class Structure:
    """Histograms of distances between species, frame by frame."""

    def __init__(self, symbols: tuple[str, ...], distance: float):
        """distance: angstrom, up to which; never more than half_height of any cell."""
        self.species = tuple(sorted(set(symbols)))
        self.number = np.array([self.species.index(s) for s in symbols])
        self.atoms = np.bincount(self.number, minlength=len(self.species))
        t = len(self.species)
        self.pairs = [(a, b) for a in range(t) for b in range(a, t) if self.atoms[a] > 1 or a < b]
        index = np.zeros((t, t), dtype=np.int64)
        for k, (a, b) in enumerate(self.pairs):
            index[a, b] = index[b, a] = k
        self._index, self._bins = index, max(1, round(distance / WIDTH))
        self._stretches = Stretches()
        self.reach = distance

    def add(self, positions: Array, cell: Array) -> None:
        from MDAnalysis.lib.distances import self_capped_distance

        volume = abs(np.linalg.det(cell))
        self.reach = min(self.reach, half_height(cell))
        wrapped, box = standard(positions, cell)
        pair, r = self_capped_distance(wrapped, self._bins * WIDTH, box=box)
        kind = self._index[self.number[pair[:, 0]], self.number[pair[:, 1]]]
        k = np.minimum((r / WIDTH).astype(np.int64), self._bins - 1)
        count = np.bincount(kind * self._bins + k, minlength=len(self.pairs) * self._bins)
        count = count.reshape(len(self.pairs), self._bins).astype(float)
        self._stretches.add(np.stack([count, volume * count]))

    def inefficiency(self) -> float:
        """The largest over the pairs, in frames, of the coordination number of the first shell."""
        counts = self._stretches.means()[:, 0]
        values = [1.0]
        for k, curves in enumerate(self.curves(2)):
            shell = curves.shell if curves.shell is not None else len(curves.r) // 2
            values.append(inefficiency(counts[:, k, : shell + 1].sum(axis=1)))
        return max(values) * self._stretches.length

    def curves(self, blocks: int) -> list[PairCurves]:
        """Of each of `pairs`, with error bars from `blocks` blocks of time."""
        means = grouped(self._stretches.means(), blocks)  # [B, 2, pairs, bins] pairs of atoms, and times the volume
        bins = max(1, min(self._bins, int(self.reach / WIDTH)))
        edges = WIDTH * np.arange(bins + 1)
        shell_volume = 4 / 3 * np.pi * np.diff(edges**3)
        result = []
        for k, (a, b) in enumerate(self.pairs):
            ordered = self.atoms[a] * (self.atoms[b] - (a == b)) / (2 if a == b else 1)
            g = means[:, 1, k, :bins] / (ordered * shell_volume)
            around = np.cumsum(means[:, 0, k, :bins], axis=1) * (2 if a == b else 1) / self.atoms[a]
            mean = estimate(g)
            shell = first_minimum(mean.mean)
            result.append(PairCurves((edges[1:] + edges[:-1]) / 2, mean, estimate(around), shell))
        return result

    def names(self) -> list[str]:
        return [f"{self.species[a]}–{self.species[b]}" for a, b in self.pairs]


def half_height(cell: Array) -> float:
    """Half of the shortest distance between opposite faces, angstrom: so far, each atom is seen once."""
    normals = np.cross(cell[[1, 2, 0]], cell[[2, 0, 1]])
    return float(abs(np.linalg.det(cell)) / np.linalg.norm(normals, axis=1).max()) / 2


def standard(positions: Array, cell: Array) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The same crystal in a reduced cell and MDAnalysis's orientation, atoms inside: positions [n, 3], box [6]."""
    from ase.geometry import minkowski_reduce
    from MDAnalysis.lib.mdamath import triclinic_box, triclinic_vectors

    reduced, _ = minkowski_reduce(cell)
    box = triclinic_box(*reduced)
    scaled = np.linalg.solve(reduced.T, positions.T).T % 1.0
    return (scaled @ triclinic_vectors(box).astype(float)).astype(np.float32), box


def first_minimum(g: Array) -> int | None:
    """The bin of the first minimum behind the first peak; the middle where it is flat; None where there is none."""
    width = max(1, round(SMOOTH / WIDTH))
    smooth = np.convolve(g, np.ones(width) / width, mode="same")
    high = np.nonzero(smooth > 1.0)[0]
    ahead = round(AHEAD / WIDTH)
    if not len(high):
        return None
    for k in range(int(high[0]) + 1, len(g) - ahead):
        peak = smooth[high[0] : k + 1].max()
        if smooth[k] < 0.9 * peak and smooth[k] <= smooth[k + 1 : k + 1 + ahead].min():
            flat = np.nonzero(smooth[k:] > smooth[k] + 0.01)[0]
            return k + (int(flat[0]) // 2 if len(flat) else 0)
    return None
