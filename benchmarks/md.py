"""Molecular dynamics of water beside DeePMD-kit: `benchmarks/md.py WATER --peer VENV [--only f32,ase] [--quick]`.

WATER is DeePMD-kit's examples/water/data, VENV is made by benchmarks/peer_deepmd.sh. Both sides: se_e2_a 25-50-100,
axis 16, fitting 240 x 3, cutoff 6 angstrom. LAMMPS: 64 H2O of data_3 and replicas, NVE at 330 K, 0.5 fs, skin 2
angstrom, the list rebuilt every ten steps. Times are us/atom/step: wall time of LAMMPS's loop, and CPU time. The two
sides take turns; medians. Ratios on one thread are of CPU times, those of ranks and threads of the loop's. Models stay
in --folder for the next call: remove it when models have changed.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from comparison import ours
from comparison.ase_run import calls, trajectory
from comparison.bars import Row, table
from comparison.lammps_run import Cost, Program, run
from comparison.operations import multiply_adds, multiply_rate, neighbors_of
from comparison.peer import Precision
from comparison.programs import Programs
from comparison.timing import in_turn, median

COMMITTEE = 4
SIZES = {1: (200, 10), 2: (50, 10), 4: (10, 2), 8: (10, 2)}  # copies along each edge: steps, and steps before them


@dataclass(frozen=True)
class Benchmark:
    """What the parts share. sizes: a part of SIZES."""

    programs: Programs
    repeats: int
    sizes: tuple[int, ...]

    def costs(self, programs: dict[str, Program], copies: int = 2) -> dict[str, Cost]:
        """Medians of the repetitions, printed as they are."""
        steps, warm = SIZES[copies]
        once = {k: partial(run, program, self.programs.data, copies, steps, warm) for k, program in programs.items()}
        results = {}
        for name, costs in in_turn(once, self.repeats).items():
            results[name] = Cost(*(median(getattr(c, key) for c in costs) for key in ("loop", "cpu", "peak")))
            all_loops = " ".join(f"{c.loop:.1f}" for c in costs)
            print(f"  {192 * copies**3:6} atoms  {name:36}{us(results[name]):28}loops: {all_loops}", flush=True)
        return results


def us(cost: Cost) -> str:
    return f"{cost.loop:.1f} (CPU {cost.cpu:.1f})"


def speed(benchmark: Benchmark, precision: Precision, bar: float, goal: float) -> list[Row]:
    """us/atom/step on one thread beside the fastest of the peer's; share of what the core can do."""
    dtype = getattr(torch, precision)
    rates = [multiply_rate(dtype)]
    costs = benchmark.costs(benchmark.programs.variants(precision))
    rates.append(multiply_rate(dtype))
    own = costs.pop("henrici")
    best = min(costs, key=lambda name: costs[name].cpu, default="")
    ratio = own.cpu / costs[best].cpu if costs else float("nan")
    least = 1e6 * multiply_adds(neighbors_of(benchmark.programs.atoms)) / max(rates)
    print(f"  {precision}: {max(rates) / 1e9:.1f} G multiply-adds/s, so at least {least:.1f} us/atom/step")
    what = f"{precision}, 1536 atoms, us/atom/step"
    beside = f"{us(costs[best])}, {best}" if costs else "-"
    return [
        Row(what, us(own), beside, ratio, bar, goal),
        Row(
            f"{precision}, share of the core's GEMM rate",
            f"{least:.1f} of {own.cpu:.1f} us",
            "-",
            least / own.cpu,
            0.5,
            0.7,
        ),
    ]


def parallel(benchmark: Benchmark) -> list[Row]:
    """Two ranks and two threads beside one, by the loop's time."""
    rows: list[Row] = []
    cases: dict[str, Program] = {}
    for name, program in benchmark.programs.both().items():
        cases |= {name: program}
        cases |= {f"{name} 2 ranks": replace(program, ranks=2), f"{name} 2 threads": replace(program, threads=2)}
    costs = benchmark.costs(cases)
    for what, bar, goal in (("2 ranks", 1.9, 2.0), ("2 threads", 1.8, 1.95)):
        gains = {name: costs[name].loop / costs[f"{name} {what}"].loop for name in benchmark.programs.both()}
        value = gains["henrici"]
        rows.append(Row(f"{what} / 1", f"{value:.2f}", said(gains, "{:.2f}"), value, bar, goal))
    return rows


def scaling(benchmark: Benchmark) -> list[Row]:
    """Cost of an atom at all sizes, and memory of an atom at the largest."""
    sizes = {copies: benchmark.costs(benchmark.programs.both(), copies) for copies in benchmark.sizes}
    last = max(sizes)
    more = 192 * (last**3 - 1)
    growth, costs, memory = {}, {}, {}
    for name in benchmark.programs.both():
        cpu = [sizes[copies][name].cpu for copies in sizes]
        growth[name] = max(cpu) / min(cpu)
        costs[name] = ", ".join(f"{c:.1f}" for c in cpu)
        memory[name] = (sizes[last][name].peak - sizes[1][name].peak) / more / 1e3
    atoms = ", ".join(str(192 * copies**3) for copies in sizes)
    cost = f"CPU us/atom/step at {atoms} atoms; largest / smallest"
    peak = f"peak memory at {192 * last**3} atoms, kB/atom"
    ours_peak = memory["henrici"]
    return [
        Row(cost, costs["henrici"], said(costs, "{}"), growth["henrici"], 1.15, 1.05),
        Row(peak, f"{ours_peak:.1f}", said(memory, "{:.1f}"), ours_peak, 8, 4),
    ]


def committee(benchmark: Benchmark) -> list[Row]:
    """A committee whose first model moves the atoms (the peer knows nothing else), with deviations every ten steps and
    every step, beside one model."""
    programs, one = benchmark.programs, benchmark.programs.both()
    models = [programs.our_model(seed=seed) for seed in range(1, COMMITTEE + 1)]
    cases = dict(one)
    for every in (10, 1):
        cases[f"henrici every {every}"] = programs.henrici(models, f"forces first every {every} file henrici.devi")
        if programs.venv:  # the same file again: its weights change no time
            peers = [programs.peer_models()["compressed"]] * COMMITTEE
            cases[f"deepmd every {every}"] = programs.deepmd(peers, f"out_freq {every} out_file deepmd.devi")
    costs = benchmark.costs(cases)
    rows = []
    for every, bar, goal in ((10, 1.45, 1.3), (1, 3.7, 3.4)):
        ratios = {name: costs[f"{name} every {every}"].cpu / costs[name].cpu for name in one}
        value = ratios["henrici"]
        what = f"committee of {COMMITTEE} / one model, deviation every {every} steps"
        rows.append(Row(what, f"{value:.2f}", said(ratios, "{:.2f}"), value, bar, goal))
    return rows


def ase_calls(benchmark: Benchmark) -> list[Row]:
    """CPU time of a call at 192 atoms in float32, along a trajectory of ours."""
    programs = benchmark.programs
    path = trajectory(programs)
    cases = {"henrici": partial(calls, ours.BIN / "python", "henrici", programs.our_model(), path)}
    for kind, model in programs.peer_models().items():
        assert programs.venv
        cases[f"deepmd {kind}"] = partial(calls, programs.venv / "bin" / "python", "deepmd", model, path)
    costs = {name: median(times) for name, times in in_turn(cases, benchmark.repeats).items()}
    own = costs.pop("henrici")
    beside = ", ".join(f"{ms:.1f} {name.split()[1]}" for name, ms in costs.items()) or "-"
    return [Row("ASE call, 192 atoms, float32, CPU ms", f"{own:.1f}", beside, own, 12, 7)]


def said(values: dict[str, float] | dict[str, str], form: str) -> str:
    """The peer's, where there is one."""
    return form.format(values["deepmd"]) if "deepmd" in values else "-"


PARTS: dict[str, Callable[[Benchmark], list[Row]]] = {
    "f32": partial(speed, precision="float32", bar=1 / 4, goal=1 / 6),
    "f64": partial(speed, precision="float64", bar=0.30, goal=0.23),
    "parallel": parallel,
    "scaling": scaling,
    "committee": committee,
    "ase": ase_calls,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("water", type=Path)
    parser.add_argument("--peer", type=Path, metavar="VENV", help="without it only our side runs")
    parser.add_argument("--only", default=",".join(PARTS), metavar="PART,...", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one repetition, no more than 12288 atoms")
    parser.add_argument("--folder", type=Path, default=Path("runs/md"))
    arguments = parser.parse_args()
    unknown = set(arguments.only.split(",")).difference(PARTS)
    if unknown:
        parser.error(f"expected parts of {', '.join(PARTS)}, got {', '.join(sorted(unknown))}")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    peer = arguments.peer.absolute() if arguments.peer else None
    programs = Programs(arguments.water.resolve(), arguments.folder.resolve(), peer)
    sizes = tuple(copies for copies in SIZES if copies < 8 or not arguments.quick)
    benchmark = Benchmark(programs, 1 if arguments.quick else arguments.repeats, sizes)
    rows = []
    for part in arguments.only.split(","):
        rows += PARTS[part](benchmark)
        print(table(rows), flush=True)


if __name__ == "__main__":
    main()
