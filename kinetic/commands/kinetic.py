"""Gas dynamics at every Knudsen number: solve a flow, make data, learn moments and a closure, compare models."""

import argparse
from pathlib import Path

from trainer.commands import train as training

TABLES = "the tables [flow], [data], ..."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    words = {
        "solve": "the flow of a case by each of its models: profiles and a page; goes on where it was stopped",
        "generate": "kinetic solutions of random flows, for training; goes on where it was stopped",
        "explore": "the same of flows that a committee of closures disagrees on; goes on where it was stopped",
        "encode": "generalised moments, from the distributions of the data",
        "train": "a closure, from data",
        "compare": "errors of models against a kinetic one, at each Knudsen number; goes on where it was stopped",
        "reference": "every key of a case, its default and its meaning, as Markdown",
    }
    for name, help in words.items():
        kind = kinds.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
        if name == "reference":
            continue
        if name in ("encode", "train"):
            training.add_arguments(kind, TABLES)
            kind.add_argument("--data", type=Path, default=Path("data"), help="folder of flows (default: data)")
            continue
        kind.add_argument("case", type=Path, help=f"TOML file with {TABLES}")
        default = "data" if name in ("generate", "explore") else name
        kind.add_argument("-o", "--output", type=Path, default=Path(default), help=f"folder (default: {default})")


def run(arguments: argparse.Namespace) -> int:
    work = {"solve": solve, "generate": generate, "explore": explore, "encode": encode, "train": train}
    work |= {"compare": compare, "reference": reference}
    return work[arguments.what](arguments)


def solve(arguments: argparse.Namespace) -> int:
    from kinetic.runs import solve_case

    for solution in solve_case(arguments.case, arguments.output):
        beyond = f", {100 * solution.flagged:.3g} % of the cells on the fall-back" if solution.flagged else ""
        print(f"{solution.model:16} {solution.cpu:8.2f} CPU s{beyond}")
    print(f"wrote {arguments.output / 'solution.html'}, {arguments.output / 'solution.csv'}")
    return 0


def generate(arguments: argparse.Namespace) -> int:
    from kinetic.closure.generate import generate
    from kinetic.settings import CaseSettings

    settings = CaseSettings.read(arguments.case)
    generate(settings.data, settings.solver, arguments.output, settings.gas)
    print(f"{settings.data.flows} flows in {arguments.output}")
    return 0


def explore(arguments: argparse.Namespace) -> int:
    from kinetic.exploration.explore import PAGE, explore
    from kinetic.settings import CaseSettings

    if not explore(CaseSettings.read(arguments.case), arguments.case, arguments.output):
        print("stopped; the same command goes on")
        return 130
    print(f"wrote {arguments.output / PAGE}, and the flows")
    return 0


def encode(arguments: argparse.Namespace) -> int:
    from kinetic.autoencoder.run import AutoencoderRun

    return training.train(AutoencoderRun, arguments, data=str(arguments.data.resolve()))


def train(arguments: argparse.Namespace) -> int:
    from kinetic.closure.run import ClosureRun

    return training.train(ClosureRun, arguments, data=str(arguments.data.resolve()))


def compare(arguments: argparse.Namespace) -> int:
    from kinetic.runs import compare_case
    from kinetic.settings import CaseSettings

    table = compare_case(arguments.case, arguments.output)
    numbers = CaseSettings.read(arguments.case).numbers
    print(f"{'model':16} {'eps':>8} {'density':>10} {'momentum':>10} {'energy':>10} {'all':>10}")
    for model, rows in table.items():
        for eps, row in zip(numbers, rows, strict=True):
            print(f"{model:16} {eps:8g} {' '.join(f'{x:10.3g}' for x in row)}")
    print(f"wrote {arguments.output / 'compare.html'}, {arguments.output / 'compare.csv'}")
    return 0


def reference(arguments: argparse.Namespace) -> int:
    from kinetic.settings import CaseSettings
    from trainer.reference import page

    print(page("Case", CaseSettings), end="")
    return 0
