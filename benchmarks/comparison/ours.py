"""Our side, by the commands of a user."""

import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from comparison.timing import Spent, spend

BIN = Path(sys.executable).parent

INPUT = """
species = ["O", "H"]
dtype = "{precision}"

[data]
train = [{train}]
validation = ["{water}/data_3"]
{architecture}
[training]
steps = {steps}
report = {steps}
seed = {seed}
batch = {batch}
"""

# of DeePMD-kit's example, whatever our defaults are
ARCHITECTURE = """
[deep_pot_se]
cutoff = 6.0
smooth = 0.5
embedding = [25, 50, 100]
axis = 16
fitting = [240, 240, 240]
"""


def settings(
    water: Path,
    steps: int,
    seed: int = 1,
    precision: Literal["float32", "float64"] = "float32",
    architecture: str = ARCHITECTURE,
    batch: int = 1,
) -> str:
    """The input, with one validation, at the end. architecture: "" for our defaults; batch: frames a step."""
    train = ", ".join(f'"{water}/data_{k}"' for k in range(3))
    return INPUT.format(
        water=water, train=train, steps=steps, seed=seed, precision=precision, architecture=architecture, batch=batch
    )


def train(
    folder: Path, configuration: str, launcher: Sequence[str | Path] = (), environment: Mapping[str, str] | None = None
) -> Spent:
    """What a training costs that starts anew; the model is folder/run/model.pt."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "run", ignore_errors=True)
    (folder / "input.toml").write_text(configuration)
    command = [*launcher, BIN / "henrici", "train", "input.toml", "-o", "run"]
    return spend(command, folder, "train.log", environment)


def model(folder: Path, configuration: str) -> Path:
    """The model file of a training, from an earlier call if it is there."""
    path = folder / "run" / "model.pt"
    if not path.exists():
        train(folder, configuration)
    return path


def errors(folder: Path, frames: Path) -> tuple[float, float]:
    """RMSE on the frames of the model in `folder`: energy, meV/atom, and force, meV/angstrom."""
    spend([BIN / "henrici", "test", "run/model.pt", frames], folder, "test.log")
    report = (folder / "test.log").read_text()
    energy, force = (re.search(rf"{name} +(\S+)", report) for name in ("energy", "force"))
    if not energy or not force:
        raise SystemExit(f"expected errors in {folder / 'test.log'}, found none")
    return float(energy[1]), float(force[1])
