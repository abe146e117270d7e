"""Figures of one or several trajectories, each in a colour of its own, with bands of confidence."""

from collections.abc import Sequence

import numpy as np

from trainer.report.analysis import UNITS, Analysis
from trainer.report.figures import COLORS, band, drawing
from trainer.report.page import Html, anchor, figure, number
from trainer.report.structure import PairCurves

POINTS = 300  # of a time series


def radial(pair: str, analyses: Sequence[Analysis], labels: Sequence[str]) -> Html:
    """g(r), and the coordination number as its running integral."""
    peaks = []
    with_pair = [(a.pairs[pair], label) for a, label in zip(analyses, labels, strict=True) if pair in a.pairs]
    for curves, label in with_pair:
        k = int(curves.g.mean.argmax())
        peaks.append(f"{label}: highest {curves.g.mean[k]:.2f} at {curves.r[k]:.2f} Å")
    height = max(ceiling(curves) for curves, _ in with_pair)
    caption = f"{pair}. " + "; ".join(peaks) + "."
    if height < max(curves.g.mean.max() for curves, _ in with_pair):
        caption += " The first peak is cut off."
    with drawing(f"radial-{anchor(pair)}", f"Radial distribution function {caption}", height=4.4) as result:
        axes, below = result.figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        top = 0.0
        for (curves, label), color in zip(with_pair, COLORS, strict=False):
            band(axes, curves.r, curves.g.mean, curves.g.error, color, label)
            band(below, curves.r, curves.coordination.mean, curves.coordination.error, color, label)
            if curves.shell is not None:
                below.axvline(curves.r[curves.shell], color=color, linewidth=0.8, linestyle=":")
            reach = curves.shell if curves.shell is not None else len(curves.r) // 2
            top = max(top, 2.5 * float(curves.coordination.mean[reach]))
        axes.axhline(1, color="#808080", linewidth=0.8)
        axes.set(ylabel=f"g({pair})", ylim=(0, height or 1.0), xlim=(0, with_pair[0][0].r[-1]))
        below.set(ylabel="coordination", xlabel="r (Å)", ylim=(0, top or 1.0))
        if len(with_pair) > 1:
            axes.legend()
    return figure(result.svg, caption)


def ceiling(curves: PairCurves) -> float:
    """Height of the drawing of g: a bond's peak, many times higher than all behind it, would hide the rest."""
    top = 1.08 * float((curves.g.mean + curves.g.error).max())
    behind = float(curves.g.mean[curves.shell :].max()) if curves.shell is not None else top
    return max(2.0 * behind, 2.5) if top > 6 * behind else top


def displacement(species: str, analyses: Sequence[Analysis], labels: Sequence[str]) -> Html | None:
    """MSD(t) of one species; None where no trajectory is long enough. Of those without times only if none has them."""
    known = [(a, a.mobility.get(species), label) for a, label in zip(analyses, labels, strict=True)]
    timed = any(a.dt for a, m, _ in known if m is not None)
    moving = [(a, m, label) for a, m, label in known if m is not None and bool(a.dt) == timed]
    if not moving:
        return None
    unit = moving[0][0].time_unit
    ends = "; ".join(
        f"{label}: {number(float(m.msd.mean[-1]))} Å² after {number(a.time(m.lag[-1]))} {a.time_unit}"
        for a, m, label in moving
    )
    with drawing(f"msd-{anchor(species)}", f"Mean squared displacement of {species}. {ends}") as result:
        axes = result.figure.subplots()
        for (a, m, label), color in zip(moving, COLORS, strict=False):
            band(axes, np.array([a.time(t) for t in m.lag]), m.msd.mean, m.msd.error, color, label)
        axes.set(xlabel=f"time ({unit})", ylabel=f"MSD of {species} (Å²)", xlim=(0, None), ylim=(0, None))
        if len(moving) > 1:
            axes.legend()
    return figure(result.svg, f"{species}. {ends}.")


def course(name: str, analyses: Sequence[Analysis], labels: Sequence[str]) -> Html:
    """A quantity along the trajectories, averaged over stretches of time, with its mean and confidence."""
    there = [(a, label) for a, label in zip(analyses, labels, strict=True) if name in a.series]
    words = "; ".join(f"{label}: {plus_minus(a, name)} {UNITS[name]}" for a, label in there)
    timed = any(a.dt for a, _ in there)
    with drawing(f"course-{anchor(name)}", f"{name.capitalize()} along the trajectory. {words}") as result:
        axes = result.figure.subplots()
        for (a, label), color in zip(there, COLORS, strict=False):
            if bool(a.dt) != timed:
                axes.axhline(float(a.means[name].mean), color=color, linewidth=0.9, label=label)
                continue
            values, mean, error = a.series[name], float(a.means[name].mean), float(a.means[name].error)
            length = max(1, len(values) // POINTS)
            part = values[: len(values) // length * length].reshape(-1, length).mean(axis=1)
            time = np.array([a.time((k + 0.5) * length) for k in range(len(part))])
            axes.plot(time, part, color=color, linewidth=0.9, label=label)
            axes.axhspan(mean - error, mean + error, color=color, alpha=0.25, linewidth=0)
        axes.ticklabel_format(axis="y", useOffset=False)
        axes.locator_params(axis="y", nbins=6)
        axes.set(xlabel="time (ps)" if timed else "time (frames)", ylabel=f"{name} ({UNITS[name]})")
        if len(there) > 1:
            axes.legend()
    return figure(result.svg, f"{name.capitalize()}. {words}.")


def plus_minus(analysis: Analysis, name: str) -> str:
    """Mean and half width of the confidence interval of a series."""
    return with_error(float(analysis.means[name].mean), float(analysis.means[name].error))


def with_error(mean: float, error: float) -> str:
    """'1.032 ± 0.014': the error to two digits, the mean to the same place."""
    if not np.isfinite(error) or error <= 1e-9 * abs(mean):
        return number(mean)
    digits = max(0, 1 - int(np.floor(np.log10(error))))
    return f"{mean:,.{digits}f} ± {error:,.{digits}f}".replace("-", "−")
