"""Journals of projects that never ran, whose numbers are known."""

from pathlib import Path
from typing import Any

import ase.build
import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from trainer.active.journal import Journal
from trainer.active.settings import LabelSettings, ProjectSettings, SelectionSettings, StageSettings
from trainer.active.structures import to_json

Json = dict[str, Any]
HOSTILE = "<script>alert(1)</script>"
EDGES = np.geomspace(1e-3, 1e2, 101)
SETTINGS = ProjectSettings(
    structures=("silicon.cif",),
    label=LabelSettings("espresso"),
    selection=SelectionSettings(labels=6),
    stage=(
        StageSettings(temperatures=(300.0, 600.0, 1000.0), pressures=(0.0, 5.0, 10.0), walks=9, rounds=2),
        StageSettings(temperatures=(1500.0, 2000.0), pressures=(0.0, 10.0), walks=4, accept=0.05),
    ),
)


def trained(name: str) -> dict[str, object]:
    """What a committee of four came to."""
    return {"models": [name.format(k) for k in range(1, 5)], "force_rmse": [30.0, 40.0, 35.0, 31.0]}


def silicon(seed: int) -> Atoms:
    atoms = ase.build.bulk("Si", "diamond", a=5.43, cubic=True)
    atoms.rattle(0.25, seed=seed)
    return atoms


def begin(folder: Path) -> Journal:
    """Round 0: twenty labels, two of them held out, and one that failed."""
    folder.mkdir(exist_ok=True)
    journal = Journal(folder / "project.db")
    for k in range(21):
        label(
            journal,
            0,
            k,
            {},
            "held_out" if k < 2 else "train",
            failed="did not converge in 100 steps" if k == 20 else None,
        )
    journal.record(0, "label", {"labels": 20, "failed": 1, "held_out": 2})
    return journal


def label(journal: Journal, round: int, k: int, info: Json, use: str, failed: str | None = None) -> None:
    """A job and, if it is good, its row."""
    job = f"rounds/{round:03d}/labels/{k:04d}"
    if failed:
        outcome: Json = {"failed": failed, "attempts": [failed] * 2, "seconds": 90.0}
        return journal.ended(job, round, "label", outcome)
    journal.ended(job, round, "label", {"attempts": ["converged"], "seconds": 60.0})
    atoms = silicon(100 * round + k)
    atoms.calc = SinglePointCalculator(atoms, energy=-40.0 * len(atoms), forces=np.ones((len(atoms), 3)))
    level = {
        "calculator": "espresso",
        "version": "6.7",
        "keywords": {"kpts": [2, 2, 2], "input_data": {"system": {"ecutwfc": 20}}},
        "inputs": {"espresso.pwi": f"&CONTROL {HOSTILE} /\n" * 5},
    }
    return journal.add_label(atoms, {"job": job, "round": round, "use": use} | info, level)


def measured(round: int) -> Json:
    """Errors that halve in each round; the RMS force is 2 eV/angstrom."""
    halved = 0.5**round
    grid = [(t, p) for stage in SETTINGS.stage for t in stage.temperatures for p in stage.pressures]
    points = [
        {"temperature": t, "pressure": p, "frames": 1, "force_rmse": halved * t / 1000, "force_rms": 1.0}
        for t, p in grid[: 2 * round]
    ]
    return {
        "points": points,
        "frames": 2 * round,
        "force_rmse": 0.4 * halved,
        "energy_rmse": 0.02 * halved,
        "force_rms": 2.0,
        "deviation": [halved] * 2 * round,
        "error": [2 * halved] * 2 * round,
    }


def explored(round: int, stage: int) -> Json:
    """A thousand configurations at each point, T / 10 * 0.25^(round - 1) of them candidates, half as many failed."""
    random, given = np.random.default_rng(round), SETTINGS.stage[stage]
    points = []
    for t in given.temperatures:
        for p in given.pressures:
            candidate = int(t / 10 * 0.25 ** (round - 1))
            found = {"explored": 1000, "candidate": candidate, "failed": candidate // 2}
            found["accurate"] = 1000 - candidate - candidate // 2
            points.append({"temperature": t, "pressure": p, "walks": 1, "cut": int(t > 1800), **found})
    totals = {
        key: sum(point[key] for point in points) for key in ("explored", "accurate", "candidate", "failed", "cut")
    }
    eps = 0.5**round * np.exp(0.5 * random.normal(size=totals["explored"]))
    return {
        "stage": stage,
        **totals,
        "points": points,
        "edges": EDGES.tolist(),
        "counts": np.histogram(eps, EDGES)[0].tolist(),
    }


def advance(journal: Journal, round: int, stage: int, overconfident: bool = False) -> None:
    """A round in which six labels are good, one of them held out, and one failed for a reason that is markup."""
    journal.record(round, "train", trained(f"rounds/{round:03d}/train/{{}}/run/model.pt"))
    journal.record(round, "measure", measured(round) | {"lower": 0.3 * 0.5**round, "upper": 2 * 0.5**round})
    journal.record(round, "explore", explored(round, stage))
    given = SETTINGS.stage[stage]
    places = [(t, p) for t in given.temperatures for p in given.pressures]
    infos = []
    for k in range(7):
        t, p = places[k % len(places)]
        infos.append({"deviation": 0.5**round * (1 + k / 4), "step": 10 * k, "temperature": t, "pressure": p})
    chosen = [to_json(silicon(1000 * round + k)) | {"info": info} for k, info in enumerate(infos[:6])]
    journal.record(round, "select", {"chosen": chosen, "held_out": chosen[:1]})
    for k, info in enumerate(infos):
        failed = f"scf {HOSTILE} not converged" if k == 6 else None
        label(journal, round, k, info, "held_out" if k == 5 else "train", failed)
    journal.record(round, "label", {"labels": 6, "failed": 1, "held_out": 1})
    eps = [info["deviation"] for info in infos[:6]]
    errors = [(4.0 if overconfident else 1.5) * x for x in eps]
    calibration = {"correlation": 1.0, "slope": errors[0] / eps[0], "multiple": 2.5, "beyond": 6 * overconfident}
    journal.record(
        round, "calibrate", {"deviation": eps, "error": errors, "overconfident": overconfident, **calibration}
    )


def finish(journal: Journal, round: int) -> None:
    journal.record(round, "deliver", trained("models/{}.pt"))
    journal.record(round, "final", measured(round))
