"""The page of a solution."""

from collections.abc import Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

import torch

from bsde.export import SolutionMetadata
from bsde.problem import Problem
from bsde.report import figures as draw
from bsde.simulation.paths import Starts, increments, simulate
from bsde.simulation.streams import VALIDATION
from bsde.solve import run
from bsde.solve.seeds import Seed
from bsde.solve.settings import SolveSettings
from bsde.solve.summary import Summary
from trainer import export
from trainer.loop.log import read_rows
from trainer.report.page import Html, document, facts, figures, headline, join, paragraph, table
from trainer.sampling import generator

PATHS = 200


def page(settings: SolveSettings, found: Summary, seeds: Sequence[Seed], folder: Path) -> bytes:
    """Of a finished run, whose solution.pt is written."""
    problem = settings.build()
    curves = {}
    for seed in seeds:
        if seed.estimate is not None:
            rows = read_rows(folder / f"seed-{seed.number}" / "log.csv")
            curves[seed.number] = [{name: float(value or "nan") for name, value in row.items()} for row in rows]
    numbers = [("u at the start", f"{found.value:.6g}", "", f"± {found.error:.1g}, one standard error")]
    if found.reference is not None:
        numbers.append(("Relative error", f"{found.relative:.1e}", "", f"to {found.reference.value:.8g}"))
    numbers.append(("Time", f"{found.cpu:.0f}", "CPU s", f"{len(seeds)} seeds"))
    opening = join([headline(numbers), *(paragraph(f"{remark}.", "warning") for remark in found.remarks)])
    pictures = [draw.learning(curves, found), draw.residuals(curves), along_paths(settings, problem, folder)]
    sections = [
        ("How it came to be", figures(pictures)),
        ("How far it can be trusted", trust(found)),
        ("Seeds", seed_table(seeds)),
        ("Problem", problem_facts(settings, problem)),
    ]
    lead = f"{type(problem).__name__}, {problem.dim} dimensions, T = {problem.horizon:g}"
    footer = f"Written by henrici {version('henrici')} on {date.today().isoformat()}."
    return document(f"Solution of {settings.problem}", lead, opening, sections, footer)


def along_paths(settings: SolveSettings, problem: Problem, folder: Path) -> Html:
    """u of the exported file along paths, beside the exact one where there is one."""
    module, _ = export.load(folder / "solution.pt", SolutionMetadata)
    steps, dtype = settings.value.time_steps, torch.float64
    dt = problem.horizon / steps
    random = generator(settings.training.seed, VALIDATION)
    start = Starts(problem.origin(dtype)).draw(random, PATHS)
    x = simulate(problem, start, increments(random, steps, PATHS, problem.dim, dt, dtype), dt)
    t = torch.arange(steps + 1, dtype=dtype) * dt
    flat, times = x.flatten(0, 1), t.repeat_interleave(PATHS)
    exact = problem.exact(times, flat)
    u = module(times, flat)[0].view(-1, PATHS).numpy()
    return draw.paths(t.numpy(), u, None if exact is None else exact.view(-1, PATHS).numpy())


def trust(found: Summary) -> Html:
    """Every error that is known."""
    pairs: list[tuple[str, object]] = [
        ("statistical error", f"{found.error:.2g}, from the spread of the seeds"),
        ("time step", f"halving it changed the value by {found.time_step:.2g}; the value is extrapolated"),
        ("networks alone", f"off by {found.correction:.2g}; the value is corrected to second order in that"),
    ]
    kind = "with 99 % confidence" if found.exact_bounds else "with 99 % confidence, at this time step"
    if found.lower is not None:
        pairs.append(("lower bound", f"{found.lower:.7g} {kind}"))
    if found.upper is not None:
        pairs.append(("upper bound", f"{found.upper:.7g} {kind}"))
    if found.reference is not None:
        pairs.append(("reference", f"{found.reference.value:.10g}: {found.reference.source}"))
    return facts(pairs)


def seed_table(seeds: Sequence[Seed]) -> Html:
    rows = []
    for seed in seeds:
        e = seed.estimate
        if e is None or seed.residual is None:
            rows.append([f"{seed.number}", f"diverged: {seed.trouble}", "–", "–", "–", "–"])
            continue
        value = f"{e.extrapolated.value:.7g} ± {e.extrapolated.error:.1g}"
        rows.append(
            [
                f"{seed.number}",
                value,
                f"{e.network:.7g}",
                f"{e.fine.value:.7g}",
                f"{seed.residual:.3g}",
                f"{seed.cpu:.1f}",
            ]
        )
    return table(
        "Each training and what it says",
        ["seed", "u", "network alone", "not extrapolated", "residual", "CPU s"],
        rows,
        words=(0, 1),
    )


def problem_facts(settings: SolveSettings, problem: Problem) -> Html:
    parameters = ", ".join(f"{k} = {v}" for k, v in vars(problem).items())
    return facts(
        [
            ("equation", " ".join((type(problem).__doc__ or "").split("\n\n")[0].split())),
            ("parameters", parameters),
            ("training", f"{settings.training.steps} steps of {settings.training.paths} paths, {settings.dtype}"),
            ("file", run.INPUT),
        ]
    )
