"""Sections of the page of a project."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from trainer.active import stages
from trainer.active.journal import Journal
from trainer.active.labelling.labels import TRAIN
from trainer.active.report import figures as draw
from trainer.active.report import history, maps
from trainer.active.report.figures import percent
from trainer.active.report.history import History, Round
from trainer.active.report.portraits import portraits
from trainer.active.settings import ProjectSettings
from trainer.active.stages import Point
from trainer.active.structures import from_json
from trainer.report.page import Html, facts, figures, join, listing, number, paragraph, table

Json = dict[str, Any]
SHOWN = 6  # structures
ROWS = 15  # of the table of failures


def rounds(known: History) -> Html:
    """Errors, effort and findings by round."""
    explored = [r for r in known.rounds if "explore" in r.phases]
    drawn = [draw.held_out(known.rounds, known.final), draw.effort(known.rounds)]
    drawn += [draw.findings(explored)] if explored else []
    parts = [part for part in drawn if part is not None]
    errors = [errors_table(known)] if any("measure" in r.phases for r in known.rounds) else []
    return join([*([figures(parts)] if parts else []), found_table(known), *errors])


def found_table(known: History) -> Html:
    """What rounds explored and labelled."""
    header = ("round", "stage", "explored", "candidates", "failed", "walks cut", "labels", "failed labels", "labelled")
    lines = []
    for r in known.rounds:
        line = [f"{r.number}", *["–"] * 7, percent(r.fraction)]
        if found := r.phases.get("explore"):
            shares = (percent(found[name] / max(1, found["explored"])) for name in ("candidate", "failed"))
            line[1:6] = f"{found['stage']}", f"{found['explored']:,}", *shares, f"{found['cut']}"
        if result := r.phases.get("label"):
            line[6:8] = f"{result['labels']}", f"{result['failed']}"
        lines.append(line)
    return table("What rounds found; labelled: of all that was explored so far", header, lines)


def errors_table(known: History) -> Html:
    """What the committees of rounds were worth."""
    header = (
        "round", "held-out frames", "force RMSE, meV/Å", "of the RMS force", "energy RMSE, meV/atom", "lower", "upper",
        "error / deviation", "rank correlation", "overconfident",
    )  # fmt: skip
    lines = [line for r in known.rounds if (line := errors_line(r))]
    if known.final:
        lines.append(["final", *error_cells(known.final), *["–"] * 5])
    caption = (
        "What the models of each round were worth on held-out frames; the bounds that follow; and, of the labels that "
        "followed, the median quotient and the rank correlation of error and deviation"
    )
    return table(caption, header, lines, words=(0, 9))


def error_cells(measured: Json) -> list[str]:
    if not measured["frames"]:
        return ["0", "–", "–", "–"]
    force, share, energy = history.errors(measured)
    return [f"{measured['frames']}", number(force), percent(share), number(energy)]


def errors_line(r: Round) -> list[str] | None:
    """None before the models of a round are measured."""
    measured, result = r.phases.get("measure"), r.phases.get("calibrate", {})
    if measured is None:
        return None
    correlation, slope = result.get("correlation"), result.get("slope")
    return [
        f"{r.number}",
        *error_cells(measured),
        number(measured["lower"]),
        number(measured["upper"]),
        "–" if slope is None else number(slope),
        "–" if correlation is None else f"{correlation:.2f}".replace("-", "−"),
        "–" if slope is None else "yes" if result["overconfident"] else "no",
    ]


def unit(settings: ProjectSettings) -> str:
    """Of deviations."""
    return "eV/Å" if settings.selection.relative is None else "relative"


def exploration(settings: ProjectSettings, known: History, rows: Sequence[Any]) -> Html:
    """Stages, deviations, and where in temperature and pressure things were found."""
    parts, explored = [], [r for r in known.rounds if "explore" in r.phases]
    found = Counter(
        Point(row.temperature, row.pressure) for row in rows if row.use == TRAIN and row.get("pressure") is not None
    )
    visits = stages.latest([r.phases["explore"] for r in explored])
    points = history.last_measured(known).get("points", [])
    region = [*visits, *(Point(p["temperature"], p["pressure"]) for p in points)]
    if found:
        parts.append(maps.sources(found, list(visits), [*region, *found]))
    if explored:
        parts.append(maps.novelty(visits, region))
    if any(point["force_rms"] for point in points):
        parts.append(maps.accuracy(points, region))
    for stage in range(len(settings.stage)):
        if here := [r for r in explored if r.phases["explore"]["stage"] == stage]:
            parts.append(draw.deviations(stage, here, unit(settings)))
    lines = []
    for s, given in zip(history.stages_of(settings, known.rounds), settings.stage, strict=True):
        pressures = span(given.pressures, "GPa") if given.ensemble == "npt" else "–"
        cut = sum(r.phases["explore"]["cut"] for r in explored if r.phases["explore"]["stage"] == s.number)
        line = (f"{s.number}", given.ensemble, span(given.temperatures, "K"), pressures, f"{s.rounds}", percent(s.new))
        lines.append((*line, percent(given.accept), f"{cut}", s.state))
    header = ("stage", "ensemble", "temperatures", "pressures", "rounds", "new", "accepted at", "walks cut", "state")
    caption = "Stages; new: candidates and failures at the last visit of each point"
    return join([*([figures(parts)] if parts else []), table(caption, header, lines, words=(0, 1, 2, 3, 8))])


def span(values: Sequence[float], unit: str) -> str:
    """'300 to 2000 K, 6 values'"""
    low, high = min(values), max(values)
    return f"{low:g} {unit}" if low == high else f"{low:g} to {high:g} {unit}, {len(values)} values"


def calibration(settings: ProjectSettings, calibrated: Sequence[Round]) -> Html:
    multiple = calibrated[-1].phases["calibrate"]["multiple"]
    how = (
        "Were the label one more member of the committee, its error would be more than "
        f"{multiple:.1f} times the deviation for no more than 5 % of the labels; overconfident: more are, and by more "
        "than chance. A high rank correlation means that the deviation finds the configurations that are worst."
    )
    return join([paragraph(how, "note"), figures([draw.calibration(calibrated, unit(settings))])])


def worst_candidates(settings: ProjectSettings, rounds: Sequence[Round]) -> Html | None:
    """Of those chosen last; None before any."""
    chosen = next((r for r in reversed(rounds) if r.phases.get("select", {}).get("chosen")), None)
    if chosen is None:
        return None
    order = sorted(chosen.phases["select"]["chosen"], key=lambda s: -s["info"]["deviation"])[:SHOWN]
    structures = [from_json(s) for s in order]
    names = [f"{number(a.info['deviation'])}" for a in structures]
    lines = []
    for k, atoms in enumerate(structures, 1):
        known = [atoms.info.get(key) for key in ("temperature", "pressure", "step")]
        at = ("–" if value is None else f"{value:g}" for value in known)
        lines.append((f"{k}", str(atoms.symbols.formula.format("metal")), number(atoms.info["deviation"]), *at))
    header = ("", "composition", f"deviation, {unit(settings)}", "temperature, K", "pressure, GPa", "step")
    caption = f"Of the candidates chosen in round {chosen.number}, those with the largest deviations, {unit(settings)}."
    description = f"Structures of the {len(structures)} candidates with the largest deviations, {', '.join(names)}"
    picture = portraits(structures, names, description, caption)
    return figures([picture, table("How they were found", header, lines, words=(0, 1))])


def labels(journal: Journal, rows: Sequence[Any]) -> Html:
    """Their level of theory, and those that failed."""
    outcomes = journal.jobs("label")
    failed = {folder: outcome for folder, outcome in outcomes.items() if "failed" in outcome}
    uses = Counter(row.use for row in rows)
    counts = ", ".join(f"{n:,} {use.replace('_', ' ')}" for use, n in uses.items())
    again = sum(len(outcome.get("attempts", ())) > 1 for outcome in outcomes.values())
    hours = sum(outcome.get("seconds", 0.0) for outcome in outcomes.values()) / 3600
    named = [
        ("Labels", counts or "none yet"),
        ("Failed", f"{len(failed):,}"),
        ("Took more than one attempt", f"{again:,}"),
        ("Wall time", f"{number(hours)} h in all"),
    ]
    parts = [facts(named)]
    levels = Counter(
        tuple(json.dumps(row.data.get(key, "")) for key in ("calculator", "version", "keywords")) for row in rows
    )
    lines = [(*(written(cell) for cell in level), f"{n:,}") for level, n in levels.most_common()]
    header = ("calculator", "version", "keywords", "labels")
    parts.append(table("Level of theory", header, lines, words=(0, 1, 2)))
    inputs = rows[-1].data.get("inputs", {}) if rows else {}
    parts += [listing(f"{name} of {rows[-1].job}", content) for name, content in inputs.items()]
    if failed:
        shown = sorted(failed, reverse=True)[:ROWS]
        caption = "Labels that failed" + (f"; the last {ROWS} of {len(failed):,}" if len(failed) > ROWS else "")
        reasons = [(f, failed[f]["failed"], f"{len(failed[f].get('attempts', ()))}") for f in shown]
        parts.append(table(caption, ("folder", "why", "attempts"), reasons, words=(0, 1)))
    return join(parts)


def written(value: str) -> str:
    """JSON as people read it."""
    content = json.loads(value)
    if isinstance(content, dict):
        return ", ".join(f"{key} = {json.dumps(v)}" for key, v in content.items()) or "–"
    return str(content) or "–"
