"""Our side: the architecture of DeePMD-kit's water example, or our defaults, by the commands of a user."""

import re
import sys
from pathlib import Path
from typing import Literal

from comparison.timing import cpu_seconds

BIN = Path(sys.executable).parent

DATA = """
[data]
train = [{train}]
validation = ["{water}/data_3"]
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

TRAINING = """
[training]
steps = {steps}
report = {steps}
seed = {seed}
batch = 1
"""


def settings(water: Path, steps: int, seed: int = 1, precision: Literal["float32", "float64"] = "float32") -> str:
    """The input, one frame a step."""
    train = ", ".join(f'"{water}/data_{k}"' for k in range(3))
    head = f'species = ["O", "H"]\ndtype = "{precision}"\n'
    return head + DATA.format(train=train, water=water) + ARCHITECTURE + TRAINING.format(steps=steps, seed=seed)


def train(folder: Path, configuration: str) -> float:
    """CPU s of a training that starts anew; the model is folder/run/model.pt."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "input.toml").write_text(configuration)
    return cpu_seconds([BIN / "henrici", "train", "input.toml", "-o", "run"], folder, "train.log")


def model(folder: Path, configuration: str) -> Path:
    """The model file of a training, from an earlier call if it is there."""
    path = folder / "run" / "model.pt"
    if not path.exists():
        train(folder, configuration)
    return path


def errors(folder: Path, water: Path) -> tuple[float, float]:
    """RMSE on all frames of data_3: energy, meV/atom, and force, meV/angstrom."""
    cpu_seconds([BIN / "henrici", "test", "run/model.pt", water / "data_3"], folder, "test.log")
    report = (folder / "test.log").read_text()
    energy, force = (re.search(rf"{name} +(\S+)", report) for name in ("energy", "force"))
    if not energy or not force:
        raise SystemExit(f"expected errors in {folder / 'test.log'}, found none")
    return float(energy[1]), float(force[1])
