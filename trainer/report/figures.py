"""Figures as inline SVG that takes its font and the colour of its text from the page, so that it follows a dark theme.

All figures are drawn for a phone's width: WIDTH inches are about 400 px, and text of 10 pt stays readable there.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from trainer.data.frame import Array
from trainer.report.page import Html, text

WIDTH = 4.2  # inches
INK = "#010203"  # becomes currentColor
COLORS = ("#2f7fc6", "#d9731a", "#189677", "#9b5fd0", "#c2497a", "#8a7a1f")  # at least 3:1 on white and on black
DENSITY = LinearSegmentedColormap.from_list(
    "density", [(0.0, "#2f7fc680"), (0.35, "#2f7fc6ff"), (0.7, "#9b5fd0ff"), (1.0, "#f08a24ff")]
)
FEW = 1000  # points are drawn one by one; more, as a density
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "henrici",
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.prop_cycle": cycler(color=COLORS),
    "axes.grid": True,
    "grid.color": "#80808050",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "legend.handlelength": 1.4,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.unicode_minus": True,
    "figure.constrained_layout.use": True,
}


class Drawing:
    """A figure while it is drawn, and its SVG afterwards."""

    def __init__(self, figure: Figure):
        self.figure = figure
        self.svg = Html()


@contextmanager
def drawing(name: str, description: str, height: float = 3.0) -> Iterator[Drawing]:
    """A figure of WIDTH x height inches. name: unique on its page; description: for who cannot see it."""
    with mpl.rc_context(STYLE):
        result = Drawing(Figure(figsize=(WIDTH, height)))
        yield result
        stream = io.BytesIO()
        FigureCanvasSVG(result.figure).print_svg(stream, metadata={"Date": None, "Creator": None})
    result.svg = inline(stream.getvalue().decode(), name, description)


def inline(svg: str, name: str, description: str) -> Html:
    """What matplotlib wrote, as a part of a page: no prolog, no style of its own, identifiers of its own."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"""font-family: ?[^;"]*;?""", "", svg)
    svg = re.sub(r"""font: ([\d.]+px) [^;"]*""", r"font-size: \1", svg)
    svg = re.sub(r'\bid="', f'id="{name}-', svg).replace("url(#", f"url(#{name}-").replace('href="#', f'href="#{name}-')
    svg = svg.replace(INK, "currentColor")
    box = re.search(r'viewBox="[^"]*"', svg)
    assert box is not None
    opening = f'<svg role="img" aria-label="{text(description)}" {box.group()} font-family="inherit" '
    namespaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    return Html(opening + namespaces + svg[svg.index(">") + 1 :].strip())


def plain_numbers(axis: Axis) -> None:
    """0.1, 1, 10, ... on a logarithmic axis instead of powers of ten; with 2 and 5 between where there are few."""
    low, high = sorted(axis.get_view_interval())
    decades = np.log10(high / low)
    subs = (1, 2, 3, 5, 7) if decades < 1 else (1, 2, 5) if decades < 2 else (1,)
    axis.set_major_locator(LogLocator(subs=subs, numticks=12 if decades < 5 else 5))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 10 else f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def cloud(axes: Axes, x: Array, y: Array, window: tuple[float, float]) -> None:
    """Points of a square window, or their density on a logarithmic scale where there are many."""
    if len(x) <= FEW:
        axes.plot(x, y, ".", markersize=5, alpha=0.6, color=COLORS[0], markeredgewidth=0)
        return
    edges = np.linspace(*window, int(np.clip(len(x) ** 0.5, 50, 110)) + 1)
    count = np.histogram2d(x, y, bins=(edges, edges))[0]
    masked = np.ma.masked_equal(count.T, 0)
    norm = LogNorm(1, max(count.max(), 2))
    axes.pcolormesh(edges, edges, masked, norm=norm, cmap=DENSITY, rasterized=True)


def band(axes: Axes, x: Array, y: Array, error: Array, color: str, label: str) -> None:
    """A curve with its uncertainty."""
    axes.plot(x, y, color=color, label=label)
    axes.fill_between(x, y - error, y + error, color=color, alpha=0.25, linewidth=0)
