"""What the kernels of symmetry functions are worth: `benchmarks/symmetry_functions.py WATER/data_0 MLEARN/Si`.

The default [behler_parrinello] table, one thread. An evaluation is energies and pair gradients for a given neighbour
list (a TorchScript file by torch, and by the kernels); a training step is the loss of one frame and its gradient,
without the optimiser. CPU times, the median of several rounds in which torch and the kernels take turns.
"""

import argparse
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import mlearn
import numpy as np
import torch

from trainer import export, kernels
from trainer.data import ase_formats
from trainer.data.deepmd import read, systems
from trainer.data.frame import Frame
from trainer.data.settings import DataSettings
from trainer.potentials import build
from trainer.potentials.examples import examples
from trainer.potentials.settings import LossSettings, PotentialSettings
from trainer.potentials.task import PotentialTask
from trainer.potentials.term_settings import BehlerParrinelloSettings
from trainer.sampling import Batches

DATA = DataSettings(train=("-",))


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def in_turns(works: list[Callable[[], object]], rounds: int = 9) -> list[float]:
    """CPU seconds of each: medians."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds + 1):
        for work, spent in zip(works, times, strict=True):
            start = cpu()
            work()
            spent.append(cpu() - start)
    return [median(spent[1:]) for spent in times]


def rows(name: str, frame: Frame, dtype: str) -> Iterator[str]:
    symbols = tuple(sorted(set(frame.symbols)))
    settings = PotentialSettings(data=(DATA,), behler_parrinello=BehlerParrinelloSettings(), dtype=dtype)
    model = build.potential(settings, symbols)
    parts = examples([frame], symbols, settings.cutoff, getattr(torch, dtype))
    environment, atoms = parts[0].environment, len(frame.symbols)
    neighbors = len(environment.neighbor) / atoms

    script = export.script(build.finished(model))
    evaluate = kernels.Evaluator(script)
    assert evaluate.native is not None
    assert evaluate.native.knows_the_script()
    slow, fast = in_turns([lambda: script(*environment), lambda: evaluate(*environment)])
    what, us = f"| {name}, {atoms} atoms, {neighbors:.0f} neighbours | {dtype} |", 1e6 / atoms
    yield f"{what} evaluation, us/atom | {slow * us:.1f} | {fast * us:.1f} |"

    task = PotentialTask(model, parts, parts, LossSettings(), Batches(np.array([atoms]), 1, 1))
    usable = kernels.usable

    def step(native: bool) -> None:
        kernels.usable = usable if native else lambda tensor: False
        task.loss(0, 0.5)[0].backward()

    slow, fast = in_turns([lambda: step(False), lambda: step(True)])
    yield f"{what} training step, ms | {1e3 * slow:.1f} | {1e3 * fast:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("water", type=Path)
    parser.add_argument("silicon", type=Path, help="folder with training.json and test.json")
    parser.add_argument("--folder", type=Path, default=Path("runs/symmetry_functions"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    mlearn.convert(arguments.silicon, arguments.folder)
    silicon = max(ase_formats.read(arguments.folder / "train.xyz", DATA), key=lambda frame: len(frame.symbols))
    water = next(read(next(iter(systems(arguments.water))), DATA))
    print("| | | | torch | kernels |\n|---|---|---|--:|--:|")
    for name, frame in (("Si", silicon), ("water", water)):
        for dtype in ("float32", "float64"):
            print("\n".join(rows(name, frame, dtype)), flush=True)


if __name__ == "__main__":
    main()
