"""What an error costs: a kinetic equation and moment models side by side, each on the mesh, in the steps and with the
velocities that reach it in the least CPU time. `equal_errors.py [--truth boltzmann] [--model model.pt ...]`.

Sound crosses the domain in a time of 0.58: beside BGK flows are followed for several crossings."""

import argparse
import math
import statistics
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import torch
from moment_models import unseen

from kinetic import Discretisation, errors, solve
from trainer.errors import UserError

CANDIDATES = 2  # of the fastest runs that are good enough
REPEATED = 6  # how often they are made again: the median counts
LONG = 1.0  # CPU seconds of runs that are not


class Race(NamedTuple):
    """What is set beside a kinetic equation."""

    models: tuple[str, ...]
    tasks: tuple[tuple[str, float, int], ...]  # family, eps, flows
    end: float
    fine: int  # cells of the solution that errors are relative to
    how: Discretisation  # of that solution
    meshes: tuple[int, ...]  # cells; their multiples by odd numbers are `fine`
    velocities: tuple[int, ...]


RACES = {
    "bgk": Race(
        models=("hme-5", "waves-5"),
        tasks=(("wave", 1.0, 1), ("mix", 0.1, 1), ("mix", 10.0, 1), ("mix", 0.1, 8), ("mix", 1.0, 8)),
        end=2.0,
        fine=300,
        how=Discretisation(velocities=160),
        meshes=(20, 60, 100),
        velocities=(26, 40, 72, 120),
    ),
    "boltzmann": Race(
        models=("hme-2v-3", "waves-2v-3", "waves-2v-4"),
        tasks=(("wave", 1.0, 1), ("mix", 0.1, 1), ("mix", 10.0, 1)),
        end=0.25,
        fine=60,
        how=Discretisation(courant=0.9, velocity_limit=6.0, velocities=96, angles=4),
        meshes=(12, 20),
        velocities=(40, 48, 64, 80),
    ),
}


def tolerance(truth: str, race: Race, models: Sequence[str], bound: float) -> None:
    """Least CPU time with a mean joint error of at most `bound` beside the fine solution, and truth / model."""
    print(
        f"\nCPU ms to t = {race.end:g} with errors of at most {100 * bound:g} %, {truth} / model; cells, courant "
        "(velocities); or the least error"
    )
    print(f"| task | eps | flows | {truth} | {' | '.join(models)} |\n|---|--:|--:|--:|{'--:|' * len(models)}")
    times = [0.5 * race.end, race.end]
    for task, eps, count in race.tasks:
        exact = solve(truth, unseen(task, eps, count, race.fine), times, race.how)
        row, least = [], math.nan
        for model in (truth, *models):
            found, closest = [], math.inf
            for cells in race.meshes:
                for courant in (1.0, 0.5):
                    for velocities in race.velocities if model == truth else race.velocities[-1:]:
                        how = replace(race.how, courant=courant, velocities=velocities)
                        flow = unseen(task, eps, count, cells)
                        try:
                            solution = solve(model, flow, times, how)
                        except UserError:
                            continue
                        off = float(errors(solution, exact)[:, 3].mean())
                        closest = min(closest, off)
                        if off <= bound:
                            words = f"{cells}, {courant:g}" + (f", {velocities}" if model == truth else "")
                            found.append((solution.cpu, words, flow, how))
            if not found:
                row.append(f"– ({100 * closest:.2g} %)")
                continue
            spent = []
            for cpu, words, flow, how in sorted(found, key=lambda run: run[0])[:CANDIDATES]:
                more = [solve(model, flow, times, how).cpu for _ in range(REPEATED if cpu < LONG else 0)]
                spent.append((statistics.median([cpu, *more]), words))
            cpu, words = min(spent)
            least = cpu if model == truth else least
            row.append(f"{1e3 * cpu:.2f}" + (f", {least / cpu:.1f}" if model != truth else "") + f" ({words})")
        print(f"| {task} | {eps:g} | {count} | {' | '.join(row)} |", flush=True)


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
