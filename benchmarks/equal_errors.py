"""What an error costs: BGK and moment models side by side, each on the mesh, with the Courant number and, for BGK, the
velocities that reach it in the least CPU time. `benchmarks/equal_errors.py [--model model.pt ...]`."""

import argparse
import math
import statistics
from collections.abc import Sequence

import torch
from moment_models import unseen

from kinetic import Discretisation, errors, solve
from trainer.errors import UserError

CANDIDATES, REPEATED = 2, 7  # of the fastest runs that are good enough; the median of how many counts


def tolerance(models: Sequence[str], bound: float) -> None:
    """Least CPU time to t = 0.5 with a mean joint error of at most `bound` beside BGK on 300 cells, and BGK / model."""
    print(
        f"\nCPU ms to t = 0.5 with errors of at most {100 * bound:g} %, BGK / model; cells, Courant number (velocities)"
    )
    print(f"| task | eps | flows | bgk | {' | '.join(models)} |\n|---|--:|--:|--:|{'--:|' * len(models)}")
    for task, eps, count in (("wave", 1.0, 1), ("mix", 0.1, 1), ("mix", 10.0, 1), ("mix", 1.0, 8)):
        exact = solve("bgk", unseen(task, eps, count, 300), [0.25, 0.5])
        row, least = [], math.nan
        for model in ("bgk", *models):
            found = []
            for cells, courant in ((20, 1.0), (20, 0.5), (60, 1.0), (60, 0.5), (100, 1.0), (100, 0.5)):
                for velocities in (26, 40, 80) if model == "bgk" else (80,):
                    how = Discretisation(courant, velocities=velocities)
                    flow = unseen(task, eps, count, cells)
                    try:
                        solution = solve(model, flow, [0.25, 0.5], how)
                    except UserError:
                        continue
                    if float(errors(solution, exact)[:, 3].mean()) <= bound:
                        words = f"{cells}, {courant:g}" + (f", {velocities}" if model == "bgk" else "")
                        found.append((solution.cpu, words, flow, how))
            if not found:
                row.append("–")
                continue
            cpu, words = min(
                (statistics.median(solve(model, flow, [0.25, 0.5], how).cpu for _ in range(REPEATED)), words)
                for _, words, flow, how in sorted(found, key=lambda run: run[0])[:CANDIDATES]
            )
            least = cpu if model == "bgk" else least
            row.append(f"{1e3 * cpu:.1f}" + (f", {least / cpu:.1f}" if model != "bgk" else "") + f" ({words})")
        print(f"| {task} | {eps:g} | {count} | {' | '.join(row)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", nargs="+", default=[], help="model files, beside the classical closures")
    parser.add_argument("--classical", nargs="*", default=("hme-5", "waves-5"))
    parser.add_argument("--error", type=float, default=0.01, help="joint relative one (default: 0.01)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    tolerance((*arguments.classical, *arguments.model), arguments.error)


if __name__ == "__main__":
    main()
