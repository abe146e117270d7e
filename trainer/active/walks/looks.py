"""What a walk saw: the deviation at each look, and which of the configurations are worth keeping."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

Json = dict[str, Any]


class Trajectory(NamedTuple):
    """n configurations explored."""

    step: NDArray[np.int64]  # [n] ascending
    deviation: NDArray[
        np.float64
    ]  # [n, 2] the largest of forces, eV/angstrom or relative, and of the virial, eV an atom
    frames: Callable[[Collection[int]], Mapping[int, Atoms]]  # at these steps, where they were written
    ended: str  # COMPLETED, or why earlier


COMPLETED = "completed"
CUT = 5.0  # times `upper`: where the deviation is that large, the walk is over,
GROWTH = 3.0  # or where the volume is so many times what it was, or what it was so many times the volume


class Bounds(NamedTuple):
    """A candidate has lower <= force deviation < upper, or less than lower but a virial deviation > virial."""

    lower: float
    upper: float
    virial: float = np.inf

    def candidate(self, deviation: NDArray[np.float64]) -> NDArray[np.bool_]:
        """[n] of deviation [n, 2]"""
        force, virial = deviation.T
        return np.asarray((force < self.upper) & ((force >= self.lower) | (virial > self.virial)))

    def failed(self, deviation: NDArray[np.float64]) -> NDArray[np.bool_]:
        """[n]; a nan has failed too"""
        return np.asarray(~(deviation[:, 0] < self.upper))

    def wanted(self, deviation: NDArray[np.float64]) -> list[int]:
        """Looks that may be labelled: the candidates. Of a walk that jumped over them, the best that failed."""
        found = np.flatnonzero(self.candidate(deviation))
        if not len(found):
            failed = np.flatnonzero(self.failed(deviation) & (deviation[:, 0] <= CUT * self.upper))
            found = failed[np.argsort(deviation[failed, 0])[:1]]
        return [int(k) for k in found]


def counts(deviation: NDArray[np.float64], bounds: Bounds) -> dict[str, int]:
    candidate, failed = (int(found(deviation).sum()) for found in (bounds.candidate, bounds.failed))
    explored = len(deviation)
    return {
        "explored": explored,
        "accurate": explored - candidate - failed,
        "candidate": candidate,
        "failed": failed,
    }


def absurd(start: Atoms, now: Atoms, deviation: float, job: Json) -> str | None:
    """What no model was made for, if anything: as in templates/committee.in."""
    volume = now.get_volume() / start.get_volume() if start.pbc.all() else 1.0
    inside = {
        "deviation": deviation <= CUT * job["upper"],
        "temperature": now.get_temperature() <= 10 * job["temperature"] + 10000,
        "volume": 1 / GROWTH <= volume <= GROWTH,
    }
    return next((name for name, fine in inside.items() if not fine), None)


def spread(found: Sequence[int], most: int) -> list[int]:
    """At most so many of them, at even distances, the first and the last among them."""
    if len(found) <= most:
        return list(found)
    return [found[k] for k in np.linspace(0, len(found) - 1, most).round().astype(int)]


def sample(looks: int, size: int, seed: int) -> list[int]:
    """`size` of the looks 0, 1, ... at random, each as likely as any other.

    They are among the `records` of any larger number of looks."""
    return sorted(np.argsort(keys(looks, seed))[:size].tolist())


def records(looks: int, size: int, seed: int) -> list[int]:
    """Looks that are in sample(n, size, seed) for some n <= looks: about size * log(looks / size) of them."""
    best: list[float] = []
    found = []
    for k, key in enumerate(keys(looks, seed)):
        if len(best) < size or key < best[-1]:
            best = sorted([*best, key])[:size]
            found.append(k)
    return found


def keys(looks: int, seed: int) -> NDArray[np.float64]:
    """[looks]; the first n are those of n looks"""
    return np.random.default_rng([seed, 2]).random(looks)
