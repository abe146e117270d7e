"""DeePMD-kit's side: its water example, trained, frozen, compressed and tested by its own commands.

`venv` is what benchmarks/peer_deepmd.sh made."""

import json
import re
from pathlib import Path
from typing import Literal

from comparison.timing import Spent, spend

Precision = Literal["float32", "float64"]

# What its frozen models gain most by: freed memory is kept instead of being given back to the system at every step.
TUNED_ALLOCATOR = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(16 << 30),
    "MALLOC_TOP_PAD_": str(256 << 20),
}


def settings(water: Path, steps: int, seed: int = 1, precision: Precision = "float32") -> dict[str, object]:
    """Its water example, with the schedule scaled to `steps`: fewer than 500, or a multiple, as it writes no checkpoint
    between two lines of its curve."""
    return {
        "model": {
            "type_map": ["O", "H"],
            "descriptor": {
                "type": "se_e2_a", "sel": [46, 92], "rcut_smth": 0.5, "rcut": 6.0, "neuron": [25, 50, 100],
                "axis_neuron": 16, "resnet_dt": False, "precision": precision, "seed": seed,
            },
            "fitting_net": {"neuron": [240, 240, 240], "resnet_dt": True, "precision": precision, "seed": seed},
        },
        "learning_rate": {"type": "exp", "decay_steps": max(1, steps // 200), "start_lr": 1e-3, "stop_lr": 1e-5},
        "loss": {
            "type": "ener", "start_pref_e": 0.02, "limit_pref_e": 1, "start_pref_f": 1000, "limit_pref_f": 1,
            "start_pref_v": 0, "limit_pref_v": 0,
        },
        "training": {
            "training_data": {"systems": [str(water / f"data_{k}") for k in range(3)], "batch_size": 1},
            "validation_data": {"systems": [str(water / "data_3")], "batch_size": 1, "numb_btch": 1},
            "numb_steps": steps, "seed": seed, "disp_file": "lcurve.out", "disp_freq": min(500, steps),
            "save_freq": steps,
        },
    }  # fmt: skip


def train(venv: Path, folder: Path, configuration: dict[str, object]) -> Spent:
    """What the training costs, whose checkpoint stays in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "input.json").write_text(json.dumps(configuration, indent=1))
    return spend([venv / "bin" / "dp", "train", "input.json"], folder, "train.log")


def models(venv: Path, folder: Path, configuration: dict[str, object]) -> tuple[Path, Path]:
    """A frozen and a compressed model, from an earlier call if they are there."""
    frozen, compressed = folder / "frozen.pb", folder / "compressed.pb"
    if not compressed.exists():
        train(venv, folder, configuration)
        dp = venv / "bin" / "dp"
        spend([dp, "freeze", "-o", frozen.name], folder, "freeze.log")
        spend([dp, "compress", "-i", frozen.name, "-o", compressed.name], folder, "compress.log")
    return frozen, compressed


def errors(venv: Path, folder: Path, water: Path) -> tuple[float, float]:
    """RMSE on all frames of data_3 of the checkpoint in `folder`: energy, meV/atom, and force, meV/angstrom."""
    dp = venv / "bin" / "dp"
    spend([dp, "freeze", "-o", "frozen.pb"], folder, "freeze.log")
    spend([dp, "test", "-m", "frozen.pb", "-s", water / "data_3", "-n", "100"], folder, "test.log")
    report = (folder / "test.log").read_text()
    energy = re.search(r"Energy RMSE/Natoms *: (\S+)", report)
    force = re.search(r"Force +RMSE *: (\S+)", report)
    if not energy or not force:
        raise SystemExit(f"expected errors in {folder / 'test.log'}, found none")
    return 1e3 * float(energy[1]), 1e3 * float(force[1])
