"""What the journal says of a project, round by round: the numbers of its page, its status and TensorBoard."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from trainer.active import stages
from trainer.active.journal import Journal
from trainer.active.settings import ProjectSettings
from trainer.potentials.task import ENERGY, FORCE

Json = dict[str, Any]
STRAY = 5.0  # times the smallest error of a committee; seeds alone make a factor of two
PHASES = ("train", "measure", "explore", "select", "label", "calibrate")  # of rounds 1, 2, ...
OUT_OF_ROUNDS = "out of rounds"
BINS = ("candidate", "failed", "accurate")  # of the configurations explored


@dataclass(frozen=True)
class Round:
    """A round as far as it got."""

    number: int
    phases: dict[str, Json]  # results of those that are over
    labels: int  # good ones so far, this round's among them
    seen: int  # configurations explored so far

    @property
    def fraction(self) -> float | None:
        """Of what was explored so far, labelled."""
        return self.labels / self.seen if self.seen else None


class Stage(NamedTuple):
    """A stage as of now. new: share of candidates and failures at the last visits of its points; None: not visited."""

    number: int
    rounds: int
    new: float | None
    state: str


class History(NamedTuple):
    """rounds: 0, 1, ...; delivered: the models that the project is for; final: what they are worth."""

    rounds: list[Round]
    delivered: Json | None
    final: Json | None


def read(journal: Journal) -> History:
    results = {phase: journal.results(phase) for phase in PHASES}
    last = max((n for phase in PHASES for n in results[phase]), default=0)
    rounds, labels, seen = list[Round](), 0, 0
    for n in range(last + 1):
        phases = {phase: results[phase][n] for phase in PHASES if n in results[phase]}
        labels += phases.get("label", {"labels": 0})["labels"]
        seen += phases.get("explore", {"explored": 0})["explored"]
        rounds.append(Round(n, phases, labels, seen))
    delivered, final = (next(iter(journal.results(phase).values()), None) for phase in ("deliver", "final"))
    return History(rounds, delivered, final)


def next_phase(settings: ProjectSettings, history: History) -> tuple[int, str] | None:
    """The round and the phase that are under way, or next; None when the project is over."""
    if history.final:
        return None
    last = history.rounds[-1]
    todo = [phase for phase in (PHASES if last.number else ("label",)) if phase not in last.phases]
    if todo:
        return last.number, todo[0]
    if history.delivered:
        return last.number + 1, "final"
    over = stages.place(settings, explored(history.rounds)).number == len(settings.stage)
    return last.number + 1, "deliver" if over else PHASES[0]


def explored(rounds: Sequence[Round]) -> dict[int, Json]:
    """Results of exploration by round."""
    return {r.number: r.phases["explore"] for r in rounds if "explore" in r.phases}


def last_measured(history: History) -> Json:
    """What the last models were worth; empty before the first."""
    return history.final or next((r.phases["measure"] for r in reversed(history.rounds) if "measure" in r.phases), {})


def stages_of(settings: ProjectSettings, rounds: Sequence[Round]) -> list[Stage]:
    """All stages of the input."""
    all_found = explored(rounds)
    found = [[result for result in all_found.values() if result["stage"] == k] for k in range(len(settings.stage))]
    current = stages.place(settings, all_found).number
    result = []
    for number, (stage, here) in enumerate(zip(settings.stage, found, strict=True)):
        visits = stages.latest(here).values()
        seen = sum(p["explored"] for p in visits)
        new = sum(p["candidate"] + p["failed"] for p in visits) / seen if seen else None
        if number < current:
            state = "accepted" if new is not None and new <= stage.accept else OUT_OF_ROUNDS
        else:
            state = "under way" if number == current else "to come"
        result.append(Stage(number, len(here), new, state))
    return result


def strays(trained: Json) -> list[str]:
    """Words for each model of a committee that errs so much more than the best that its training must have failed."""
    known = [error for error in trained["force_rmse"] if error is not None]
    return [
        f"{model} errs {error / min(known):.0f} times as much as the best of the committee on what is held out: "
        "its training has failed; a lower learning_rate in [potential.training] is calmer"
        for model, error in zip(trained["models"], trained["force_rmse"], strict=True)
        if error is not None and error > STRAY * min(known)
    ]


def errors(measured: Json) -> tuple[float, float, float]:
    """Of forces, meV/angstrom, and that as a share of their root mean square; of energies, meV an atom."""
    rms = measured["force_rms"]
    share = measured["force_rmse"] / rms if rms else float("nan")
    return 1e3 * measured["force_rmse"], share, 1e3 * measured["energy_rmse"]


def scalars(journal: Journal, round: int) -> dict[str, float]:
    """Of a round, by TensorBoard's tags, as far as it got."""
    history = read(journal)
    r = history.rounds[min(round, len(history.rounds) - 1)]
    phases = r.phases if r.number == round else {"measure": history.final} if history.final else {}
    values = {"labels/good": float(r.labels)}
    if r.fraction is not None:
        values["labels/fraction"] = r.fraction
    if "measure" in phases:
        values |= {
            f"selection/{name}": phases["measure"][name] for name in ("lower", "upper") if name in phases["measure"]
        }
        if phases["measure"]["frames"]:
            tags = f"held_out/{FORCE}", "held_out/share_of_force_rms", f"held_out/{ENERGY}"
            values |= dict(zip(tags, errors(phases["measure"]), strict=True))
    if "explore" in phases:
        total = phases["explore"]["explored"]
        values["explore/configurations"] = float(total)
        values |= {f"explore/{bin}_share": phases["explore"][bin] / max(1, total) for bin in BINS}
    known = {name: phases.get("calibrate", {}).get(name) for name in ("correlation", "slope")}
    return values | {f"calibration/{name}": value for name, value in known.items() if value is not None}
