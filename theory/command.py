"""The theory of learning as numbers: complexities of data, norms of networks, experiments."""

import argparse
from pathlib import Path


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
    network = kinds.add_parser(
        "norms",
        help="path, Barron, spectral, compositional norms of a network",
        description="Norms of each MLP or residual network in a TorchScript file of any origin, or of arrays in .npz.",
    )
    network.add_argument("model", type=Path, help="model.pt or network.npz")
    network.add_argument("--data", type=Path, help="points that span the domain (default: the unit cube)")
    training = kinds.add_parser(
        "train",
        help="a model of the theory, with its norm as a penalty",
        description="Regularised least squares: linear, random-feature, two-layer, residual and deep models.",
    )
    training.add_argument(
        "input", nargs="?", type=Path, help="TOML file with train, test, penalty, [model], [training]"
    )
    training.add_argument("-o", "--output", type=Path, default=Path("run"), help="folder of the new run (default: run)")
    training.add_argument("--resume", type=Path, metavar="RUN", help="folder of a run to go on with")
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
    language = kinds.add_parser(
        "topics",
        help="what a text is about, by the waiting times of its words alone",
        description="Topical words of a text, its Markov chain of words, and how far that is from detailed balance.",
    )
    language.add_argument("text", type=Path, help="a book or a long article, plain text in UTF-8 or Latin-1")
    language.add_argument("--fewest", type=int, default=20, help="times that a word has to come (default: 20)")
    translation = kinds.add_parser(
        "translate",
        help="a dictionary from one book in two languages, without any other",
        description="Words of two translations matched by the spectra of their semantic fields, and the chapters.",
    )
    translation.add_argument("first", type=Path)
    translation.add_argument("second", type=Path)
    translation.add_argument("--fewest", type=int, default=20, help="times that a word has to come (default: 20)")
    translation.add_argument("-o", "--output", type=Path, help="the dictionary as a .csv file, too")
    kinds.add_parser("reference", help="every key of the input of train, as Markdown")


def run(arguments: argparse.Namespace) -> int:
    kinds = {"rademacher": complexity, "norms": network, "train": train}
    kinds |= {"experiment": experiment, "topics": topics, "translate": translate, "reference": reference}
    return kinds[arguments.kind](arguments)


def complexity(a: argparse.Namespace) -> int:
    from theory.classes.registry import BALLS
    from theory.generalisation import generalisation_gap
    from theory.points import read
    from trainer.errors import UserError
    from trainer.settings import nearest

    if a.name not in BALLS:
        raise UserError(f"no class '{a.name}'{nearest(a.name, BALLS)}")
    found = generalisation_gap(BALLS[a.name], read(a.data), a.delta, a.radius, a.draws, a.seed)
    print(f"{found.complexity}\n{found}")
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


def train(a: argparse.Namespace) -> int:
    from theory.regression import run as runs
    from trainer.errors import UserError
    from trainer.loop import processes

    if (a.input is None) == (a.resume is None):
        raise UserError("expected either an input file, or --resume with the folder of a run")
    with processes.together():
        done = runs.resume(a.resume) if a.resume is not None else runs.train(a.input, a.output)
    return 0 if done else 130


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


def topics(a: argparse.Namespace) -> int:
    from theory.languages.table import table
    from theory.languages.text import read_text

    print(table(read_text(a.text, a.fewest)))
    return 0


def translate(a: argparse.Namespace) -> int:
    from theory.languages import translation
    from theory.languages.table import dictionary
    from theory.languages.text import read_text
    from trainer.files import writable, write_atomically

    if a.output is not None:
        writable(a.output)
    found = translation.translate(read_text(a.first, a.fewest), read_text(a.second, a.fewest))
    for match in found:
        print(f"{match.first:20} {match.second:20} {match.similarity:.3f}")
    print(f"{len(found)} pairs")
    if a.output is not None:
        write_atomically(a.output, dictionary(found))
    return 0


def reference(a: argparse.Namespace) -> int:
    from theory.regression.settings import RegressionSettings
    from trainer.reference import page

    print(page("Input of henrici theory train", RegressionSettings), end="")
    return 0
