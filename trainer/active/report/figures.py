"""Figures of a project's rounds and stages."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.ticker import MaxNLocator

from trainer.active.report.history import Round, errors
from trainer.report.figures import COLORS, INK, drawing, plain_numbers
from trainer.report.page import Html, figure, number

Json = dict[str, Any]
SHADES = LinearSegmentedColormap.from_list("shades", ["#2f7fc6", "#9b5fd0", "#c2497a", "#f08a24"])  # few to many
TINY = 1e-6  # for a logarithm, in the place of nothing
GREY = "#808080"
JOINED = 2  # bins of the journal's histograms that are drawn as one


def rounds_axis(axes: Axes, rounds: Sequence[int]) -> None:
    axes.set(xlabel="round", xlim=(min(rounds) - 0.4, max(rounds) + 0.4))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))


def decades(axes: Axes, values: Sequence[float]) -> None:
    """A logarithmic scale for these, over a factor of 4 at least, so that its numbers differ."""
    low, high = min(values), max(values)
    room = max(1.3, 2.0 / (high / low) ** 0.5)
    axes.set(yscale="log", ylim=(low / room, high * room))
    plain_numbers(axes.yaxis)


def held_out(rounds: Sequence[Round], final: Json | None) -> Html | None:
    """Errors on what is held out; None before the first."""
    measured = {r.number: r.phases["measure"] for r in rounds if r.phases.get("measure", {}).get("frames")}
    points = {n: errors(m) for n, m in measured.items()}
    if not points:
        return None
    end = {rounds[-1].number + 1: errors(final)} if final and final["frames"] else {}
    last = list((points | end).values())[-1]
    words = f"{number(last[0])} meV/Å, {number(100 * last[1])} % of the RMS force, and {number(last[2])} meV/atom"
    with drawing("errors", f"Errors on held-out frames by round; the last are {words}", height=4.2) as result:
        force, energy = result.figure.subplots(2, 1, sharex=True)
        for axes, column, color in ((force, 0, COLORS[0]), (energy, 2, COLORS[1])):
            for group, style, size in ((points, "o-", 4), (end, "D", 6)):
                axes.plot(group.keys(), [max(p[column], TINY) for p in group.values()], style, ms=size, color=color)
            decades(axes, [max(p[column], TINY) for p in (points | end).values()])
        force.set(ylabel="force RMSE (meV/Å)")
        energy.set(ylabel="energy RMSE (meV/atom)")
        rounds_axis(energy, [*points, *end])
    more = " Diamonds: the final models." if end else ""
    if len({m["frames"] for m in measured.values()}) > 1:
        more += " What is held out grows with the rounds, as exploration goes where errors are larger."
    return figure(result.svg, f"Errors of the committee's mean on what is held out; the last: {words}.{more}")


def effort(rounds: Sequence[Round]) -> Html | None:
    """What was explored and labelled up to each round, and the share labelled; None before the first exploration."""
    known = [r for r in rounds if r.seen]
    if not known:
        return None
    numbers = [r.number for r in known]
    words = f"{known[-1].labels:,} labels of {known[-1].seen:,} configurations, {percent(known[-1].fraction)}"
    with drawing("effort", f"Explored and labelled so far: {words}", height=4.2) as result:
        above, below = result.figure.subplots(2, 1, sharex=True)
        above.plot(numbers, [r.seen for r in known], "o-", markersize=4, color=COLORS[0], label="explored")
        above.plot(numbers, [r.labels for r in known], "s-", markersize=4, color=COLORS[1], label="labelled")
        above.set(ylabel="so far")
        decades(above, [max(1, n) for r in known for n in (r.seen, r.labels)])
        above.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)
        share = [max(100 * (r.fraction or 0.0), TINY) for r in known]
        below.plot(numbers, share, "o-", markersize=4, color=COLORS[2])
        below.set(ylabel="labelled (%)")
        decades(below, share)
        rounds_axis(below, numbers)
    return figure(result.svg, f"Configurations explored, and those of them that were labelled: {words}.")


def percent(fraction: float | None) -> str:
    return "–" if fraction is None else f"{number(100 * fraction)} %"


def findings(rounds: Sequence[Round]) -> Html:
    """Shares of candidates and failures by round. rounds: those that explored."""
    found = [r.phases["explore"] for r in rounds]
    share = {name: [100 * f[name] / max(1, f["explored"]) for f in found] for name in ("candidate", "failed")}
    numbers = [r.number for r in rounds]
    words = (
        f"in round {numbers[-1]} {number(share['candidate'][-1])} % candidates, {number(share['failed'][-1])} % failed"
    )
    with drawing("findings", f"Candidates and failures by round: {words}", height=4.2) as result:
        axes = result.figure.subplots()
        for (name, values), marker, color in zip(share.items(), "os", (COLORS[1], COLORS[3]), strict=True):
            axes.plot(numbers, values, f"{marker}-", markersize=4, color=color, label=name)
        stages = np.array([f["stage"] for f in found])
        for first in np.nonzero(np.diff(stages))[0]:
            axes.axvline((numbers[first] + numbers[first + 1]) / 2, color=GREY, linewidth=0.8, linestyle=":")
        axes.set_yscale("symlog", linthresh=0.1)
        axes.set(ylabel="of the configurations explored (%)", ylim=(0, 100))
        axes.set_yticks([0, 0.1, 1, 10, 100], ["0", "0.1", "1", "10", "100"])
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)
        rounds_axis(axes, numbers)
    ends = " Dotted lines: a new stage begins." if len(set(stages.tolist())) > 1 else ""
    return figure(result.svg, f"What was found: {words}.{ends}")


def deviations(stage: int, rounds: Sequence[Round], unit: str) -> Html:
    """Of the configurations of a stage, in its first and in its last round. rounds: those of the stage."""
    last = rounds[-1].phases["measure"]
    caption = (
        f"Stage {stage}: largest deviation of the force on an atom; "
        f"in round {rounds[-1].number} lower (dashed) is {number(last['lower'])}, "
        f"upper (dotted) {number(last['upper'])} {unit}."
    )
    with drawing(f"deviations-{stage}", caption) as result:
        axes = result.figure.subplots()
        for r, color in zip(dict.fromkeys((rounds[-1].number, rounds[0].number)), COLORS, strict=False):
            found = next(x.phases["explore"] for x in rounds if x.number == r)
            counts = np.add.reduceat(found["counts"], range(0, len(found["counts"]), JOINED))
            edges = np.append(found["edges"][:-1:JOINED], found["edges"][-1])
            share = 100 * counts / max(1, counts.sum())
            axes.stairs(share, edges, fill=True, color=color, alpha=0.25)
            axes.stairs(share, edges, color=color, linewidth=1.4, label=f"round {r}")
        for bound, style in ((last["lower"], "--"), (last["upper"], ":")):
            axes.axvline(bound, color=INK, linewidth=1.2, linestyle=style)
        occupied = [edge for r in rounds for edge in extent(r.phases["explore"])]
        low, high = min(*occupied, last["lower"]), max(*occupied, last["upper"])
        axes.set(xscale="log", xlim=(low / 1.2, high * 1.2), ylim=(0, None))
        axes.set(xlabel=f"deviation ({unit})", ylabel="configurations (%)")
        plain_numbers(axes.xaxis)
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)
    return figure(result.svg, caption)


def extent(found: Json) -> tuple[float, float]:
    """Where the histogram begins and ends; its middle where it is empty."""
    filled = np.nonzero(found["counts"])[0]
    if not len(filled):
        return (found["edges"][len(found["edges"]) // 2],) * 2
    return found["edges"][filled[0]], found["edges"][filled[-1] + 1]


def calibration(rounds: Sequence[Round], unit: str) -> Html:
    """True errors of new labels against the deviations by which they were found. rounds: those with any."""
    eps, error = (
        np.maximum(np.concatenate([r.phases["calibrate"][key] for r in rounds]), TINY) for key in ("deviation", "error")
    )
    of = np.repeat([r.number for r in rounds], [len(r.phases["calibrate"]["error"]) for r in rounds])
    multiple = rounds[-1].phases["calibrate"]["multiple"]
    above = float(np.mean(error > multiple * eps))
    words = f"{len(eps):,} labels; of {percent(above)} the error is more than {multiple:.1f} times the deviation"
    with drawing("calibration", f"Error against deviation: {words}", height=3.6) as result:
        axes = result.figure.subplots()
        norm = Normalize(of.min(), max(of.max(), of.min() + 1))
        drawn = axes.scatter(eps, error, s=16, c=of, cmap=SHADES, norm=norm, alpha=0.75, linewidths=0)
        ends = np.array([min(eps.min(), error.min()) / 1.5, max(eps.max(), error.max()) * 1.5])
        axes.plot(ends, ends, color=INK, linewidth=1.0, label="equal")
        axes.plot(ends, multiple * ends, color=INK, linewidth=1.0, linestyle="--", label=f"{multiple:.1f} times")
        axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends, box_aspect=1)
        axes.set(xlabel=f"deviation ({unit})", ylabel=f"error ({unit})")
        plain_numbers(axes.xaxis)
        plain_numbers(axes.yaxis)
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2)
        if len(rounds) > 1:
            bar = result.figure.colorbar(drawn, ax=axes, label="round", ticks=MaxNLocator(integer=True, nbins=6))
            bar.outline.set_visible(False)
    return figure(
        result.svg, f"Largest error of the force on an atom against the largest deviation, before training: {words}."
    )
