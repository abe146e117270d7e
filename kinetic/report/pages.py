"""The pages of `henrici kinetic solve` and `compare`."""

from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path

from kinetic.models import closure
from kinetic.moments.generalised import Generalised
from kinetic.moments.learned import Learned
from kinetic.moments.symmetric import LearnedProjection
from kinetic.report import figures as draw
from kinetic.settings import CaseSettings
from kinetic.solve import Solution
from trainer.report.page import Html, document, facts, figures, number, paragraph, table

COLUMNS = ("density", "momentum", "energy", "all")


def solution_page(settings: CaseSettings, solutions: Sequence[Solution], case: Path) -> bytes:
    """Profiles at every time, distributions where there are some, characteristic speeds of learned closures."""
    sections = [(f"t = {float(t):g}", figures(draw.profiles(solutions, k))) for k, t in enumerate(solutions[0].times)]
    for solution in solutions:
        if solution.model == "bgk":
            order = max(settings.closure.order, 3)
            models = [model for model in settings.models if model.endswith(".pt")]
            learned = {model: found for model in models if isinstance(found := closure(model), Generalised)}
            parts = draw.distributions(solution, settings.solver.velocity_limit, order, learned)
            sections.append(("Distribution functions", figures(parts)))
    sections += speed_sections(solutions)
    rows = [(s.model, number(s.cpu), f"{100 * s.flagged:.3g} %") for s in solutions]
    sections.append(("Cost", table("CPU time of the solution", ("model", "CPU s", "on the fall-back"), rows)))
    return finished(f"Flow of {case.name}", described(settings), sections)


def comparison_page(
    settings: CaseSettings,
    case: Path,
    eps: Sequence[float],
    errors: Mapping[str, Sequence[Sequence[float]]],
    solutions: Sequence[Sequence[Solution]],
) -> bytes:
    """errors: by model, for each eps those of density, momentum, energy and all; solutions: for each eps, the reference
    first."""
    sections: list[tuple[str, Html]] = []
    if len(eps) > 1:
        truth = solutions[0][0].model
        curves = [
            draw.error_curves(
                eps, {m: [row[k] for row in rows] for m, rows in errors.items()}, f"error-{k}", what, truth
            )
            for k, what in reversed(list(enumerate((*COLUMNS[:3], "density, momentum and energy"))))
        ]
        sections.append(("Error against Knudsen number", figures(curves)))
    rows = [
        (model, number(e), *map(number, row))
        for model, table_rows in errors.items()
        for e, row in zip(eps, table_rows, strict=True)
    ]
    caption = "Relative L2 errors over all times and places; a dash: density or temperature turned negative"
    sections.append(("Errors", table(caption, ("model", "eps", *COLUMNS), rows)))
    for e, found in zip(eps, solutions, strict=True):
        sections.append((f"Profiles, eps = {e:g}", figures(draw.profiles(found, len(settings.times) - 1))))
    sections += speed_sections(solutions[-1])
    return finished(f"Comparison of {case.name}", described(settings), sections)


def exploration_page(case: Path, rounds: Sequence[Sequence[Mapping[str, str]]], chosen: int) -> bytes:
    """rounds: the candidates of each, with the columns of kinetic.exploration.explore; chosen: of each, the farthest
    apart."""
    sections = [(f"Round {k}", draw.candidates(k, rows, chosen)) for k, rows in enumerate(rounds, 1)]
    words = f"{len(rounds)} rounds; in each, the {chosen} flows on which a committee of closures is farthest apart"
    return finished(f"Exploration of {case.name}", words, sections)


def speed_sections(solutions: Sequence[Solution]) -> list[tuple[str, Html]]:
    """One for each learned closure."""
    sections: list[tuple[str, Html]] = []
    for solution in solutions:
        if solution.model.endswith(".pt"):
            learned = closure(solution.model)
            assert isinstance(learned, Learned | LearnedProjection)
            words = paragraph(
                f"{100 * solution.flagged:.3g} % of the cells were on the fall-back of {solution.model}: beyond its "
                "domain, or with moments that no gas has."
            )
            sections.append((f"Closure {Path(solution.model).name}", Html(words + draw.speeds(learned, solution))))
    return sections


def described(settings: CaseSettings) -> str:
    flow, knudsen = settings.flow, settings.knudsen
    eps = (
        f"{knudsen.low:g}"
        if knudsen.profile == "uniform"
        else f"{knudsen.low:g} to {knudsen.high:g} ({knudsen.profile})"
    )
    return f"{flow.kind}, {flow.cells} cells, Knudsen number {eps}, to t = {settings.times[-1]:g}"


def finished(title: str, lead: str, sections: Sequence[tuple[str, Html]]) -> bytes:
    opening = facts([("written by", f"henrici {version('henrici')}"), ("on", date.today().isoformat())])
    return document(title, lead, opening, sections, "")
