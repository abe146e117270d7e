"""Force error against CPU time on water, beside DeePMD-kit: `benchmarks/accuracy.py WATER --peer VENV`.

WATER is DeePMD-kit's examples/water/data. Both sides: 64 H2O, se_e2_a 25-50-100, axis 16, fitting 240 x 3, cutoff
6 angstrom, float32, one thread, 4000 steps of one frame, tested on all frames of data_3. The two trainings follow each
other, seed by seed, on the same machine. VENV is made by benchmarks/peer_deepmd.sh; without it only our side runs.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

STEPS = 4000

INPUT = """
[data]
train = [{train}]
validation = ["{water}/data_3"]

[training]
steps = {steps}
batch = 1
report = 1000
seed = {seed}
"""


def peer_input(water: Path, seed: int) -> dict[str, object]:
    """DeePMD-kit's own water example, its schedule scaled to STEPS."""
    return {
        "model": {
            "type_map": ["O", "H"],
            "descriptor": {
                "type": "se_e2_a", "sel": [46, 92], "rcut_smth": 0.5, "rcut": 6.0, "neuron": [25, 50, 100],
                "axis_neuron": 16, "resnet_dt": False, "precision": "float32", "seed": seed,
            },
            "fitting_net": {"neuron": [240, 240, 240], "resnet_dt": True, "precision": "float32", "seed": seed},
        },
        "learning_rate": {"type": "exp", "decay_steps": 20, "start_lr": 1e-3, "stop_lr": 1e-5},
        "loss": {
            "type": "ener", "start_pref_e": 0.02, "limit_pref_e": 1, "start_pref_f": 1000, "limit_pref_f": 1,
            "start_pref_v": 0, "limit_pref_v": 0,
        },
        "training": {
            "training_data": {"systems": [str(water / f"data_{k}") for k in range(3)], "batch_size": 1},
            "validation_data": {"systems": [str(water / "data_3")], "batch_size": 1, "numb_btch": 1},
            "numb_steps": STEPS, "seed": seed, "disp_file": "lcurve.out", "disp_freq": 500, "save_freq": STEPS,
        },
    }  # fmt: skip


def cpu_seconds(command: list[str | Path], folder: Path, log: str) -> float:
    """User and system time of one command on one thread."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    threads = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    threads |= {"DP_INTRA_OP_PARALLELISM_THREADS": "1", "DP_INTER_OP_PARALLELISM_THREADS": "1"}
    with (folder / log).open("w") as stream:
        subprocess.run(command, cwd=folder, env=os.environ | threads, stdout=stream, stderr=stream, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ours(water: Path, folder: Path, seed: int) -> tuple[float, float, float]:
    """CPU s of training, energy RMSE meV/atom, force RMSE meV/angstrom on data_3."""
    henrici = Path(sys.executable).parent / "henrici"
    train = ", ".join(f'"{water}/data_{k}"' for k in range(3))
    (folder / "henrici.toml").write_text(INPUT.format(train=train, water=water, steps=STEPS, seed=seed))
    seconds = cpu_seconds([henrici, "train", "henrici.toml", "-o", f"run{seed}"], folder, f"henrici{seed}.log")
    cpu_seconds([henrici, "test", f"run{seed}/model.pt", water / "data_3"], folder, f"henrici{seed}.test")
    table = (folder / f"henrici{seed}.test").read_text()
    return seconds, *(float(re.search(rf"{name} +(\S+)", table)[1]) for name in ("energy", "force"))  # type: ignore[index,return-value]


def peer(water: Path, folder: Path, seed: int, venv: Path) -> tuple[float, float, float]:
    """The same of DeePMD-kit, by its own commands."""
    dp = venv / "bin" / "dp"
    (folder / "peer.json").write_text(json.dumps(peer_input(water, seed), indent=1))
    seconds = cpu_seconds([dp, "train", "peer.json"], folder, f"peer{seed}.log")
    cpu_seconds([dp, "freeze", "-o", "peer.pb"], folder, "freeze.log")
    cpu_seconds([dp, "test", "-m", "peer.pb", "-s", water / "data_3", "-n", "100"], folder, f"peer{seed}.test")
    table = (folder / f"peer{seed}.test").read_text()
    energy = float(re.search(r"Energy RMSE/Natoms *: (\S+)", table)[1])  # type: ignore[index]
    force = float(re.search(r"Force +RMSE *: (\S+)", table)[1])  # type: ignore[index]
    return seconds, 1e3 * energy, 1e3 * force


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("water", type=Path)
    parser.add_argument("--peer", type=Path, metavar="VENV")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("runs/accuracy"))
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    water = arguments.water.resolve()
    print(f"{'':12}{'seed':>5}{'CPU s':>9}{'meV/atom':>10}{'meV/angstrom':>14}")
    for seed in range(1, arguments.seeds + 1):
        sides = {"henrici": ours(water, arguments.folder, seed)}
        if arguments.peer:
            sides["DeePMD-kit"] = peer(water, arguments.folder, seed, arguments.peer.absolute())
        for name, (seconds, energy, force) in sides.items():
            print(f"{name:12}{seed:5}{seconds:9.1f}{energy:10.3f}{force:14.1f}", flush=True)
        if arguments.peer:
            print(f"CPU time, henrici / DeePMD-kit: {sides['henrici'][0] / sides['DeePMD-kit'][0]:.3f}", flush=True)


if __name__ == "__main__":
    main()
