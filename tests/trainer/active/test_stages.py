"""Where walks start, and when a stage is done."""

import numpy as np
import pytest

from trainer.active.settings import LabelSettings, ProjectSettings, StageSettings
from trainer.active.stages import Point, counted, done, place, points, walks

STAGE = StageSettings(temperatures=(300.0, 600.0), pressures=(0.0, 5.0), walks=8, accept=0.01, rounds=3)
GRID = [Point(t, p) for t in (300.0, 600.0) for p in (0.0, 5.0)]


def result(candidates: dict[Point, int], explored: int = 1000) -> dict:
    outcomes = [
        {"explored": explored, "accurate": explored - n, "candidate": n, "failed": 0, "ended": "completed"}
        for n in candidates.values()
    ]
    return counted(list(candidates), outcomes)


def test_the_first_round_visits_every_point_alike():
    assert points(STAGE) == GRID
    assert walks(STAGE, [], np.random.default_rng(0)) == [p for p in GRID for _ in range(2)]


def test_pressure_is_nothing_to_other_ensembles():
    assert points(StageSettings(temperatures=(300.0,), pressures=(0.0, 5.0), ensemble="nvt")) == [Point(300.0, 0.0)]


def test_walks_follow_the_candidates():
    found = [result(dict(zip(GRID, (0, 0, 30, 970), strict=True)))]
    given = walks(STAGE, found, np.random.default_rng(0))
    assert len(given) == 8
    assert given.count(GRID[3]) == 8, "w is .97 there and .03 at the next: Sainte-Lague divides by 15 at most"


def test_a_stage_is_done_when_little_is_new_at_the_last_visit_of_every_point():
    bad, good = result(dict.fromkeys(GRID, 500)), result(dict.fromkeys(GRID, 10))
    assert not done(STAGE, [bad])
    assert done(STAGE, [bad, good]), "10 of 1000 is the accepted fraction"
    assert not done(STAGE, [good]), "the thresholds of a first round are from elsewhere"
    assert not done(STAGE, 2 * [result(dict.fromkeys(GRID[:3], 0))]), "one point was never visited"
    assert done(STAGE, [bad, bad, bad]), "its rounds are used up"
    assert not done(STAGE, 2 * [result(dict.fromkeys(GRID, 0), explored=0)]), "nothing was explored"


def test_failures_are_not_agreement():
    failed = counted(GRID, 4 * [{"explored": 9, "accurate": 0, "candidate": 0, "failed": 9, "ended": "lost atoms"}])
    assert not done(STAGE, [failed, failed])
    assert failed["cut"] == 4
    assert failed["failed"] == 36


@pytest.mark.parametrize("rounds", [1, 2])
def test_stages_come_one_after_the_other(rounds: int):
    first, second = (StageSettings(temperatures=(t,), rounds=rounds) for t in (300.0, 600.0))
    settings = ProjectSettings(structures=("a",), label=LabelSettings("emt"), stage=(first, second))
    bad = result({Point(300.0, 0.0): 900})
    assert place(settings, {}).number == 0
    assert place(settings, {1: bad}) == ((1, []) if rounds == 1 else (0, [bad]))
    assert place(settings, dict.fromkeys(range(1, 2 * rounds + 1), bad)).number == 2
