"""Where to look next: at points of temperature and pressure, most where candidates are frequent; and when to go on."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from trainer.active.settings import ProjectSettings, StageSettings

Json = dict[str, Any]


class Point(NamedTuple):
    """K, GPa"""

    temperature: float
    pressure: float


class Place(NamedTuple):
    """A stage by its number, and what its rounds so far found."""

    number: int
    found: list[Json]  # results of the phase "explore", the last one last


def points(stage: StageSettings) -> list[Point]:
    """The grid, each point once."""
    pressures = stage.pressures if stage.ensemble in ("npt", "minimize") else (0.0,)
    return [Point(t, p) for t, p in product(dict.fromkeys(stage.temperatures), dict.fromkeys(pressures))]


def place(settings: ProjectSettings, found: Mapping[int, Json]) -> Place:
    """The stage of the next round, after the rounds with these results; numbered len(settings.stage) after the last."""
    number, here = 0, list[Json]()
    for round in sorted(found):
        here.append(found[round])
        if number < len(settings.stage) and done(settings.stage[number], here):
            number, here = number + 1, []
    return Place(number, here)


def done(stage: StageSettings, found: Sequence[Json]) -> bool:
    """Whether all points were visited and, of what was explored at the last visit of each, no more than `accept` was
    new; or the stage has had its rounds.

    Not after its first round, whose thresholds are not from configurations like those it finds."""
    last = latest(found)
    explored = sum(p["explored"] for p in last.values())
    new = sum(p["candidate"] + p["failed"] for p in last.values())
    accepted = len(found) > 1 and set(last) >= set(points(stage)) and explored > 0 and new <= stage.accept * explored
    return accepted or len(found) >= stage.rounds


def latest(found: Sequence[Json]) -> dict[Point, Json]:
    """What was found at each point when it was visited last."""
    return {Point(p["temperature"], p["pressure"]): p for result in found for p in result["points"]}


def walks(stage: StageSettings, found: Sequence[Json], random: np.random.Generator) -> list[Point]:
    """Points of the walks of a round: in proportion to w = (new + 1) / (explored + 1), new = candidate + failed, at the
    last visit, by Sainte-Laguë's method; w = 1 for a point that was never visited. Ties fall at random."""
    grid = points(stage)
    last = latest(found)
    w = np.array(
        [(last[p]["candidate"] + last[p]["failed"] + 1) / (last[p]["explored"] + 1) if p in last else 1.0 for p in grid]
    )
    given = np.zeros(len(grid), dtype=int)
    order = random.permutation(len(grid))
    for _ in range(stage.walks):
        given[order[np.argmax((w / (2 * given + 1))[order])]] += 1
    return [p for p, n in zip(grid, given, strict=True) for _ in range(n)]


def counted(at: Sequence[Point], outcomes: Sequence[Json]) -> Json:
    """Sums over walks, of each point and of all."""
    names = ("explored", "accurate", "candidate", "failed")
    found: dict[Point, Json] = {}
    for point, outcome in zip(at, outcomes, strict=True):
        sums = found.setdefault(point, {**point._asdict(), "walks": 0, "cut": 0, **dict.fromkeys(names, 0)})
        sums["walks"] += 1
        sums["cut"] += outcome["ended"] != "completed"
        for name in names:
            sums[name] += outcome[name]
    totals = {name: sum(sums[name] for sums in found.values()) for name in ("cut", *names)}
    return {"points": list(found.values()), **totals}
