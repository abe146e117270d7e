"""What is in a data set, and what looks wrong with it: labels, ranges, distances, duplicates, outliers, consistency."""

import argparse
from pathlib import Path

from trainer.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", nargs="*", help="files or folders, as in [data] of an input (default: all of --input)")
    parser.add_argument("--input", type=Path, help="input file whose [data] states the units, signs and names")


def run(arguments: argparse.Namespace) -> int:
    import tempfile

    from tqdm import tqdm

    from trainer.data.describe import describe
    from trainer.data.read import collect
    from trainer.data.settings import DataSettings, data_settings, every_data_settings
    from trainer.data.summary import summarise

    folder = Path()
    if arguments.data:
        settings = data_settings(arguments.input) if arguments.input else DataSettings(train=("-",))
        sets: tuple[DataSettings, ...] = (settings.of(tuple(arguments.data)),)
    elif arguments.input is not None:
        sets, folder = every_data_settings(arguments.input), arguments.input.parent
    else:
        raise UserError("expected files, or --input with an input file")
    with tempfile.TemporaryDirectory(prefix="henrici-") as scratch:
        frames = collect(sets, folder, Path(scratch) / "data.h5")
        bar = tqdm(frames, desc="looking", unit=" frames", delay=3, leave=False, disable=None)
        for line in describe(frames, summarise(frames, bar), sets):
            print(line)
    return 0
