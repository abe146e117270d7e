"""A project in words for the terminal: what each phase came to, in the log, and how far all is."""

from typing import Any

from trainer.active.journal import Journal
from trainer.active.report import history
from trainer.active.report.history import BINS, Round
from trainer.active.settings import ProjectSettings

Json = dict[str, Any]
JOBS = {  # of a phase: their kind, and where they are
    "train": ("train", "rounds/{:03d}/train"),
    "explore": ("walk", "rounds/{:03d}/walks"),
    "label": ("label", "rounds/{:03d}/labels"),
    "deliver": ("train", "final/train"),
}
COLUMNS = (
    ("round", 5), ("stage", 5), ("explored", 9), ("candidate", 10), ("failed", 8), ("lower", 6), ("upper", 6),
    ("labels", 6), ("bad", 4), ("force RMSE", 11), ("of RMS", 7), ("energy", 7), ("error/eps", 9),
)  # fmt: skip


def said(round: int, phase: str, result: Json) -> str:
    """What a phase of a round came to, for the log."""
    phases = {"measure": measured, "explore": explored, "select": selected, "label": labelled, "calibrate": calibrated}
    if phase in ("train", "deliver"):
        text = "\n".join(
            [f"models: {' '.join(result['models'])}", *(f"MIND: {words}" for words in history.strays(result))]
        )
    else:
        text = phases.get(phase, measured)(result)
    return "\n".join(f"round {round:03d} {phase:<9s} {line}" for line in text.splitlines())


def explored(result: Json) -> str:
    """In the words of DP-GEN's log; a system is a stage."""
    total = result["explored"]
    lines = [
        f"system {result['stage']:03d} {name:<9s} : {result[name]:6d} in {total:6d} "
        f"{100 * result[name] / max(1, total):6.2f} %"
        for name in BINS
    ]
    walks = sum(point["walks"] for point in result["points"])
    cut = [f"{result['cut']} of {walks} walks were cut"] if result["cut"] else []
    return "\n".join([*lines, *cut])


def measured(result: Json) -> str:
    if not result["frames"]:
        return "nothing is held out"
    force, share, energy = history.errors(result)
    text = (
        f"held out: {result['frames']} frames, force RMSE {force:.1f} meV/A ({100 * share:.1f} % of the RMS), "
        f"energy RMSE {energy:.2f} meV/atom"
    )
    return text + (f"; lower {result['lower']:.3g}, upper {result['upper']:.3g}" if "lower" in result else "")


def selected(result: Json) -> str:
    return f"{len(result['chosen'])} to label, {len(result['held_out'])} to hold out"


def labelled(result: Json) -> str:
    failed = f", {result['failed']} failed" if result["failed"] else ""
    return f"{result['labels']} labels, {result['held_out']} of them held out{failed}"


def calibrated(result: Json) -> str:
    if result["slope"] is None:
        return "no new labels"
    order = "" if result["correlation"] is None else f", rank correlation {result['correlation']:.2f}"
    text = f"error {result['slope']:.2f} times the deviation{order}"
    if not result["overconfident"]:
        return text
    return (
        f"{text}; OVERCONFIDENT: {result['beyond']} of {len(result['error'])} errors are more than "
        f"{result['multiple']:.1f} times the deviation"
    )


def status(journal: Journal, settings: ProjectSettings) -> str:
    """How far the project is, and its rounds as a table."""
    known = history.read(journal)
    rounds = [row(r) for r in known.rounds]
    header = " ".join(f"{name:>{width}s}" for name, width in COLUMNS)
    units = "thresholds as in [selection]; errors on what is held out: meV/A, meV/atom"
    ends = [f"final models: {measured(known.final)}"] if known.final else []
    stages = [
        f"stage {s.number}: {s.state}, {s.rounds} rounds"
        + ("" if s.new is None else f", {100 * s.new:.2f} % new at the last visits")
        for s in history.stages_of(settings, known.rounds)
    ]
    begun = now(journal, history.next_phase(settings, known))
    return "\n".join([begun, *stages, "", header, *rounds, units, *ends])


def now(journal: Journal, next_phase: tuple[int, str] | None) -> str:
    if next_phase is None:
        return "the project is over"
    number, phase = next_phase
    if phase not in JOBS:
        return f"round {number}: {phase}"
    kind, where = JOBS[phase]
    folder = journal.path.parent / where.format(number)
    total = sum(path.is_dir() for path in folder.iterdir()) if folder.exists() else 0
    over = len(journal.jobs(kind, number))
    return f"round {number}: {phase}, " + (f"{over} of {total} jobs are over" if total else "not begun")


def row(r: Round) -> str:
    """A line of the table; blank where a phase is not over."""
    cells = dict.fromkeys((name for name, _ in COLUMNS), "") | {"round": f"{r.number}"}
    if found := r.phases.get("explore"):
        shares = {name: f"{100 * found[name] / max(1, found['explored']):.2f} %" for name in BINS[:2]}
        cells |= {"stage": f"{found['stage']}", "explored": f"{found['explored']}"} | shares
    if measured := r.phases.get("measure"):
        cells |= {name: f"{measured[name]:.3g}" for name in ("lower", "upper")}
        if measured["frames"]:
            force, share, energy = history.errors(measured)
            cells |= {"force RMSE": f"{force:.1f}", "of RMS": f"{100 * share:.1f} %", "energy": f"{energy:.2f}"}
    if labels := r.phases.get("label"):
        cells |= {"labels": f"{labels['labels']}", "bad": f"{labels['failed'] or ''}"}
    calibration = r.phases.get("calibrate")
    if calibration and calibration["slope"] is not None:
        cells["error/eps"] = f"{calibration['slope']:.2f}" + ("!" if calibration["overconfident"] else "")
    return " ".join(f"{cells[name]:>{width}s}" for name, width in COLUMNS).rstrip()
