"""What an error costs: a kinetic equation and moment models side by side, each on the mesh, in the steps and with the
velocities that reach it in the least CPU time. `equal_errors.py [--truth boltzmann] [--model model.pt ...]`.

Sound crosses the domain in a time of 0.58: beside BGK flows are followed for several crossings."""

import argparse
import itertools
import math
import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from moment_models import unseen

from kinetic import Discretisation, Flow, Solution, errors, solve
from trainer.errors import UserError

CANDIDATES = 2  # of the fastest runs that are good enough
REPEATED = 6  # how often they are made again: the median counts
LONG = 1.0  # CPU seconds of runs that are not
VARYING = ("mix, eps(x)", math.nan, 1)  # eps from 1e-3 to 10


class Race(NamedTuple):
    """What is set beside a kinetic equation."""

    models: tuple[str, ...]
    tasks: tuple[tuple[str, float, int], ...]  # family, eps, flows
    times: tuple[float, float]
    fine: int  # cells of the solution that errors are relative to
    how: Discretisation  # of that solution
    meshes: tuple[int, ...]  # cells; their multiples by odd numbers are `fine`
    velocities: tuple[int, ...]


RACES = {
    "bgk": Race(
        models=("hme-5", "waves-5"),
        tasks=(("wave", 1.0, 1), ("mix", 0.1, 1), ("mix", 10.0, 1), VARYING, ("mix", 0.1, 8), ("mix", 1.0, 8)),
        times=(1.0, 2.0),
        fine=300,
        how=Discretisation(velocities=160),
        meshes=(20, 60, 100),
        velocities=(26, 40, 72, 120),
    ),
    "boltzmann": Race(
        models=("hme-2v-3", "waves-2v-3", "waves-2v-4"),
        tasks=(("wave", 1.0, 1), ("mix", 0.1, 1), ("mix", 10.0, 1), VARYING),
        times=(0.125, 0.25),
        fine=60,
        how=Discretisation(courant=0.9, velocity_limit=6.0, velocities=96, angles=4),
        meshes=(12, 20),
        velocities=(40, 48, 64, 80),
    ),
}


class Run(NamedTuple):
    """One task with one discretisation."""

    flow: Flow
    how: Discretisation
    cpu: float  # seconds
    error: float  # joint, the mean of the flows


def runs(model: str, truth: str, race: Race, task: tuple[str, float, int], exact: Solution) -> dict[str, Run]:
    """With all discretisations that can compute it, by their names: cells, courant, velocities (of `truth`)."""
    found = {}
    for cells, courant in itertools.product(race.meshes, (1.0, 0.5)):
        flow = unseen(*task, cells)
        for velocities in race.velocities if model == truth else race.velocities[-1:]:
            how = replace(race.how, courant=courant, velocities=velocities)
            try:
                solution = solve(model, flow, race.times, how)
            except UserError:
                continue
            name = f"{cells}, {courant:g}" + (f", {velocities}" if model == truth else "")
            found[name] = Run(flow, how, solution.cpu, float(errors(solution, exact)[:, 3].mean()))
    return found


def cheapest(model: str, race: Race, found: dict[str, list[Run]], bound: float) -> tuple[float, str] | None:
    """CPU seconds of the runs with the discretisation that costs least of those that are good enough in each."""
    enough = {name: of for name, of in found.items() if all(run.error <= bound for run in of)}
    first = sorted(enough, key=lambda name: sum(run.cpu for run in enough[name]))[:CANDIDATES]
    return min(((sum(median(model, race, run) for run in enough[name]), name) for name in first), default=None)


def median(model: str, race: Race, run: Run) -> float:
    """CPU seconds."""
    repeated = REPEATED if run.cpu < LONG else 0
    return statistics.median([run.cpu, *(solve(model, run.flow, race.times, run.how).cpu for _ in range(repeated))])


def tolerance(truth: str, race: Race, models: Sequence[str], bound: float) -> None:
    """Least CPU time with a mean joint error of at most `bound` beside the fine solution, and truth / model."""
    print(
        f"\nCPU ms to t = {race.times[-1]:g} with errors of at most {100 * bound:g} %, {truth} / model; cells, courant "
        "(velocities); or the least error"
    )
    print(f"| task | eps | flows | {truth} | {' | '.join(models)} |\n|---|--:|--:|--:|{'--:|' * len(models)}")
    all_of: dict[str, list[dict[str, Run]]] = {model: [] for model in (truth, *models)}
    for task in race.tasks:
        exact = solve(truth, unseen(*task, race.fine), race.times, race.how)
        for model, of_tasks in all_of.items():
            of_tasks.append(runs(model, truth, race, task, exact))
        row("{} | {:g} | {}".format(*task), race, {model: of_tasks[-1:] for model, of_tasks in all_of.items()}, bound)
    row("all, each model with one discretisation | | ", race, all_of, bound)


def row(name: str, race: Race, of: dict[str, list[dict[str, Run]]], bound: float) -> None:
    """Of the table; the first model is what others are set beside."""
    cells, least = [], math.nan
    for k, (model, of_tasks) in enumerate(of.items()):
        shared = set.intersection(*(set(task) for task in of_tasks))
        found = {key: [task[key] for task in of_tasks] for key in sorted(shared)}
        best = cheapest(model, race, found, bound)
        if best is None:
            closest = min((max(run.error for run in of) for of in found.values()), default=math.nan)
            cells.append(f"– ({100 * closest:.2g} %)")
            continue
        cpu, words = best
        least = least if k else cpu
        cells.append(f"{1e3 * cpu:.2f}" + (f", {least / cpu:.1f}" if k else "") + f" ({words})")
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--truth", choices=RACES, default="bgk", help="the kinetic equation (default: bgk)")
    parser.add_argument("--model", nargs="+", default=[], help="model files, beside the classical closures")
    parser.add_argument("--classical", nargs="*", help="by default those that suit the kinetic equation")
    parser.add_argument("--error", type=float, default=0.01, help="joint relative one (default: 0.01)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    race = RACES[arguments.truth]
    classical = race.models if arguments.classical is None else arguments.classical
    tolerance(arguments.truth, race, (*classical, *arguments.model), arguments.error)


if __name__ == "__main__":
    main()
