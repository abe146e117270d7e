"""What is labelled: between which deviations, which of the candidates, and whether the deviation can be believed.

With F the root mean square component of the forces in a typical (median) frame, eps the deviations and e the errors of
held-out frames (both of the worst atom in each), Q the quantile that one in a hundred such frames exceeds and M the
median,

    lower = max(Q(eps), M(e)) within [0.05, 0.15] F        below: like what the committee is good at, or its noise
    upper = Q(eps)            within [0.45, 1.00] F        above: forces that are about as wrong as they are large

In relative deviations F is 1. Users of DP-GEN choose 0.05 to 0.15 eV/angstrom for `lower` of solids and of water, and
0.15 to 0.25 for `upper`; a common complaint of theirs is that every frame has failed, so that nothing is labelled. Here
`upper` is higher: a label that does not converge says so.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from ase import Atoms
from scipy import stats

from trainer.active.farthest import Surroundings, descriptors, farthest, whitened
from trainer.active.settings import SelectionSettings

LOWER, UPPER = (0.05, 0.15), (0.45, 1.0)  # fractions of F
SMALLEST = 0.1  # eV/angstrom, of F: labels of crystals at rest have none
EXCEEDED = 0.01  # of frames like those held out
SPREAD, FRAMES = 0.5, 5  # of log eps, before any is known, and how many frames it takes to outweigh that
BEYOND = 0.05  # share of errors that exceed the multiple of a calibrated deviation
CHANCE = 0.01  # of so many exceeding it, below which the committee is called overconfident


class Bounds(NamedTuple):
    """eV/angstrom, or fractions where deviations are relative."""

    lower: float
    upper: float


def bounds(
    settings: SelectionSettings, deviation: Sequence[float], error: Sequence[float], typical_force: float
) -> Bounds:
    """Those given, or those above. deviation, error: of held-out frames, none to many; typical_force: F, eV/angstrom.

    Without any, F is taken to be 1 eV/angstrom and the committee to know nothing; with few, Q leans on a log-normal
    distribution of a usual width; one outlier moves neither Q nor M far."""
    if settings.lower is not None and settings.upper is not None:
        return Bounds(settings.lower, settings.upper)
    if not len(deviation):
        return Bounds(LOWER[1], UPPER[1])
    f = 1.0 if settings.relative is not None else max(typical_force, SMALLEST)
    q, e = exceeded_by_few(deviation) / f, float(np.median(error)) / f
    return Bounds(f * float(np.clip(max(q, e), *LOWER)), f * float(np.clip(q, *UPPER)))


def exceeded_by_few(x: Sequence[float]) -> float:
    """The quantile 1 - EXCEEDED of a log-normal distribution, by median and median absolute deviation of log x > 0."""
    log = np.log(np.maximum(x, np.finfo(float).tiny))
    middle = np.median(log)
    sigma = np.median(np.abs(log - middle)) / stats.norm.ppf(0.75)
    width = np.sqrt((len(x) * sigma**2 + FRAMES * SPREAD**2) / (len(x) + FRAMES))
    return float(np.exp(middle + stats.norm.ppf(1 - EXCEEDED) * width))


def choose(candidates: Sequence[Atoms], known: Sequence[Atoms], model: Path, number: int) -> list[int]:
    """Indices of at most `number` candidates, far from one another and from `known` by the model's descriptors, the
    most novel first; fewer where the others are near-duplicates (farthest.py).

    Where the file offers no descriptors: evenly spaced over the candidates' deviations (info["deviation"]), the largest
    first. Raises UserError when the file is not a potential that this version reads."""
    both = descriptors([*candidates, *known], model) if candidates else None
    if both is None:
        return spaced([float(atoms.info["deviation"]) for atoms in candidates], number)
    d, species, structure = both
    parts: tuple[list[Surroundings], list[Surroundings]] = ([], [])
    for s in torch.unique(species):
        z, of = whitened(d[species == s]), structure[species == s]
        new = of < len(candidates)
        parts[0].append(Surroundings(z[new], of[new]))
        parts[1].append(Surroundings(z[~new], of[~new]))
    return farthest(*parts, len(candidates), number)


def spaced(deviation: Sequence[float], number: int) -> list[int]:
    """Of each of `number` equal parts of the order by deviation, the largest."""
    order = np.argsort(-np.asarray(deviation), kind="stable")
    return [int(order[k * len(order) // number]) for k in range(number)] if len(order) > number else order.tolist()


class Calibration(NamedTuple):
    """What the deviation says of the error, on n new labels."""

    correlation: float | None  # Spearman's; None for less than three, or equal, ones
    slope: float | None  # median of error / deviation
    multiple: float  # of the deviation, which a calibrated committee's error exceeds once in twenty times or less
    beyond: int  # labels whose error does
    overconfident: bool  # more of them than chance would have once in a hundred rounds


def calibrate(deviation: Sequence[float], error: Sequence[float], models: int) -> Calibration:
    """Whether the label could be one more member of the committee of K models.

    If members and label are drawn alike, F ~ N(mu, s^2) in each component, then for an atom

        |F_label - <F>|^2 / eps^2 = (K + 1) / (K - 1) f,    f ~ F(3, 3 (K - 1)), Fisher's distribution,

    by the variances s^2 (1 + 1 / K) and s^2 chi^2_{3 (K - 1)} / K. The quotient of the largest error and the largest
    deviation of many atoms spreads less. So no more than 5 % of the errors should be beyond m eps, m^2 the
    95th percentile: m = 2.5 for K = 4. Whether more are is judged by the binomial distribution. Committees of networks
    often fail: members that share data and form err alike (Kahle and Zipoli, Phys. Rev. E 105, 015311 (2022))."""
    eps, e = np.maximum(deviation, np.finfo(float).tiny), np.asarray(error, dtype=float)
    multiple = float(np.sqrt((models + 1) / (models - 1) * stats.f.ppf(1 - BEYOND, 3, 3 * (models - 1))))
    beyond = int((e > multiple * eps).sum())
    different = len(e) > 2 and np.ptp(eps) > 0 and np.ptp(e) > 0
    return Calibration(
        correlation=float(stats.spearmanr(eps, e).statistic) if different else None,
        slope=float(np.median(e / eps)) if len(e) else None,
        multiple=multiple,
        beyond=beyond,
        overconfident=bool(beyond and stats.binom.sf(beyond - 1, len(e), BEYOND) < CHANCE),
    )
