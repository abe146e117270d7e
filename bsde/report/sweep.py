"""Error and cost against the dimension: the curse that is not there, in one picture."""

import io
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from trainer.report.figures import COLORS, INK, STYLE


class Point(NamedTuple):
    """One equation in one dimension."""

    dim: int
    value: float
    error: float  # its standard error
    exact: float
    cpu: float  # seconds


def sweep_png(curves: Mapping[str, Sequence[Point]]) -> bytes:
    """Two panels: relative error with its standard error, and CPU seconds beside a line of slope 1."""
    style = {k: "#222222" if v == INK else v for k, v in STYLE.items()} | {
        "savefig.facecolor": "white",
        "figure.facecolor": "white",
        "text.parse_math": True,  # powers of ten on the axes
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=(8.0, 3.0), dpi=110)
        left, right = figure.subplots(1, 2)
        for (name, points), color in zip(curves.items(), COLORS, strict=False):
            dim = np.array([p.dim for p in points])
            exact = np.array([abs(p.exact) for p in points])
            off = np.array([abs(p.value - p.exact) for p in points]) / exact
            left.plot(dim, off, "o", color=color, label=name)
            left.plot(dim, [p.error for p in points] / exact, color=color, linewidth=1, label=f"{name}: standard error")
            right.plot(dim, [p.cpu for p in points], "o-", color=color, label=name)
        top = max(p.cpu for points in curves.values() for p in points)
        last = max(p.dim for points in curves.values() for p in points)
        right.plot([last / 30, last], [top / 30, top], color="#888888", linestyle=":", label="linear in d")
        for axes, words in ((left, "relative error"), (right, "CPU s of a seed")):
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_xlabel("dimension d")
            axes.set_ylabel(words)
            axes.legend(fontsize=7)
        left.set_ylim(top=30 * left.get_ylim()[1])  # room for the legend
        stream = io.BytesIO()
        FigureCanvasAgg(figure).print_png(stream)
    return stream.getvalue()
