"""The page of a project: how far it is, how good its models are, where its data came from, and what went wrong."""

from datetime import date
from importlib.metadata import version
from pathlib import Path

from trainer.active.journal import Journal
from trainer.active.report import history, sections
from trainer.active.report.figures import percent
from trainer.active.report.history import History
from trainer.active.settings import ProjectSettings
from trainer.report.page import document, headline, join, number, paragraph

FEW = 10  # held-out frames
BAD = 0.1  # share of labels that fail
DOING = {  # a phase that is under way or next
    "label": "labelling",
    "train": "training",
    "measure": "measuring",
    "explore": "exploring",
    "select": "selecting",
    "calibrate": "calibrating",
    "deliver": "final training",
    "final": "measuring",
}


def page(folder: Path, journal: Journal, settings: ProjectSettings) -> bytes:
    """As of now, at any time from round 0 on. folder: of the project, for its name."""
    known = history.read(journal)
    calibrated = [r for r in known.rounds if r.phases.get("calibrate", {}).get("error")]
    rows = journal.labels()
    parts = [
        ("Rounds", sections.rounds(known)),
        ("Exploration", sections.exploration(settings, known, rows)),
        ("Calibration", sections.calibration(settings, calibrated) if calibrated else None),
        ("Worst candidates", sections.worst_candidates(settings, known.rounds)),
        ("Labels", sections.labels(journal, rows)),
    ]
    there = [(name, part) for name, part in parts if part is not None]
    lead = f"{', '.join(settings.structures)}; labels by {settings.label.calculator}"
    opening = join([headline(numbers(settings, known)), *(paragraph(w, "warning") for w in warnings(settings, known))])
    footer = f"Written by henrici {version('henrici')} on {date.today().isoformat()}."
    return document(f"Active learning: {folder.resolve().name}", lead, opening, there, footer)


def numbers(settings: ProjectSettings, known: History) -> list[tuple[str, str, str, str]]:
    """The few that a reader came for."""
    last, then = known.rounds[-1], history.next_phase(settings, known)
    state = ("over", "", f"after {last.number} rounds") if then is None else (f"round {then[0]}", "", DOING[then[1]])
    attempted = last.labels + failures(known)
    bad = f"; {failures(known)} of {attempted} failed" if failures(known) else ""
    share = f"{percent(last.fraction)} of what was explored" if last.fraction is not None else "to begin with"
    found = [
        ("State", *state),
        ("Explored", f"{last.seen:,}", "", "configurations"),
        ("Labelled", f"{last.labels:,}", "", share + bad),
    ]
    measured = history.last_measured(known)
    if measured.get("frames"):
        force, of_rms, energy = history.errors(measured)
        frames = f"on {measured['frames']} held-out frames"
        found.append(("Force RMSE", number(force), "meV/Å", f"{percent(of_rms)} of the RMS force"))
        found.append(("Energy RMSE", number(energy), "meV/atom", frames))
    return found


def failures(known: History) -> int:
    """Labels that failed."""
    return sum(r.phases["label"]["failed"] for r in known.rounds if "label" in r.phases)


def warnings(settings: ProjectSettings, known: History) -> list[str]:
    """What a reader must not miss."""
    found, last = [], known.rounds[-1]
    calibrated = [r for r in known.rounds if "calibrate" in r.phases]
    if calibrated and calibrated[-1].phases["calibrate"]["overconfident"]:
        result, n = calibrated[-1].phases["calibrate"], calibrated[-1].number
        found.append(
            f"the committee is overconfident: of the labels of round {n}, {result['beyond']} of {len(result['error'])} "
            f"had errors of more than {result['multiple']:.1f} times the deviation by which they were found. What it "
            "calls accurate may not be; more labels, lower bounds or models of another form help."
        )
    trained = known.delivered or next((r.phases["train"] for r in reversed(known.rounds) if "train" in r.phases), None)
    found += history.strays(trained) if trained else []
    frames = history.last_measured(known).get("frames", FEW)
    if frames < FEW:
        found.append(f"errors are measured on {frames} held-out frames; they are rough.")
    if (failed := failures(known)) > BAD * (last.labels + failed):
        found.append(f"{failed} of {last.labels + failed} labels failed; the section on labels says why.")
    for stage in history.stages_of(settings, known.rounds):
        if stage.state == history.OUT_OF_ROUNDS:
            found.append(f"stage {stage.number} ended after its {stage.rounds} rounds, with {percent(stage.new)} new.")
    return found
