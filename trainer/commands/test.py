"""Errors of a potential on labelled frames: a table, and a page with figures and the worst frames."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from trainer.errors import UserError

UNITS = {"energy": "meV_per_atom", "force": "meV_per_A", "virial": "meV_per_atom", "stress": "GPa"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, help="model file")
    parser.add_argument("data", nargs="+", help="files or folders, as in [data] of an input")
    parser.add_argument("--input", type=Path, help="input file whose table [data] states the units, signs and names")
    parser.add_argument("--run", type=Path, help="run folder for the learning curve (default: the model's folder)")
    parser.add_argument("-o", "--output", type=Path, default=Path("test.html"), help="page (default: test.html)")


def run(arguments: argparse.Namespace) -> int:
    from tqdm import tqdm

    from trainer import export
    from trainer.contract import PotentialMetadata
    from trainer.data.read import read
    from trainer.data.settings import DataSettings, data_settings
    from trainer.files import writable, write_atomically
    from trainer.report.errors import measure
    from trainer.report.potential_page import page, warnings

    writable(arguments.output)
    model, metadata = export.load(arguments.model, PotentialMetadata)
    settings = data_settings(arguments.input) if arguments.input else DataSettings(train=("-",))
    learning = learning_curve(arguments.run, arguments.model, metadata.data.get("fingerprint"))
    frames = read(arguments.data, settings, Path(), metadata.parameters)
    frames = tqdm(frames, unit=" frames", delay=3, leave=False, disable=None)
    statistics = measure(model, metadata, frames)
    errors = statistics.errors.values()
    print(f"{statistics.frames} frames, {statistics.atoms} atoms")
    print(f"{'':8}{'RMSE':>12}{'MAE':>12}")
    for name, unit in UNITS.items():
        if f"{name}_rmse_{unit}" in errors:
            rmse, mae = errors[f"{name}_rmse_{unit}"], errors[f"{name}_mae_{unit}"]
            print(f"{name:8}{rmse:12.4g}{mae:12.4g}  {unit.replace('_per_', '/').replace('/A', '/angstrom')}")
    for words in warnings(statistics, metadata):
        print(f"mind: {words}")
    write_atomically(arguments.output, page(statistics, metadata, arguments.model, arguments.data, learning))
    print(f"wrote {arguments.output}")
    return 0


def learning_curve(run: Path | None, model: Path, fingerprint: str | None) -> Sequence[dict[str, float]]:
    """Rows of the log.csv of the model's run; without `run`, of the model's folder if the model was made there.

    Raises UserError when `run` is no run folder, or one that was trained on other data, or the file is damaged."""
    from trainer.loop.log import read_rows
    from trainer.potentials.run import PotentialRun

    folder = run or model.parent
    if run is None and not ((folder / "run.json").exists() and (folder / "log.csv").exists()):
        return []
    _, record = PotentialRun(folder).recorded()
    if record.get("data", {}).get("fingerprint") != fingerprint:
        if run is None:
            return []
        raise UserError(f"{run}: this run was trained on other data than {model}; give the model's own run folder")
    try:
        return [{name: float(value or "nan") for name, value in row.items()} for row in read_rows(folder / "log.csv")]
    except (TypeError, ValueError) as error:
        raise UserError(f"{folder / 'log.csv'}: not a table of numbers: {error}") from None
