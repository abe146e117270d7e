"""Write the model of a run folder, at its last checkpoint, as a TorchScript file."""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="folder of a run")
    parser.add_argument("-o", "--output", type=Path, default=Path("model.pt"), help="model file (default: model.pt)")


def run(arguments: argparse.Namespace) -> int:
    from trainer.potentials.run import export_run

    export_run(arguments.run, arguments.output)
    print(f"wrote {arguments.output}")
    return 0
