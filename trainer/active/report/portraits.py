"""Pictures of structures."""

from collections.abc import Sequence

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.data.colors import jmol_colors
from ase.utils import rotate
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.patches import Circle

from trainer.active.report.figures import GREY
from trainer.report.figures import drawing
from trainer.report.page import Html, figure

TURNED = "-72x,-18y,-4z"  # the view
BALL = 0.55  # of the covalent radius


def portraits(structures: Sequence[Atoms], names: Sequence[str], description: str, caption: str) -> Html:
    """Structures seen from one side, three in a row, numbered from 1. names: what stands beside each number."""
    rows = -(-len(structures) // 3)
    with drawing("structures", description, height=0.3 + 1.7 * rows) as result:
        grid = np.atleast_1d(result.figure.subplots(rows, 3)).ravel()
        for axes in grid:
            axes.set_axis_off()
        for k, (axes, atoms, name) in enumerate(zip(grid, structures, names, strict=False)):
            portrait(axes, atoms)
            axes.set_title(f"{k + 1}: {name}")
    return figure(result.svg, caption)


def portrait(axes: Axes, atoms: Atoms) -> None:
    """Atoms as balls in elements' usual colours, the nearest on top, and the edges of the cell behind them."""
    turn = rotate(TURNED)
    corners = np.array(list(np.ndindex(2, 2, 2)))
    ends = [(a, b) for a in corners for b in corners if (b - a).sum() == 1 and (b >= a).all()]
    edges = np.array(ends) @ np.array(atoms.cell) @ turn
    axes.add_collection(LineCollection(edges[..., :2], colors=GREY, linewidths=0.7))
    positions = atoms.positions @ turn
    order = positions[:, 2].argsort()
    balls = [Circle(positions[i, :2], BALL * covalent_radii[atoms.numbers[i]]) for i in order]
    colors = jmol_colors[atoms.numbers[order]]
    axes.add_collection(PatchCollection(balls, facecolors=colors, edgecolors=GREY, linewidths=0.7))
    axes.set_aspect("equal")
    axes.autoscale_view()
