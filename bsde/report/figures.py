"""How the value at the start came to be, and how the solution runs along paths."""

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor

from bsde.simulation.along import Along
from bsde.simulation.sampled import Sampled
from bsde.solve.summary import Summary
from trainer.report.figures import COLORS, band, drawing, plain_numbers
from trainer.report.page import Html, figure

Rows = Sequence[Mapping[str, float]]  # of a log.csv


def learning(curves: Mapping[int, Rows], found: Summary) -> Html:
    """u at the start against the step, each seed a line, with the answer and the reference."""
    with drawing("learning", "u at the start against the training step, for every seed", 2.8) as d:
        axes = d.figure.subplots()
        for rows in curves.values():
            step = [row["step"] for row in rows]
            axes.plot(step, [row["validation/Y0"] for row in rows], color=COLORS[0], alpha=0.6, linewidth=1)
        late = [row["validation/Y0"] for rows in curves.values() for row in rows[len(rows) // 4 :]]
        centre = found.value if found.reference is None else found.reference.value
        width = max([abs(v - centre) for v in late] + [5 * found.error, 1e-12])
        axes.set_ylim(centre - 1.3 * width, centre + 1.3 * width)
        if found.reference is not None:
            axes.axhline(found.reference.value, color=COLORS[1], linestyle="--", label="reference")
        axes.axhspan(found.value - 2 * found.error, found.value + 2 * found.error, color=COLORS[2], alpha=0.4)
        axes.axhline(found.value, color=COLORS[2], label="answer, two standard errors")
        axes.set_xlabel("step")
        axes.set_ylabel("u at the start")
        axes.legend(fontsize=8)
    return figure(d.svg, "Deep BSDE estimates in training, a line for each seed, and what the seeds come to together.")


def residuals(curves: Mapping[int, Rows]) -> Html:
    """What is left unexplained, against the step."""
    with drawing("residual", "Residual against the training step, for every seed", 2.8) as d:
        axes = d.figure.subplots()
        for rows in curves.values():
            axes.plot(
                [row["step"] for row in rows],
                [row["validation/residual"] for row in rows],
                color=COLORS[0],
                alpha=0.6,
                linewidth=1,
            )
        axes.set_yscale("log")
        plain_numbers(axes.yaxis)
        axes.set_xlabel("step")
        axes.set_ylabel("residual / spread of g")
    return figure(
        d.svg, "Root mean square of what u and Z leave of g(X_T) on paths that were not trained on: 0 for the solution."
    )


def steps(ends: Mapping[int, Sequence[tuple[float, Mapping[str, float]]]]) -> Html:
    """What each time step leaves unexplained after its training, a line for each seed."""
    with drawing("steps", "Residual of every time step", 2.8) as d:
        axes = d.figure.subplots()
        for rows in ends.values():
            t, residual = [t for t, _ in rows], [row["validation/residual"] for _, row in rows]
            axes.plot(t, residual, color=COLORS[0], alpha=0.6, linewidth=1)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("t")
        axes.set_ylabel("residual / spread of g")
    return figure(
        d.svg, "Root mean square of what each network leaves of the next one, on paths it was not trained on."
    )


def looks(found: Sampled, summary: Summary) -> Html:
    """The value and two standard errors against the effort, with the reference."""
    with drawing("looks", f"u at the start against {found.effort_is}", 2.8) as d:
        axes = d.figure.subplots()
        effort, value, error = (np.array(column) for column in zip(*found.looks, strict=True))
        axes.errorbar(effort, value, 2 * error, color=COLORS[0], marker="o", markersize=4, linewidth=1, label="value")
        if summary.reference is not None:
            axes.axhline(summary.reference.value, color=COLORS[1], linestyle="--", label="reference")
        if found.effort_is != "iterations":
            axes.set_xscale("log", base=2)
        axes.set_xlabel(found.effort_is)
        axes.set_ylabel("u at the start")
        axes.legend(fontsize=8)
    return figure(d.svg, f"What was known after so many {found.effort_is}, with two standard errors.")


def paths(along: Along) -> Html:
    """u along some, and its spread over all of them."""
    with drawing("paths", "u along paths of X", 2.8) as d:
        axes = d.figure.subplots()
        t, u = along.t.numpy(), along.u.numpy()
        low, middle, high = np.quantile(u, [0.05, 0.5, 0.95], axis=1)
        band(axes, t, 0.5 * (low + high), 0.5 * (high - low), COLORS[0], "")
        axes.lines[-1].remove()
        axes.plot(t, middle, color=COLORS[0], label="median, 90 % of the paths")
        axes.plot(t, u[:, :6], color=COLORS[3], linewidth=0.8)
        if along.exact is not None:
            axes.plot(t, along.exact[:, :6].numpy(), color=COLORS[1], linewidth=1, linestyle=":", label=None)
            axes.plot([], [], color=COLORS[1], linewidth=1, linestyle=":", label="exact, on the same six paths")
        axes.set_xlabel("t")
        axes.set_ylabel("u(t, X)")
        axes.legend(fontsize=8)
    return figure(d.svg, "The network of the best seed along six paths of X, and the spread of many.")


def gradients(t: Tensor, error: Tensor) -> Html:
    """t: [steps + 1], error: [steps]"""
    with drawing("gradients", "Error of grad u along paths of X", 2.8) as d:
        axes = d.figure.subplots()
        axes.plot(t[:-1].numpy(), error.numpy(), color=COLORS[0])
        axes.set_ylim(bottom=0)
        axes.set_xlabel("t")
        axes.set_ylabel("|grad u - exact| / |exact|")
    return figure(
        d.svg, "grad u of the network of the best seed beside the exact one: root mean squares over 100 paths."
    )
