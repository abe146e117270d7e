"""What an experiment has to show, and its page."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from typing import NamedTuple

from theory.experiments.slopes import Slope
from theory.points import Array
from trainer.report.figures import COLORS, band, drawing, plain_numbers
from trainer.report.page import Html, document, figure, figures, paragraph, table


class Curve(NamedTuple):
    """y against x, both positive, with standard errors; and the exponent that the theory says, where it says one."""

    name: str
    x: Array
    y: Array
    error: Array
    fitted: Slope | None = None
    expected: float | None = None


class Panel(NamedTuple):
    """Curves that are drawn together, on logarithmic axes."""

    name: str  # of the file and of the figure
    caption: str
    x: str
    y: str
    curves: Sequence[Curve]
    marker: float | None = None  # a vertical line


class Table(NamedTuple):
    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Result:
    title: str
    lead: str
    panels: Sequence[Panel]
    tables: Sequence[Table] = field(default_factory=tuple)

    def text(self) -> str:
        """For the terminal."""
        parts = []
        for t in (*self.slope_tables(), *self.tables):
            width = [max(len(row[k]) for row in (t.header, *t.rows)) for k in range(len(t.header))]
            lines = []
            for row in (t.header, *t.rows):
                lines.append("  ".join(cell.ljust(w) for cell, w in zip(row, width, strict=True)).rstrip())
            parts.append("\n".join([t.caption, *(f"  {line}" for line in lines)]))
        return "\n\n".join(parts)

    def slope_tables(self) -> list[Table]:
        found = []
        for panel in self.panels:
            rows = [
                [c.name, f"{c.expected:.3f}", str(c.fitted), "yes" if c.fitted.contains(c.expected) else "no"]
                for c in panel.curves
                if c.fitted is not None and c.expected is not None
            ]
            if rows:
                header = ["", "theory", "measured, 95 %", "contains it"]
                found.append(Table(f"Exponents of {panel.y} in {panel.x}", header, rows))
        return found

    def page(self) -> bytes:
        shown = (*self.slope_tables(), *self.tables)
        tables = [table(t.caption, t.header, t.rows, range(len(t.header))) for t in shown]
        drawn = figures([draw(panel) for panel in self.panels])
        sections = [("Figures", drawn), ("Tables", Html("\n".join(tables)))]
        footer = f"Written by henrici {version('henrici')} on {date.today().isoformat()}."
        return document(self.title, self.lead, paragraph(self.lead), sections, footer)

    def csv(self) -> bytes:
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["figure", "curve", "x", "y", "standard_error"])
        for panel in self.panels:
            for c in panel.curves:
                writer.writerows(
                    [panel.name, c.name, f"{x:.8g}", f"{y:.8g}", f"{e:.3g}"]
                    for x, y, e in zip(c.x, c.y, c.error, strict=True)
                )
        return stream.getvalue().encode()


def draw(panel: Panel) -> Html:
    with drawing(panel.name, panel.caption, 3.2) as d:
        axes = d.figure.subplots()
        axes.set_xscale("log")
        axes.set_yscale("log")
        for k, c in enumerate(panel.curves):
            color = COLORS[k % len(COLORS)]
            band(axes, c.x, c.y, c.error, color, c.name)
            axes.plot(c.x, c.y, "o", color=color, markersize=3.5)
            if c.expected is not None:
                axes.plot(c.x, c.y[-1] * (c.x / c.x[-1]) ** c.expected, "--", color=color, linewidth=0.9)
        if panel.marker is not None:
            axes.axvline(panel.marker, color="#808080", linewidth=0.9, linestyle=":")
        plain_numbers(axes.xaxis)
        plain_numbers(axes.yaxis)
        axes.set_xlabel(panel.x)
        axes.set_ylabel(panel.y)
        axes.legend(fontsize=8)
    guide = " Dashed: the exponent of the theory." if any(c.expected is not None for c in panel.curves) else ""
    return figure(d.svg, panel.caption + guide)
