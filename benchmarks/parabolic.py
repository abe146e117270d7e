"""Parabolic PDEs in 100 dimensions beside the bars: `benchmarks/parabolic.py [--published] [--sweep]`.

Every row is `henrici bsde solve NAME`, five seeds, in a folder of its own: what was stopped goes on, what is finished
is read. CPU times are of one seed, training and evaluation, one thread. `--published` runs the method of 2017 beside
it (bsde/deep/per_step.py), as DeepBSDE's own configurations say, with Adam in float64, as many seeds: minutes to
hours; its error is the mean over them of |Y_0 / reference - 1|. `--published 0.1` takes a tenth of the iterations.
`--sweep` solves two equations in 1 to 1000 dimensions and draws the figure of docs/bsde.md.
"""

import argparse
import json
import time
from pathlib import Path
from statistics import mean
from typing import Any

import torch

from bsde.deep.per_step import PerStepDeepBSDE
from bsde.finish import MODEL, PAGE, RESULT, finish
from bsde.networks.per_step import PerStepNetworks
from bsde.problems import find
from bsde.report.sweep import Point, sweep_png
from bsde.simulation.along import along_paths
from bsde.simulation.approximation import of_file
from bsde.solve import run
from bsde.solve.settings import read
from trainer.files import write_atomically

BARS = {  # relative error of the mean over the seeds, CPU seconds of a seed
    "hjb": (2e-4, 97),
    "allen-cahn": (1e-3, 60),
    "default-risk": (2e-3, 200),
    "lending-rates": (2e-3, 166),
    "burgers": (1e-3, 200),
    "quadratic-gradient": (5e-4, 150),
    "reaction-diffusion": (3e-3, 300),
    "hure-unbounded 5": (3e-2, 200),  # where the published method diverges
    "hure-unbounded 8": (3e-2, 200),
}
OWN: dict[str, dict[str, dict[str, Any]]] = {  # what is not the default
    "burgers": {"training": {"time_steps": 60}},
    "hure-unbounded 5": {"training": {"time_steps": 120}, "value": {"time_steps": 320}, "parameters": {"dim": 5}},
    "hure-unbounded 8": {
        "training": {"time_steps": 120},
        "value": {"time_steps": 320, "paths": 16384},
        "parameters": {"dim": 8},
    },
}
PUBLISHED: dict[str, tuple[int, tuple[float, ...], int, tuple[float, float]]] = {
    # time steps, learning rates in turn, iterations, first Y_0 (DeepBSDE's configs)
    "hjb": (20, (1e-2,), 2000, (0.0, 1.0)),
    "allen-cahn": (20, (5e-4,), 4000, (0.3, 0.5)),
    "default-risk": (40, (8e-3,), 6000, (40.0, 50.0)),
    "lending-rates": (20, (5e-3,), 4000, (15.0, 18.0)),
    "burgers": (30, (1e-2, 1e-3, 1e-4), 30000, (2.0, 4.0)),
    "quadratic-gradient": (30, (5e-3,), 4000, (2.0, 4.0)),
    "reaction-diffusion": (30, (1e-2,), 240, (0.0, 1.0)),
    "hure-unbounded": (120, (1e-3,), 2000, (0.0, 1.0)),  # no configuration is published
}

COLUMNS = (
    *("problem", "reference", "u", "rel. error", "bar", "CPU s", "bar", "grad u off by", "bounds, 99 %"),
    *("published: rel. error", "its", "CPU s"),
)


def solved(folder: Path, problem: str, **tables: dict[str, Any]) -> Any:
    """result.json of the run in `folder`, which is begun, gone on with or read."""
    if not (folder / PAGE).exists():
        table = {"problem": problem, **tables}
        began = (folder / run.INPUT).exists()
        done = run.resume(folder) if began else run.start(read(table, problem), folder)
        if not done:
            raise SystemExit(130)
        finish(folder)
    return json.loads((folder / RESULT).read_text())


def published(name: str, parameters: dict[str, Any], seed: int, share: float) -> dict[str, float]:
    """Y_0 of the published method after this share of its iterations; CPU seconds."""
    steps, rates, iterations, first = PUBLISHED[name]
    iterations = max(1, round(share * iterations))
    problem = find(name)(**parameters)
    began = time.process_time()
    torch.manual_seed(seed)
    task = PerStepDeepBSDE(
        problem, PerStepNetworks(steps, problem.dim, first, torch.float64), steps, 64, seed, torch.float64
    )
    optimizer = torch.optim.Adam(task.module.parameters(), lr=rates[0], eps=1e-8)
    for k in range(iterations):
        optimizer.param_groups[0]["lr"] = rates[k * len(rates) // iterations]
        optimizer.zero_grad()
        loss, _ = task.loss(k, 1.0)
        loss.backward()
        optimizer.step()
    return {"Y0": task.module.y0.item(), "iterations": iterations, "cpu_s": time.process_time() - began}


def gradients(folder: Path) -> str:
    """Root mean square along paths of what grad u of the file is off by, relative; nothing where no u is known."""
    settings = run.read_settings(folder)
    problem = settings.build()
    along = along_paths(problem, of_file(folder / MODEL, problem), 40, 1)
    return "" if along.gradient_error is None else f"{along.gradient_error.square().mean().sqrt():.1e}"


def row(name: str, bar: tuple[float, float], folder: Path, document: Any, peer: list[dict[str, float]]) -> str:
    s, seeds = document["summary"], document["seeds"]
    reference = s["reference"]["value"]
    cpu = s["cpu"] / len(seeds)
    bounds = " ".join(f"{side} {s[key]:.6g}" for key, side in (("lower", ">"), ("upper", "<")) if s[key] is not None)
    errors = [abs(p["Y0"] / reference - 1) for p in peer]
    beside = f"{mean(errors):.1e} | {peer[0]['iterations']} | {mean(p['cpu_s'] for p in peer):.0f}" if peer else " | | "
    cells = [
        name,
        f"{reference:.9g}",
        f"{s['value']:.7g} ± {s['error']:.1g}",
        f"{abs(s['value'] / reference - 1):.1e}",
        f"{bar[0]:g}",
        f"{cpu:.1f}",
        f"{bar[1]:g}",
        gradients(folder),
        bounds,
        beside,
    ]
    return f"| {' | '.join(cells)} |"


def sweep(folder: Path, seeds: int, dimensions: list[int]) -> None:
    """Error and time against the dimension."""
    points: dict[str, list[Point]] = {"HJB": [], "Allen-Cahn": []}
    for label, name in (("HJB", "hjb"), ("Allen-Cahn", "allen-cahn")):
        for dim in dimensions:
            document = solved(folder / f"{name}-{dim}", name, parameters={"dim": dim}, training={"seeds": seeds})
            s = document["summary"]
            exact = s["reference"]["value"]
            point = Point(dim, s["value"], s["error"], exact, s["cpu"] / len(document["seeds"]))
            points[label].append(point)
            print(f"{label} {dim}: {point.value:.7g} +- {point.error:.1g}, exact {exact:.8g}, {point.cpu:.1f} CPU s")
    (folder / "bsde-dimension.png").write_bytes(sweep_png(points))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problem", action="append", choices=BARS, help="some of them (default: all)")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--published", type=float, nargs="?", const=1.0, metavar="SHARE", help="the published method too, so much of it"
    )
    parser.add_argument("--sweep", action="store_true", help="the figure, instead of the table")
    parser.add_argument(
        "--dimensions", type=int, nargs="+", default=[1, 3, 10, 30, 100, 300, 1000], help="of the sweep"
    )
    parser.add_argument("--folder", type=Path, default=Path("runs/bsde"))
    a = parser.parse_args()
    torch.set_num_threads(1)
    a.folder.mkdir(parents=True, exist_ok=True)
    if a.sweep:
        sweep(a.folder, a.seeds, a.dimensions)
        return
    lines = []
    for name in a.problem or BARS:
        own = OWN.get(name, {})
        tables = own | {"training": {"seeds": a.seeds} | own.get("training", {})}
        folder = a.folder / name.replace(" ", "-")
        document = solved(folder, name.split()[0], **tables)
        peer: list[dict[str, float]] = []
        if a.published:
            file = a.folder / f"published-{a.published:g}-{name.replace(' ', '-')}.json"
            peer = json.loads(file.read_text()) if file.exists() else []
            for seed in range(len(peer) + 1, a.seeds + 1):
                peer.append(published(name.split()[0], own.get("parameters", {}), seed, a.published))
                write_atomically(file, json.dumps(peer).encode())
        lines.append(row(name, BARS[name], folder, document, peer))
    print(f"| {' | '.join(COLUMNS)} |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
