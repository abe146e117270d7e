"""Do forces and virials belong to the energies? The work-energy theorem, on frames that are close to each other.

Between frames k and l of the same atoms, s_k and s_l in fractional coordinates, h_k and h_l their cells,

    E_l - E_k = a A + b B + O(3),    A = -1/2 (F_k + F_l) . u,    B = -1/2 (W_k + W_l) : e,

u = (s_l - s_k) h, by minimum images, the displacement beyond the strain e = h^-1 (h_l - h_k), h = (h_k + h_l) / 2: the
trapezoidal rule for the work of -dE/dr = F and -dE/de = W. Least squares over many pairs gives a and b; both are 1 when
units, signs and orders are right, -1 when a sign is wrong, 0.0062 when kbar are taken for eV/angstrom^3 and so on.

The rule fails for frames far apart, which makes |a| too small, as noise in A does. So for a fit that explains the share
R^2 of what the other term leaves, a lies between the direct slope a and the reverse slope a / R^2 (Frisch 1934). Labels
are called wrong where that whole interval, widened by five standard errors, lies outside 0.7 ... 1.4; right where it
lies inside; all else is not decidable from these data.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from trainer.data import units
from trainer.data.frame import Array, Frame
from trainer.data.store import Frames
from trainer.environment import completed

FRAMES, ATOMS, RUN = 2000, 400_000, 4  # frames looked at, in runs of consecutive ones, and their atoms together
ALL_PAIRS = 40  # of fewer frames of one composition every pair is taken
PAIRS = 8  # fewer decide nothing
LOW, HIGH, ERRORS = 0.7, 1.4, 5.0
GAIN = 50.0  # 2 log of the likelihood ratio, from which another order of components is believed
BOND, FLOOR = 2.5, 0.03  # angstrom: of a strain as a displacement; below it labels' own errors rule
CLOSEST = (0.1, 0.3, 1.0)  # shares of the pairs, closest first, until one decides


@dataclass(frozen=True)
class Slope:
    """A fitted factor: what forces or virials must be multiplied by to agree with the energies."""

    value: float
    error: float  # standard error, of residuals that differ in size and are correlated where pairs share a frame
    explained: float  # R^2, of what the other term leaves
    pairs: int

    @property
    def bounds(self) -> tuple[float, float]:
        """Of the true factor."""
        low, high = self.value - ERRORS * self.error, self.value + ERRORS * self.error
        if self.pairs < PAIRS or low <= 0.0 <= high:
            return -float("inf"), float("inf")
        return (low, high / self.explained) if low > 0.0 else (low / self.explained, high)

    @property
    def verdict(self) -> Literal["right", "wrong", "not decidable"]:
        low, high = self.bounds
        if low > HIGH or high < LOW:
            return "wrong"
        return "right" if low > LOW and high < HIGH else "not decidable"

    def __str__(self) -> str:
        return f"{self.value:.4g} +- {self.error:.1g} ({self.pairs} pairs, R^2 {self.explained:.2f}): {self.verdict}"


@dataclass(frozen=True)
class Consistency:
    """The factors a of the forces, b of the normal and of the shear components of the virials.

    None where no frames tell. order: of the components that is right, where another one is than that of the input."""

    forces: Slope | None = None
    normal: Slope | None = None
    shear: Slope | None = None
    order: str | None = None

    @property
    def wrong(self) -> bool:
        slopes = (self.forces, self.normal, self.shear)
        return self.order is not None or any(s is not None and s.verdict == "wrong" for s in slopes)


def check(frames: Frames) -> Consistency:
    """Of a sample of the frames of one set."""
    chosen = sample(frames)
    return fit(pairs(chosen, neighbors(chosen)))


def sample(frames: Frames) -> list[Frame]:
    """At most FRAMES, in runs of consecutive ones, about ATOMS atoms; those with energy and forces."""
    most = int(min(FRAMES, ATOMS / frames.atoms.mean())) if len(frames) else 0
    labelled = np.flatnonzero(frames.labels["energy"] & frames.labels["forces"])
    if len(labelled) > max(most, RUN):
        starts = np.linspace(0, len(labelled) - RUN, max(1, most // RUN)).astype(int)
        labelled = labelled[np.unique(starts[:, None] + np.arange(RUN))]
    return list(frames.subset(labelled))


def neighbors(frames: Sequence[Frame]) -> list[tuple[int, int]]:
    """Numbers of pairs of the same atoms that may be close: consecutive ones, neighbours in volume, all of a few."""
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for k, frame in enumerate(frames):
        groups[(frame.symbols, *frame.pbc.tolist())].append(k)
    pairs: set[tuple[int, int]] = set()
    for group in groups.values():
        by_volume = sorted(group, key=lambda k: frames[k].volume)
        pairs |= set(pairwise(group))
        pairs |= {(min(p), max(p)) for n in (1, 2) for p in zip(by_volume, by_volume[n:], strict=False)}
        if len(group) <= ALL_PAIRS:
            pairs |= {(k, group[n]) for m, k in enumerate(group) for n in range(m + 1, len(group))}
    return sorted(pairs)


SIX = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
NAMES = tuple(units.VOIGT.split())
TWICE = np.array([1.0, 1.0, 1.0, 2.0, 2.0, 2.0])  # xy and yx
ORDERS = [(0, 1, 2, *shear) for shear in permutations((3, 4, 5))]  # the first is the one of the input


class Pairs(NamedTuple):
    """Pairs of frames, an entry each."""

    energy: Array  # [pairs] E_l - E_k, eV
    work: Array  # [pairs] A, eV
    virial: Array  # [pairs, 6] -1/2 (W_k + W_l), eV; 0 where there is no strain
    strain: Array  # [pairs, 6] e
    distance: Array  # [pairs] root mean square of u, and of the strain times the length of a bond, angstrom
    atoms: Array  # [pairs]
    frames: npt.NDArray[np.int64]  # [pairs, 2] which two

    def take(self, chosen: Any) -> "Pairs":
        """Those chosen by an index array, a mask or a slice."""
        return Pairs(*(column[chosen] for column in self))

    def terms(self, order: Sequence[int]) -> Array:
        """[pairs, 3] A, and B of the normal and of the shear components, these being taken in another order; eV"""
        b = self.virial[:, order] * self.strain * TWICE
        return np.stack([self.work, b[:, :3].sum(axis=1), b[:, 3:].sum(axis=1)], axis=1)


def pairs(frames: Sequence[Frame], numbers: Sequence[tuple[int, int]]) -> Pairs:
    """Those of them that can be used, closest first: a strain needs virials."""
    rows = [(*row, (k, n)) for k, n in numbers if (row := pair(frames[k], frames[n])) is not None]
    if not rows:
        one, six = np.zeros(0), np.zeros((0, 6))
        return Pairs(one, one, six, six, one, one, np.zeros((0, 2), np.int64))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Pairs(*columns).take(np.argsort(columns[4], kind="stable"))


def pair(f: Frame, g: Frame) -> tuple[Any, ...] | None:
    """One entry of Pairs."""
    h_f, h_g = completed(f.cell, f.pbc), completed(g.cell, g.pbc)
    h = 0.5 * (h_f + h_g)
    e = np.linalg.inv(h) @ (h_g - h_f)
    strained = np.abs(e).max() > 1e-5
    if f.energy is None or g.energy is None or f.forces is None or g.forces is None:
        return None
    if strained and (f.virial is None or g.virial is None):
        return None
    if f.parameters is not None and g.parameters is not None and not np.array_equal(f.parameters, g.parameters):
        return None  # another energy surface
    s = g.positions @ np.linalg.inv(h_g) - f.positions @ np.linalg.inv(h_f)
    s -= np.where(f.pbc, np.round(s), 0.0)
    u = (s - s.mean(axis=0)) @ h
    w = -0.5 * (f.virial + g.virial) if strained and f.virial is not None and g.virial is not None else np.zeros((3, 3))
    six = [np.array([0.5 * (t[i, j] + t[j, i]) for i, j in SIX]) for t in (w, e)]
    distance = float(np.sqrt(np.square(u).sum(axis=1).mean() + np.square(BOND * e).sum()))
    return g.energy - f.energy, -0.5 * float(((f.forces + g.forces) * u).sum()), *six, distance, len(u)


def fit(table: Pairs) -> Consistency:
    """All factors, each from the closest pairs that decide it."""
    parts = closest(table)
    chosen = [slopes(part, ORDERS[0])[0] for part in parts]
    forces, normal, shear = (decided([s[k] for s in chosen]) for k in range(3))
    right = shear is None or shear.verdict == "right"
    return Consistency(forces, normal, shear, None if right else better_order(parts))


def closest(table: Pairs) -> list[Pairs]:
    """The closest pairs, and more and more of them."""
    return [table.take(slice(max(PAIRS, int(share * len(table.energy))))) for share in CLOSEST]


def slopes(table: Pairs, order: Sequence[int]) -> tuple[list[Slope | None], float]:
    """Of the three terms, and the weighted sum of squared residuals; weights fall like the rule's errors grow."""
    weight = 1.0 / (np.sqrt(table.atoms) * (table.distance**2 + FLOOR**2))
    y, terms = weight * table.energy, weight[:, None] * table.terms(order)
    found: list[Slope | None] = [None, None, None]
    used = np.count_nonzero(np.abs(terms) > 1e-6 * np.abs(y).max(initial=0.0), axis=0)
    there = np.flatnonzero(used >= PAIRS)
    x = terms[:, there]
    value = np.linalg.lstsq(x, y, rcond=None)[0]
    residual = y - x @ value
    inverse = np.linalg.pinv(x.T @ x)
    error = np.sqrt(np.diag(inverse @ spread(x * residual[:, None], table.frames) @ inverse))
    for k, term in enumerate(there):
        others = np.delete(x, k, axis=1)
        left = y - others @ np.linalg.lstsq(others, y, rcond=None)[0]
        explained = 1.0 - float(residual @ residual) / max(float(left @ left), 1e-300)
        found[term] = Slope(float(value[k]), float(error[k]), max(explained, 1e-6), int(used[term]))
    return found, float(residual @ residual)


def spread(score: Array, frames: npt.NDArray[np.int64]) -> Array:
    """The covariance of sum_p score_p where pairs that share a frame are correlated (Aronow, Samii and Assenova,
    Political Analysis 23, 2015, for dyads), but no less than without. score: [pairs, terms]; frames: [pairs, 2]"""
    alone = score.T @ score
    sums = np.zeros((int(frames.max(initial=-1)) + 1, score.shape[1]))
    np.add.at(sums, frames[:, 0], score)
    np.add.at(sums, frames[:, 1], score)
    shared = sums.T @ sums - alone
    return np.asarray(shared + np.diag(np.maximum(0.0, np.diag(alone) - np.diag(shared))))


def decided(slopes: Sequence[Slope | None]) -> Slope | None:
    """The first that decides, or else the one that explains most."""
    known = [slope for slope in slopes if slope is not None]
    decisive = [slope for slope in known if slope.verdict != "not decidable"]
    return decisive[0] if decisive else max(known, key=lambda slope: slope.explained, default=None)


def better_order(parts: Sequence[Pairs]) -> str | None:
    """The order in which alone the shear components fit the energies, far better than in that of the input."""
    for part in parts:
        fits = [slopes(part, order) for order in ORDERS]
        first, second = sorted(range(len(ORDERS)), key=lambda k: fits[k][1])[:2]
        shear = fits[first][0][2]
        gain = len(part.energy) * np.log(max(fits[second][1], 1e-300) / max(fits[first][1], 1e-300))
        if gain > GAIN and shear is not None and shear.verdict == "right":
            return " ".join(NAMES[k] for k in np.argsort(ORDERS[first]))
    return None
