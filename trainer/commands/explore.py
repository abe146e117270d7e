"""Active learning: explore, label what a committee disagrees on, train again; starts a project, or goes on with it."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("input", type=Path, help="TOML file with structures, [label], [[stage]], ...")
    parser.add_argument(
        "-o", "--output", type=Path, help="folder of the project (default: the input's name without .toml)"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--status", action="store_true", help="say how far the project is, and do nothing")
    what.add_argument("--dry-run", action="store_true", help="check the input and say what would be done")


def run(arguments: argparse.Namespace) -> int:
    from trainer.active.explore import explore, plan, status
    from trainer.active.project import PAGE

    folder = arguments.output or arguments.input.with_suffix("")
    if arguments.status:
        print(status(folder))
    elif arguments.dry_run:
        print(plan(arguments.input))
    else:
        explore(arguments.input, folder)
        print(f"the project is over: see {folder / PAGE}")
    return 0
