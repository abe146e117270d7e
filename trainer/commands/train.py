"""Train a potential from an input file, or go on with a run that was stopped."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.errors import UserError

if TYPE_CHECKING:
    from trainer.loop.run import Run


def add_arguments(parser: argparse.ArgumentParser, tables: str = "the tables [data], [training], ...") -> None:
    """Of a training of any kind."""
    parser.add_argument("input", nargs="?", type=Path, help=f"TOML file with {tables}")
    parser.add_argument("-o", "--output", type=Path, default=Path("run"), help="folder of the new run (default: run)")
    parser.add_argument("--resume", type=Path, metavar="RUN", help="folder of a run to go on with")


def run(arguments: argparse.Namespace) -> int:
    from trainer.potentials.run import PotentialRun

    return train(PotentialRun, arguments)


def train(kind: "type[Run[Any]]", arguments: argparse.Namespace, **given: Any) -> int:
    """What `add_arguments` asked for, by any kind of training. given: what its input does not say."""
    from trainer.loop import processes

    if (arguments.input is None) == (arguments.resume is None):
        raise UserError("expected either an input file, or --resume with the folder of a run")
    with processes.together():
        if arguments.resume is not None:
            done = kind(arguments.resume).resume()
        else:
            done = kind.start(arguments.input, arguments.output, **given)
    return 0 if done else 130
