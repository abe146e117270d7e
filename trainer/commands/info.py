"""Print what a model file says about itself: kind, species, cutoff, units, data, errors, versions."""

import argparse
import json
from pathlib import Path

from trainer.export import read_document


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, help="model file")


def run(arguments: argparse.Namespace) -> int:
    for key, value in read_document(arguments.model).items():
        print(f"{key:12} {value if isinstance(value, str) else json.dumps(value)}")
    return 0
