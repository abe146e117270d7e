"""Errors of a potential on labelled frames."""

import argparse
from pathlib import Path

UNITS = {"energy": "meV_per_atom", "force": "meV_per_A", "virial": "meV_per_atom", "stress": "GPa"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, help="model file")
    parser.add_argument("data", nargs="+", help="files or folders, as in [data] of an input")
    parser.add_argument("--input", type=Path, help="input file whose table [data] states the units, signs and names")


def run(arguments: argparse.Namespace) -> int:
    import torch

    from trainer import export
    from trainer.contract import PotentialMetadata
    from trainer.data.read import read
    from trainer.data.settings import DataSettings, data_settings
    from trainer.potentials.examples import examples
    from trainer.potentials.task import evaluate

    model, metadata = export.load(arguments.model, PotentialMetadata)
    settings = data_settings(arguments.input) if arguments.input else DataSettings(train=("-",))
    frames = read(arguments.data, settings, Path())
    held = examples(frames, metadata.species, metadata.cutoff, getattr(torch, metadata.dtype))
    errors = evaluate(model, held)
    print(f"{len(frames)} frames, {sum(len(f.symbols) for f in frames)} atoms")
    print(f"{'':8}{'RMSE':>12}{'MAE':>12}")
    for name, unit in UNITS.items():
        if f"{name}_rmse_{unit}" in errors:
            rmse, mae = errors[f"{name}_rmse_{unit}"], errors[f"{name}_mae_{unit}"]
            print(f"{name:8}{rmse:12.4g}{mae:12.4g}  {unit.replace('_per_', '/').replace('/A', '/angstrom')}")
    return 0
