"""Maps of a project in temperature and pressure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm

from trainer.active.report.figures import GREY, SHADES, percent
from trainer.active.stages import Point
from trainer.report.figures import COLORS, drawing
from trainer.report.page import Html, figure

Json = dict[str, Any]


def sources(labels: Mapping[Point, int], visited: Sequence[Point], region: Sequence[Point]) -> Html:
    """Where in temperature and pressure labelled configurations were found, among the points visited."""
    most = max(labels, key=lambda point: labels[point])
    words = f"{sum(labels.values())} labels from {len(labels)} of {len(visited)} points, most from {where(most)}"
    with drawing("sources", f"Where labels came from: {words}", height=3.4) as result:
        axes = result.figure.subplots()
        axes.plot(*np.array(visited).T, ".", markersize=4, color=GREY)
        (t, p), count = np.array(list(labels)).T, np.array(list(labels.values()))
        axes.scatter(t, p, s=40 + 500 * count / count.max(), color=COLORS[0], alpha=0.5, linewidths=0)
        for point, n in labels.items():
            axes.annotate(f"{n}", point, xytext=(0, 5), textcoords="offset points", ha="center")
        plane(axes, region)
    return figure(result.svg, f"Where the data came from: {words}. Areas and numbers: labels.")


def novelty(visits: Mapping[Point, Json], region: Sequence[Point]) -> Html:
    """Which share of what was explored was new, candidate or failed, at the last visit of each point."""
    share = {p: (v["candidate"] + v["failed"]) / max(1, v["explored"]) for p, v in visits.items()}
    most = max(share, key=lambda point: share[point])
    words = f"most at {where(most)}, {percent(share[most])}"
    with drawing("novelty", f"Share of candidates and failures at each point: {words}", height=3.4) as result:
        axes = result.figure.subplots()
        t, p = np.array(list(share)).T
        values = 100 * np.array(list(share.values()))
        norm = LogNorm(0.01, 100, clip=True)
        drawn = axes.scatter(t, p, s=180, c=np.maximum(values, 0.01), cmap=SHADES, norm=norm, linewidths=0)
        bar = result.figure.colorbar(drawn, ax=axes, label="new (%)", ticks=[0.01, 0.1, 1, 10, 100])
        bar.ax.set_yticklabels(["≤ 0.01", "0.1", "1", "10", "100"])
        bar.ax.minorticks_off()
        bar.outline.set_visible(False)
        plane(axes, region)
    return figure(result.svg, f"Where something new is found: candidates and failures at the last visit; {words}.")


def accuracy(points: Sequence[Json], region: Sequence[Point]) -> Html:
    """Error of the forces as a share of the forces themselves, where held-out frames were found."""
    share = {Point(p["temperature"], p["pressure"]): p["force_rmse"] / p["force_rms"] for p in points if p["force_rms"]}
    worst = max(share, key=lambda point: share[point])
    words = f"at most {percent(share[worst])}, at {where(worst)}"
    with drawing("accuracy", f"Force error by temperature and pressure: {words}", height=3.4) as result:
        axes = result.figure.subplots()
        (t, p), values = np.array(list(share)).T, 100 * np.array(list(share.values()))
        axes.scatter(t, p, s=120, c=values, cmap=SHADES, norm=LogNorm(1, 20, clip=True), linewidths=0)
        for point, value in share.items():
            axes.annotate(f"{100 * value:.2g}", point, xytext=(0, 8), textcoords="offset points", ha="center")
        plane(axes, region)
    frames = sum(p["frames"] for p in points)
    return figure(result.svg, f"Force RMSE in % of the RMS force there, on {frames:,} held-out frames: {words}.")


def where(point: Point) -> str:
    return f"{point.temperature:g} K, {point.pressure:g} GPa"


def plane(axes: Axes, region: Sequence[Point]) -> None:
    """Temperature and pressure: all maps show the same region."""
    for direction, values in zip(("x", "y"), np.array(region).T, strict=True):
        margin = 0.14 * float(np.ptp(values)) or 1.0
        axes.set(**{f"{direction}lim": (values.min() - margin, values.max() + margin)})
    axes.set(xlabel="temperature (K)", ylabel="pressure (GPa)")
    axes.locator_params(nbins=6)
