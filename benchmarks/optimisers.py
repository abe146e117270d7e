"""Force error against CPU time for several optimisers: `benchmarks/optimisers.py WATER`.

Each run is `henrici train` on WATER, the input of training.py, with another optimiser in the loop; the error is that of
all frames of data_3. A run that benchmarks/optimisers.csv has already is not made again; at the end the figure
of docs/optimisers.md is drawn from it. To measure afresh, empty the table. "SOAP (earlier)" is the code of fd15190.
"""

import argparse
import csv
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import torch
from comparison import ours
from comparison.timing import spend
from torch import nn

from trainer.loop import loop
from trainer.loop.soap import SOAP
from trainer.potentials.run import PotentialRun

TABLE, FIGURE = Path(__file__).with_suffix(".csv"), Path(__file__).parents[1] / "docs" / "optimisers.png"
COLUMNS = ["optimiser", "steps", "seed", "cpu_s", "energy_meV_per_atom", "force_meV_per_A"]
PEER = "DeePMD-kit 3.2.0"  # its rows are those of training.py


class Muon(torch.optim.Optimizer):
    """Orthogonalised momentum for what has two long axes, as torch has it; Adam for the rest.

    Jordan et al., 2024; steps are scaled to the mean square of Adam's (Liu et al., arXiv:2502.16982)."""

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float):
        every = list(parameters)
        super().__init__(every, {"lr": lr})
        matrices = [p for p in every if p.dim() == 2 and min(p.shape) > 1]
        rest = [p for p in every if not any(p is m for m in matrices)]
        self.parts = [
            torch.optim.Muon(matrices, lr=lr, weight_decay=0.0, adjust_lr_fn="match_rms_adamw"),
            torch.optim.Adam(rest, lr=lr, fused=True),
        ]

    def step(self) -> None:  # type: ignore[override]  # as SOAP's
        for part in self.parts:
            part.param_groups[0]["lr"] = self.param_groups[0]["lr"]
            part.step()


def adam(parameters: Iterable[nn.Parameter], lr: float) -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=lr, fused=True)


OPTIMISERS: dict[str, tuple[Callable[..., torch.optim.Optimizer], float]] = {  # with their learning rates
    "Adam": (adam, 2e-3),
    "Muon": (Muon, 2e-3),
    "SOAP": (SOAP, 8e-3),
}
CASES = [  # optimiser, steps, seed
    *(("SOAP", steps, 1) for steps in (400, 1000, 4000)),
    ("SOAP", 1000, 2),
    *(("Adam", steps, 1) for steps in (1000, 4000)),
    ("Muon", 1000, 1),
]


def rows() -> list[dict[str, str]]:
    with TABLE.open(newline="") as stream:
        return list(csv.DictReader(stream))


def measure(water: Path, folder: Path, name: str, steps: int, seed: int) -> tuple[float, float, float]:
    """CPU s of one training, energy RMSE meV/atom, force RMSE meV/angstrom."""
    rate = OPTIMISERS[name][1]
    rates = f"learning_rate = {rate}\nfinal_learning_rate = {5e-3 * rate}\n"
    shutil.rmtree(folder / "run", ignore_errors=True)
    (folder / "input.toml").write_text(ours.settings(water, steps, seed) + rates)
    command = [sys.executable, Path(__file__).resolve(), "input.toml", "--train", name]
    seconds = spend(command, folder, "train.log").cpu
    return seconds, *ours.errors(folder, water)


def draw() -> None:
    figure, axes = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
    for name in dict.fromkeys(row["optimiser"] for row in rows()):
        points = sorted((float(r["cpu_s"]), float(r["force_meV_per_A"])) for r in rows() if r["optimiser"] == name)
        axes.plot(*zip(*points, strict=True), "s" if name == PEER else "o", label=name)
    axes.set(xscale="log", yscale="log", xlabel="CPU time of the training, s", ylabel="force RMSE on data_3, meV/Å")
    axes.set_xticks([10, 20, 50, 100, 200, 500], [10, 20, 50, 100, 200, 500])
    axes.set_yticks([30, 40, 50, 60, 80, 100, 150, 200, 300], [30, 40, 50, 60, 80, 100, 150, 200, 300])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(FIGURE, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("water", type=Path, help="DeePMD-kit's examples/water/data")
    parser.add_argument("--train", choices=OPTIMISERS, help="one training of the input WATER, for the script's own use")
    parser.add_argument("--folder", type=Path, default=Path("runs/optimisers"))
    arguments = parser.parse_args()
    if arguments.train:
        loop.SOAP = OPTIMISERS[arguments.train][0]  # type: ignore[assignment,misc]
        PotentialRun.start(arguments.water, Path("run"))
        return
    arguments.folder.mkdir(parents=True, exist_ok=True)
    water, known = arguments.water.resolve(), {(r["optimiser"], int(r["steps"]), int(r["seed"])) for r in rows()}
    for name, steps, seed in CASES:
        if (name, steps, seed) not in known:
            seconds, energy, force = measure(water, arguments.folder.resolve(), name, steps, seed)
            line = [name, steps, seed, f"{seconds:.1f}", f"{energy:.3f}", f"{force:.1f}"]
            with TABLE.open("a", newline="") as stream:
                csv.writer(stream, lineterminator="\n").writerow(line)
            print(*line, flush=True)
    draw()


if __name__ == "__main__":
    main()
