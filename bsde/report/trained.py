"""The page of a solution by networks."""

from collections.abc import Sequence
from pathlib import Path

from bsde.problem import Problem
from bsde.report import figures as draw
from bsde.report.parts import footer, opening, problem_facts, title, trust
from bsde.simulation.along import along_paths
from bsde.simulation.approximation import of_file
from bsde.solve.seeds import Seed
from bsde.solve.settings import TrainedSettings
from bsde.solve.summary import Summary
from trainer.loop.log import read_rows
from trainer.report.page import Html, document, figures, table


def page(settings: TrainedSettings, problem: Problem, found: Summary, seeds: Sequence[Seed], folder: Path) -> bytes:
    """Of a finished run, whose solution.pt is written."""
    good = [seed.number for seed in seeds if seed.estimate is not None]
    t = settings.training
    if settings.method == "deep-bsde":
        curves = {k: rows_of(folder / f"seed-{k}" / "log.csv") for k in good}
        pictures = [draw.learning(curves, found), draw.residuals(curves)]
    else:
        dt = problem.horizon / t.time_steps
        ends = {
            k: [rows_of(folder / f"seed-{k}" / f"step-{n}" / "log.csv")[-1] for n in range(t.time_steps)] for k in good
        }
        pictures = [draw.steps({k: [(n * dt, row) for n, row in enumerate(rows)] for k, rows in ends.items()})]
    along = along_paths(problem, of_file(folder / "solution.pt", problem), settings.value.time_steps, t.seed)
    pictures.append(draw.paths(along))
    if along.gradient_error is not None:
        pictures.append(draw.gradients(along.t, along.gradient_error))
    training = ("training", f"{t.steps} steps of {t.paths} paths, {t.time_steps} time steps, {settings.training.dtype}")
    sections = [
        ("How it came to be", figures(pictures)),
        ("How far it can be trusted", trust(found)),
        ("Seeds", seed_table(seeds)),
        ("Problem", problem_facts(problem, [training])),
    ]
    lead = f"{type(problem).__name__}, {problem.dim} dimensions, T = {problem.horizon:g}, {settings.method}"
    return document(title(settings.problem), lead, opening(found, f"{len(seeds)} seeds"), sections, footer())


def rows_of(path: Path) -> list[dict[str, float]]:
    """Of a log, as numbers."""
    return [{name: float(value or "nan") for name, value in row.items()} for row in read_rows(path)]


def seed_table(seeds: Sequence[Seed]) -> Html:
    rows = []
    for seed in seeds:
        e = seed.estimate
        if e is None:
            rows.append([f"{seed.number}", f"diverged: {seed.trouble}", "–", "–", "–", "–"])
            continue
        value = f"{e.extrapolated.value:.7g} ± {e.extrapolated.error:.1g}"
        rows.append(
            [
                f"{seed.number}",
                value,
                f"{e.network:.7g}",
                f"{e.fine.value:.7g}",
                f"{e.residual:.3g}",
                f"{seed.cpu:.1f}",
            ]
        )
    return table(
        "Each training and what it says",
        ["seed", "u", "network alone", "not extrapolated", "residual", "CPU s"],
        rows,
        words=(0, 1),
    )
