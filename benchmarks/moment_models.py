"""Kinetic solvers, and moment models against them. `benchmarks/moment_models.py [--only PART ...] [--model m.pt ...]`.

| part         | what                                                                                              |
|--------------|---------------------------------------------------------------------------------------------------|
| table        | errors of the classical closures on a smooth wave at t = 0.1, beside those that were computed apart |
| conservation | mass, momentum and energy over ten thousand steps                                                  |
| couette      | stress and velocity between walls that slide, beside the linearised BGK equation                    |
| uniform      | errors on unseen random flows, wave, mix and mix with eps(x), for eps from 1e-3 to 10, beside --truth |
| cost         | CPU time of the moment models beside BGK, and of streaming beside a copy of the same memory        |

`uniform` and `cost` take the models given besides the classical ones; a closure with six variables is made by

    henrici kinetic generate benchmarks/moment_models.toml -o data
    henrici kinetic train benchmarks/moment_models.toml --data data -o run
"""

import argparse
import io
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from kinetic import Discretisation, Flow, KnudsenSettings, Solution, Wall, errors, solve
from kinetic.boltzmann.bgk import BGK
from kinetic.boltzmann.couette import couette
from kinetic.boltzmann.spectral import Spectral
from kinetic.boltzmann.velocities import Velocities
from kinetic.cases import random
from kinetic.cases.build import profile
from kinetic.numerics.imex import step
from trainer.errors import UserError
from trainer.files import write_atomically
from trainer.report.figures import COLORS

TABLE: dict[float, dict[str, tuple[float, float, float]]] = {  # computed apart, by another program, spectral in x
    1e-3: {"euler": (1.2e-4, 3.4e-3, 6.9e-4), "navier-stokes": (2.2e-6, 4.8e-5, 1.1e-5)},
    1e-2: {
        "euler": (9.9e-4, 3.0e-2, 6.4e-3),
        "navier-stokes": (2.0e-4, 4.3e-3, 8.6e-4),
        "hme-4": (1.4e-5, 2.3e-4, 2.4e-5),
        "hme-5": (1.7e-6, 3.2e-5, 4.9e-6),
        "hme-6": (3.2e-7, 4.6e-6, 8.2e-7),
    },
    1e-1: {
        "euler": (2.8e-3, 1.0e-1, 2.7e-2),
        "navier-stokes": (5.2e-3, 1.3e-1, 1.2e-2),
        "hme-4": (1.2e-4, 2.7e-3, 4.4e-4),
        "hme-5": (6.9e-5, 2.2e-3, 5.4e-4),
        "hme-6": (2.0e-5, 5.5e-4, 1.9e-4),
        "hme-8": (3.3e-6, 7.6e-5, 1.1e-5),
        "hme-10": (7.6e-7, 2.2e-5, 5.2e-6),
    },
    1.0: {
        "euler": (3.3e-3, 1.3e-1, 3.6e-2),
        "hme-4": (1.6e-4, 3.7e-3, 7.0e-4),
        "hme-5": (1.1e-4, 3.8e-3, 9.9e-4),
        "hme-6": (3.3e-5, 1.0e-3, 3.7e-4),
        "hme-8": (5.8e-6, 1.4e-4, 2.2e-5),
        "hme-10": (1.4e-6, 4.3e-5, 1.1e-5),
    },
}


class Truth(NamedTuple):
    """What moment models are compared with."""

    how: Discretisation
    models: tuple[str, ...]


PLANE = Discretisation(courant=0.9, velocity_limit=6.0, velocities=96, angles=4)  # f is streaky where nothing collides
TRUTHS = {
    "bgk": Truth(Discretisation(velocities=240), ("euler", "grad-5", "hme-3", "hme-5", "hme-7", "waves-5")),
    "boltzmann": Truth(PLANE, ("euler-2v", "hme-2v-3", "hme-2v-5", "waves-2v-3", "waves-2v-4")),
    "es-bgk": Truth(Discretisation(), ("euler-3v", "hme-3v-3", "hme-3v-5", "waves-3v-3", "waves-3v-4")),
}
EPS = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
SEED = 1_000_003  # beyond the flows of any training


def wave(cells: int, eps: float) -> Flow:
    x = 2 * math.pi * (torch.arange(cells, dtype=torch.float64) + 0.5) / cells
    rho, u, theta = 1 + 0.3 * x.sin(), 0.2 * (x + 1).sin(), 1 + 0.2 * (x + 2).sin()
    return Flow(rho[None, None], u[None, None], theta[None, None], torch.full((1, cells), eps, dtype=torch.float64))


def table(cells: int) -> None:
    """Relative errors |q - q_ref| / |q_ref| of density, momentum and energy."""
    print(f"smooth wave, t = 0.1, {cells} cells: found / computed apart")
    print("| eps | model | density | momentum | energy | largest deviation |\n|--:|---|--:|--:|--:|--:|")
    v = Velocities(8.0, 64)
    for eps, rows in TABLE.items():
        flow = wave(cells, eps)
        exact = v.moments(Spectral(flow, v).march(flow.distribution(v.v), 0.1, 1600 if eps < 0.1 else 200), 2)
        how = Discretisation(courant=0.05 if eps < 0.1 else 0.2)  # smaller errors want shorter steps
        for model, expected in rows.items():
            m = solve(model, flow, [0.1], how).state[:, :3]
            found = ((m - exact).norm(dim=-1) / exact.norm(dim=-1))[0].tolist()
            off = max(abs(a / b - 1) for a, b in zip(found, expected, strict=True))
            cells_text = " | ".join(f"{a:.1e} / {b:.1e}" for a, b in zip(found, expected, strict=True))
            print(f"| {eps:g} | {model} | {cells_text} | {100 * off:.0f} % |", flush=True)


def conservation() -> None:
    """Relative changes over 10^4 steps, periodic; those of momentum over sqrt(mass * energy)."""
    flow, v = wave(12, 0.05), Velocities(7.0, 24)
    bgk = BGK(flow, v)
    f = bgk.start(flow)
    before = v.moments(f, 2).sum(-1)[0]
    for _ in range(10_000):
        f = step(bgk, f, 0.01)
    change = (v.moments(f, 2).sum(-1)[0] - before) / torch.stack([before[0], (before[0] * before[2]).sqrt(), before[2]])
    print("10^4 steps of BGK, relative change of mass, momentum, energy:", *(f"{x:.1e}" for x in change.tolist()))


def couette_flow() -> None:
    """Steady flows between walls that move by +- 1/2 in units of a small velocity, at k = sqrt(2) eps."""
    print("\n| k | cells | velocities | -P_xy | found | off | largest error of w |\n|--:|--:|--:|--:|--:|--:|--:|")
    slow = 0.02
    for k, end, cells, count in ((0.1, 20.0, 24, 48), (1.0, 6.0, 24, 48), (1.0, 6.0, 24, 96), (10.0, 12.0, 24, 96)):
        one = torch.ones(1, 1, cells, dtype=torch.float64)
        walls = [Wall("diffuse", tangential=s * slow / 2) for s in (-1, 1)]
        flow = Flow(one, 0 * one, one, k / math.sqrt(2) * one[0], 1.0, *walls)
        how = Discretisation(courant=0.9, velocity_limit=6.0, velocities=count)
        found, exact = solve("bgk-3v", flow, [end], how), couette(k / math.sqrt(2))
        stress = -float(found.moments[0, 0, 5].mean()) / slow
        w = np.interp((np.arange(cells) + 0.5) / cells - 0.5, exact.x, exact.w)
        off = float(abs(found.tangential[0, 0].numpy() / slow - w).max())
        row = f"{exact.stress:.5f} | {stress:.5f} | {100 * (stress / exact.stress - 1):.2f} % | {off:.4f}"
        print(f"| {k:g} | {cells} | {count} | {row} |", flush=True)


def unseen(task: str, eps: float, count: int, cells: int) -> Flow:
    """Random flows of a task; in mix with eps(x), eps varies from 1e-3 to 10 and only the seeds differ."""
    x = (torch.arange(cells, dtype=torch.float64) + 0.5) / cells
    settings = KnudsenSettings("wave", 1e-3, 10.0) if task == "mix, eps(x)" else KnudsenSettings(low=eps)
    return random.flows(task.split(",")[0], [SEED + k for k in range(count)], cells, profile(settings, x)[None])


def uniform(
    truth: str,
    models: Sequence[str],
    count: int,
    cells: int,
    end: float,
    knudsen: Sequence[float],
    picture: Path | None,
) -> None:
    """Joint relative L2 errors (kinetic.errors) over t = end / 4 ... end: mean over flows / worst."""
    times = [end * k / 4 for k in range(1, 5)]
    print(f"\njoint relative L2 errors in %, mean / worst of {count} unseen flows, {cells} cells, to t = {end:g}")
    print(f"| task | eps | {' | '.join(models)} |\n|---|--:|{'--:|' * len(models)}")
    all_of: dict[str, list[float]] = {model: [] for model in models}
    mean: dict[str, dict[str, list[float]]] = {task: {model: [] for model in models} for task in ("wave", "mix")}
    tasks = [(task, e) for task in mean for e in knudsen] + [("mix, eps(x)", math.nan)]
    for task, eps in tasks:
        flow = unseen(task, eps, count, cells)
        exact = solve(truth, flow, times, TRUTHS[truth].how)
        row = []
        for model in models:
            found = joint(model, flow, exact, times)
            all_of[model] += found.tolist()
            if task in mean:
                mean[task][model].append(float(found.mean()))  # nan, a gap, where a flow is lost
            row.append(summary(found))
        print(f"| {task} | {eps:g} | {' | '.join(row)} |", flush=True)
    if picture is not None:
        draw(knudsen, mean, picture)
    total = (summary(torch.tensor(found)) for found in all_of.values())
    print(f"| all | | {' | '.join(total)} |")


def draw(knudsen: Sequence[float], mean: dict[str, dict[str, list[float]]], path: Path) -> None:
    """Error against Knudsen number, a panel for each task."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, (task, curves) in zip(figure.subplots(1, len(mean), sharey=True), mean.items(), strict=True):
        for color, (model, values) in zip(COLORS, curves.items(), strict=False):
            axes.loglog(knudsen, values, "o-", color=color, markersize=4, label=model.removesuffix(".pt"))
        axes.axhline(0.01, color="#808080", linewidth=0.8, linestyle="--")
        axes.set_title(task)
        axes.set_xlabel("Knudsen number")
    figure.axes[0].set_ylabel("relative L2 error, mean over flows")
    figure.axes[0].legend()
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110)
    write_atomically(path, stream.getvalue())


def summary(found: Tensor) -> str:
    """Mean and worst in per cent, of those that are there; and how many flows were lost."""
    there = 100 * found[~found.isnan()]
    lost = len(found) - len(there)
    if not len(there):
        return "lost"
    return f"{float(there.mean()):.2f} / {float(there.max()):.2f}" + (f", {lost} lost" if lost else "")


def joint(model: str, flow: Flow, exact: Solution, times: Sequence[float]) -> Tensor:
    """[B] joint errors; nan for those of the flows whose gas the model loses."""
    try:
        return errors(solve(model, flow, times), exact)[:, 3]
    except UserError:
        count = len(flow.knudsen)
        if count == 1:
            return torch.full((1,), math.nan, dtype=torch.float64)
        return torch.cat([joint(model, part(flow, k), kept(exact, k), times) for k in range(count)])


def part(flow: Flow, k: int) -> Flow:
    """Flow k of a batch."""
    rho, u, theta, eps = (q[k : k + 1] for q in (flow.density, flow.velocity, flow.temperature, flow.knudsen))
    return Flow(rho, u, theta, eps)


def kept(exact: Solution, k: int) -> Solution:
    """Flow k of a solution."""
    return replace(exact, moments=exact.moments[k : k + 1])


def cost(models: Sequence[str]) -> None:
    """CPU time of batches of flows beside kinetic solvers; then the bandwidth of a transport beside that of a copy."""
    for truth, wall, how, end, counts, repeated in (
        ("bgk", "periodic", Discretisation(), 0.4, (1, 32), 3),
        ("bgk", "outflow", Discretisation(), 0.4, (1,), 3),
        ("bgk", "diffuse", Discretisation(), 0.4, (1,), 3),
        ("boltzmann", "periodic", Discretisation(velocities=54), 0.02, (1, 4), 1),
    ):
        print(f"\nCPU ms to t = {end:g}, 100 cells, {wall}, and {truth} / model")
        print(f"| flows | {truth} | {' | '.join(models)} |\n|--:|--:|{'--:|' * len(models)}")
        for count in counts:
            flow = replace(unseen("wave", 0.1, count, 100), left=Wall(wall), right=Wall(wall))
            exact = 1e3 * statistics.median(solve(truth, flow, [end], how).cpu for _ in range(repeated))
            spent = [1e3 * statistics.median(solve(model, flow, [end]).cpu for _ in range(9)) for model in models]
            print(f"| {count} | {exact:.1f} | {' | '.join(f'{s:.1f} ({exact / s:.1f})' for s in spent)} |", flush=True)
    streaming()


def streaming() -> None:
    """The bandwidth of a transport of BGK beside that of a copy of the same array, with 80 velocities."""
    print("\nns a value\n| flows | cells | MiB | transport | copy | ratio |\n|--:|--:|--:|--:|--:|--:|")
    for count, cells in ((1, 100), (8, 100), (64, 400), (64, 1600)):
        flow = unseen("wave", 0.1, count, cells)
        bgk = BGK(flow, Velocities(8.0, 80))
        f = bgk.start(flow)
        spent = medians([partial(bgk.transport, f), f.clone], 2_000_000 // f.numel() + 1)
        times = [1e9 / f.numel() * t for t in spent]
        row = " | ".join(f"{t:.2f}" for t in (*times, times[0] / times[1]))
        print(f"| {count} | {cells} | {f.numel() * 8 / 2**20:.2f} | {row} |", flush=True)


def medians(works: Sequence[Callable[[], object]], calls: int) -> list[float]:
    """CPU seconds of each, of nine runs in turn of so many calls."""
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(9):
        for work, times in zip(works, spent, strict=True):
            began = time.process_time()
            for _ in range(calls):
                work()
            times.append((time.process_time() - began) / calls)
    return [statistics.median(times) for times in spent]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = ("table", "conservation", "couette", "uniform", "cost")
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    parser.add_argument("--model", nargs="+", default=[], help="model files, beside the classical closures")
    parser.add_argument("--truth", choices=TRUTHS, default="bgk", help="of `uniform` (default: bgk)")
    parser.add_argument("--classical", nargs="*", help="of `uniform` and `cost`; by default those that suit the truth")
    parser.add_argument("--flows", type=int, default=8, help="of `uniform`, for each task and eps (default: 8)")
    parser.add_argument("--cells", type=int, default=100, help="of `uniform` (default: 100)")
    parser.add_argument("--end", type=float, default=1.0, help="time of `uniform` (default: 1)")
    parser.add_argument("--eps", type=float, nargs="+", default=EPS, help="Knudsen numbers of `uniform`")
    parser.add_argument("--picture", type=Path, help="PNG of `uniform`")
    parser.add_argument("--table-cells", type=int, default=128, help="of `table` (default: 128)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    truth = arguments.truth
    models = (*(TRUTHS[truth].models if arguments.classical is None else arguments.classical), *arguments.model)
    if "table" in arguments.only:
        table(arguments.table_cells)
    if "conservation" in arguments.only:
        conservation()
    if "couette" in arguments.only:
        couette_flow()
    if "uniform" in arguments.only:
        uniform(truth, models, arguments.flows, arguments.cells, arguments.end, arguments.eps, arguments.picture)
    if "cost" in arguments.only:
        cost(models)


if __name__ == "__main__":
    main()
