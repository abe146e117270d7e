"""Write the model of a run folder, at its last checkpoint, as a TorchScript file."""

import argparse
from importlib.metadata import entry_points
from pathlib import Path

from trainer.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="folder of a run")
    parser.add_argument("-o", "--output", type=Path, default=Path("model.pt"), help="model file (default: model.pt)")


def run(arguments: argparse.Namespace) -> int:
    from trainer.loop import record

    kind = record.read(arguments.run).get("kind")
    found = next(iter(entry_points(group="henrici.runs", name=str(kind))), None)
    if found is None:
        raise UserError(f"{arguments.run}: its record names no kind of model that is installed here: {kind!r}")
    found.load()(arguments.run).export(arguments.output)
    print(f"wrote {arguments.output}")
    return 0
