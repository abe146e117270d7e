"""The theory of learning as numbers: complexities of data, norms of networks, experiments."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from theory.languages import command as language
from trainer.commands import train as trainings

if TYPE_CHECKING:  # imported when a command is run: `henrici --help` is fast
    from theory.classes.ball import Ball


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    complexity = kinds.add_parser(
        "rademacher",
        help="Rademacher complexity of a class on data, and what it says of the generalisation gap",
        description="Empirical Rademacher complexity of a ball of functions on data, and the two-sided gap bound.",
    )
    complexity.add_argument("data", type=Path, help="points: .npy, .csv or text, a row for each")
    names = "c0, lipschitz, linear-l1, linear-l2, rkhs-linear, rkhs-gaussian, rkhs-relu, barron, residual"
    complexity.add_argument("--class", dest="name", default="barron", help=f"one of {names} (default: barron)")
    complexity.add_argument("--radius", type=float, default=1.0, help="of the ball (default: 1)")
    complexity.add_argument("--draws", type=int, default=200, help="of signs, where they are too many (default: 200)")
    complexity.add_argument("--delta", type=float, default=0.05, help="gap bounds fail this often (default: 0.05)")
    complexity.add_argument("--seed", type=int, default=0)
    integral = kinds.add_parser(
        "integration",
        help="what means over data can be wrong by, for all functions of a class at once",
        description="sup |E h - mean h| over a ball: for points of [0, 1]^d, or beside a sample of their measure.",
    )
    integral.add_argument("data", type=Path, help="points: .npy, .csv or text, a row for each")
    integral.add_argument("--reference", type=Path, help="independent points of their measure (default: uniform)")
    integral.add_argument("--class", dest="name", default="lipschitz", help=f"one of {names} (default: lipschitz)")
    integral.add_argument("--radius", type=float, default=1.0, help="of the ball (default: 1)")
    integral.add_argument("--seed", type=int, default=0)
    network = kinds.add_parser(
        "norms",
        help="path, Barron, spectral, compositional norms of a network",
        description="Norms of each MLP or residual network in a TorchScript file of any origin, or of arrays in .npz.",
    )
    network.add_argument("model", type=Path, help="model.pt or network.npz")
    network.add_argument("--data", type=Path, help="points that span the domain (default: the unit cube)")
    beside = kinds.add_parser(
        "gap",
        help="how far training and test errors of a network are apart, beside the bound",
        description="Risks of a network in a TorchScript file of any origin, and the a posteriori bound of their gap.",
    )
    beside.add_argument("model", type=Path, help="model.pt, from R^d to R")
    beside.add_argument("train", type=Path, help=".npz with the x [n, d] and y [n] that it was trained on")
    beside.add_argument("test", type=Path, help="likewise, points that it was not trained on")
    training = kinds.add_parser(
        "train",
        help="a model of the theory, with its norm as a penalty",
        description="Regularised least squares: linear, random-feature, two-layer, residual and deep models.",
    )
    trainings.add_arguments(training, "train, test, penalty, [model], [training]")
    experiment = kinds.add_parser(
        "experiment",
        help="show a theorem as numbers: figures, tables, exponents",
        description="Experiments: NAME.html with figures and tables, NAME.csv with what is drawn.",
    )
    experiment.add_argument(
        "name", metavar="NAME", help="curse, approximation, double-descent, resonance, regularised, bounds, numerics"
    )
    experiment.add_argument("--seed", type=int, default=0)
    experiment.add_argument("-o", "--output", type=Path, default=Path(), help="folder (default: the current one)")
    language.add_arguments(kinds)
    kinds.add_parser("reference", help="every key of the input of train, as Markdown")


def run(arguments: argparse.Namespace) -> int:
    from trainer.errors import UserError

    if getattr(arguments, "seed", 0) < 0:
        raise UserError(f"expected --seed >= 0, got {arguments.seed}")
    kinds = {"rademacher": complexity, "integration": integration, "norms": network, "gap": generalisation}
    kinds |= {"train": train, "experiment": experiment, "reference": reference} | language.KINDS
    return kinds[arguments.kind](arguments)


def ball(name: str) -> "Ball":
    from theory.classes.registry import BALLS
    from trainer.errors import UserError
    from trainer.settings import nearest

    if name not in BALLS:
        raise UserError(f"no class '{name}'{nearest(name, BALLS)}")
    return BALLS[name]


def complexity(a: argparse.Namespace) -> int:
    from theory.generalisation import generalisation_gap
    from theory.points import read

    found = generalisation_gap(ball(a.name), read(a.data), a.delta, a.radius, a.draws, a.seed)
    print(f"{found.complexity}\n{found}")
    return 0


def integration(a: argparse.Namespace) -> int:
    from theory.integration import integration_error
    from theory.points import read

    reference = None if a.reference is None else read(a.reference)
    print(integration_error(ball(a.name), read(a.data), reference, a.radius, a.seed))
    return 0


def network(a: argparse.Namespace) -> int:
    from theory.norms.scripts import read
    from theory.norms.table import norms
    from theory.points import read as read_points

    found, points = read(a.model), None if a.data is None else read_points(a.data)
    answers = {name: norms(network, points) for name, network in found.items()}
    for name, estimates in answers.items():
        if name:
            print(f"{name}, of its own inputs:")
        for estimate in estimates:
            print(estimate)
    return 0


def generalisation(a: argparse.Namespace) -> int:
    from theory.regression.data import read_pair
    from theory.regression.gap import gap
    from trainer.export import load_script

    print(gap(load_script(a.model), *read_pair(a.train, a.test), str(a.model)))
    return 0


def train(a: argparse.Namespace) -> int:
    from theory.regression.run import RegressionRun

    return trainings.train(RegressionRun, a)


def experiment(a: argparse.Namespace) -> int:
    from theory.experiments.registry import EXPERIMENTS
    from trainer.errors import UserError
    from trainer.files import writable, write_atomically
    from trainer.settings import nearest

    if a.name not in EXPERIMENTS:
        raise UserError(f"no experiment '{a.name}'{nearest(a.name, EXPERIMENTS)}")
    page, data = (a.output / f"{a.name}.{suffix}" for suffix in ("html", "csv"))
    writable(page)
    result = EXPERIMENTS[a.name](seed=a.seed)
    print(f"{result.title}\n\n{result.text()}")
    write_atomically(page, result.page())
    write_atomically(data, result.csv())
    print(f"wrote {page}, {data}")
    return 0


def reference(a: argparse.Namespace) -> int:
    from theory.regression.settings import RegressionSettings
    from trainer.reference import page

    print(page("Input of henrici theory train", RegressionSettings), end="")
    return 0
