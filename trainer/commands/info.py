"""Print what a model file says about itself: kind, species, cutoff, units, data, errors, versions."""

import argparse
import json
from pathlib import Path
from typing import Any

from trainer.export import read_document


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, help="model file")


def run(arguments: argparse.Namespace) -> int:
    for key, value in read_document(arguments.model).items():
        print(f"{key:12} {value if isinstance(value, str) else json.dumps(shortened(value))}")
    return 0


def shortened(value: Any) -> Any:
    """Long words, which only programs read, are cut off."""
    if isinstance(value, dict):
        return {key: shortened(item) for key, item in value.items()}
    return f"{value[:16]}... ({len(value)} characters)" if isinstance(value, str) and len(value) > 1000 else value
