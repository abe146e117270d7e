"""Print every key of an input, its default and its meaning, as Markdown."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none."""


def run(arguments: argparse.Namespace) -> int:
    print(text(), end="")
    return 0


def text() -> str:
    """The page docs/input.md."""
    from trainer.potentials.settings import PotentialSettings
    from trainer.reference import page

    return page("Input", PotentialSettings)
