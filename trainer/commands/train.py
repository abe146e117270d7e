"""Train a potential from an input file, or go on with a run that was stopped."""

import argparse
from pathlib import Path

from trainer.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", nargs="?", type=Path, help="TOML file with the tables [data], [training], ...")
    parser.add_argument("-o", "--output", type=Path, default=Path("run"), help="folder of the new run (default: run)")
    parser.add_argument("--resume", type=Path, metavar="RUN", help="folder of a run to go on with")


def run(arguments: argparse.Namespace) -> int:
    from trainer.loop import processes
    from trainer.potentials import run as potential_run

    if (arguments.input is None) == (arguments.resume is None):
        raise UserError("expected either an input file, or --resume with the folder of a run")
    with processes.together():
        if arguments.resume is not None:
            done = potential_run.resume(arguments.resume)
        else:
            done = potential_run.train(arguments.input, arguments.output)
    return 0 if done else 130
