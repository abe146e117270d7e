"""`henrici bsde solve`, as tests call it."""

import argparse

from bsde import command


def henrici(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(["solve", *words]))
