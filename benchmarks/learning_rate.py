"""Is the default learning rate a safe one? `benchmarks/learning_rate.py DATA`.

DATA holds water/ and mapbi3/ (DeePMD systems) and mlearn/Si, mlearn/Li (see mlearn.py). Each case is trained for a few
hundred steps with learning rates around the default, all else being default; the table gives the validation loss that
each of them reaches, over that of the best one. "-" is a run that was not finite.
"""

import argparse
import csv
import os
import subprocess
import sys
from pathlib import Path

from mlearn import convert

from trainer.loop.settings import TrainingSettings

RATES = tuple(factor * TrainingSettings.learning_rate for factor in (0.125, 0.5, 1.0, 2.0, 8.0))

SMALL = "[deep_pot_se]\nembedding = [8, 16]\naxis = 4\nfitting = [32, 32]\n"
DEEP_POT_SE = "[deep_pot_se]\n"
SYMMETRY = "[behler_parrinello]\n"

CASES = {  # name: files to train on, tables
    "water, default": ("water/data_0", ""),
    "water, DeepPot-SE": ("water/data_0", DEEP_POT_SE),
    "water, small": ("water/data_0", SMALL),
    "mapbi3, default": ("mapbi3", ""),
    "mapbi3, small": ("mapbi3", SMALL),
    "Si, default": ("Si/train.xyz", ""),
    "Si, symmetry functions": ("Si/train.xyz", SYMMETRY),
    "Li, small": ("Li/train.xyz", SMALL),
}

INPUT = """
[data]
train = ["{files}"]
check = false  # shear stresses of some Li frames have the wrong sign (see mlearn.py)
[training]
steps = {steps}
learning_rate = {rate}
final_learning_rate = {last}
report = {steps}
{tables}
"""


def loss(folder: Path, name: str, files: Path, tables: str, rate: float, steps: int) -> float:
    """Validation loss at the end of one training; nan when it did not get there."""
    run = folder / f"{name.replace(', ', '-').replace(' ', '-')}-{rate:g}"
    source = run.with_suffix(f"{run.suffix}.toml")
    source.write_text(INPUT.format(files=files, tables=tables, rate=rate, last=5e-3 * rate, steps=steps))
    henrici = Path(sys.executable).parent / "henrici"
    with run.with_suffix(f"{run.suffix}.log").open("w") as log:
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        done = subprocess.run([henrici, "train", source, "-o", run], stdout=log, stderr=log, env=environment)
    if done.returncode:
        return float("nan")
    with (run / "log.csv").open() as stream:
        return float(list(csv.DictReader(stream))[-1]["validation/loss"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--case", action="append", choices=CASES, help="some of them (default: all)")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--folder", type=Path, default=Path("runs/learning_rate"))
    arguments = parser.parse_args()
    folder, data = arguments.folder.resolve(), arguments.data.resolve()
    folder.mkdir(parents=True)
    for element in ("Si", "Li"):
        convert(data / "mlearn" / element, folder / element)
    print(f"| {arguments.steps} steps | {' | '.join(f'{rate:g}' for rate in RATES)} |\n|---|{'--:|' * len(RATES)}")
    for name in arguments.case or CASES:
        files, tables = CASES[name]
        root = folder if files.endswith(".xyz") else data
        losses = [loss(folder, name, root / files, tables, rate, arguments.steps) for rate in RATES]
        best = min((x for x in losses if x == x), default=float("nan"))
        print(f"| {name} | {' | '.join(f'{x / best:.2f}' if x == x else '-' for x in losses)} |", flush=True)


if __name__ == "__main__":
    main()
