"""Print every key of an input, its default and its meaning, as Markdown."""

import argparse

INPUTS = ("train", "explore")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("command", nargs="?", choices=INPUTS, default="train", help="whose input (default: train)")


def run(arguments: argparse.Namespace) -> int:
    print(text(arguments.command), end="")
    return 0


def text(command: str) -> str:
    """The pages docs/input.md and docs/project.md."""
    from trainer.active.settings import ProjectSettings
    from trainer.potentials.settings import PotentialSettings
    from trainer.reference import page

    return page("Input", PotentialSettings) if command == "train" else page("Project", ProjectSettings)
