"""Regularised against plain two-layer networks, over width and the scale of the initial weights."""

from collections.abc import Callable, Sequence

import numpy as np
from tqdm import tqdm

from theory.experiments.problems import Problem, barron, digits
from theory.experiments.result import Curve, Panel, Result, Table
from theory.experiments.training import Trained, trained
from theory.regression.settings import ModelSettings

WIDTHS = (30, 100, 300, 1000, 3000, 10_000)
SCALES = (1.0, 3.0, 10.0)
POINTS = 200

Found = dict[tuple[bool, float, int], Trained]  # by whether regularised, scale of the initial weights, width


def regularised(
    widths: Sequence[int] = WIDTHS,
    scales: Sequence[float] = SCALES,
    steps: int = 1000,
    problems: Sequence[Callable[[int, int], Problem]] = (barron, digits),
    seed: int = 0,
) -> Result:
    """f = sum_k a_k sigma(b_k.x + c_k) without 1/m, by He at first but a_k `scale` times as large: 200 points."""
    panels, tables = [], []
    cases = [(with_penalty, scale, m) for with_penalty in (False, True) for scale in scales for m in widths]
    bar = tqdm(total=len(problems) * len(cases), unit=" trainings", delay=3, leave=False, disable=None)
    for problem in (make(POINTS, seed) for make in problems):
        found: Found = {}
        for with_penalty, scale, m in cases:
            model = ModelSettings("conventional", width=m, scale=scale)
            penalty = problem.penalty if with_penalty else 0.0
            found[with_penalty, scale, m] = trained(problem, model, penalty, steps)
            bar.update()
        panels += panels_of(problem, found, widths, scales)
        tables += [spread_table(problem, found), table_of(problem, found)]
    bar.close()
    lead = "With the path norm as a penalty, width and initial weights no longer matter."
    return Result("Regularised against plain networks", lead, panels, tables)


def panels_of(problem: Problem, found: Found, widths: Sequence[int], scales: Sequence[float]) -> list[Panel]:
    x = np.array(widths, dtype=np.float64)

    def curves(quantity: str) -> list[Curve]:
        drawn = []
        for with_penalty in (False, True):
            for scale in scales:
                y = np.array([getattr(found[with_penalty, scale, m], quantity) for m in widths])
                drawn.append(Curve(f"{kind(with_penalty)}, scale {scale:g}", x, y, np.zeros_like(y)))
        return drawn

    known = "" if problem.norm is None else f"; the target has {problem.norm:g} at most"
    risk = f"test risk, mean (f - y)^2 / 2; lambda = {problem.penalty:g}"
    name = problem.name
    return [
        Panel(f"{name}-risk", f"{name}: {risk}.", "m", "test risk", curves("test")),
        Panel(f"{name}-norm", f"{name}: path norm{known}.", "m", "path norm", curves("norm")),
    ]


def spread_table(problem: Problem, found: Found) -> Table:
    rows = []
    for with_penalty in (False, True):
        values = np.array([[t.test, t.norm] for (one, _, _), t in found.items() if one == with_penalty])
        ratio = values.max(0) / values.min(0)
        rows.append([kind(with_penalty), f"{ratio[0]:.3g}", f"{ratio[1]:.3g}"])
    return Table(f"{problem.name}: largest over smallest, over width and scale", ["", "test risk", "path norm"], rows)


def table_of(problem: Problem, found: Found) -> Table:
    """The bound is that of the risk of f cut off at 0 and 1."""
    rows = []
    for (with_penalty, scale, m), t in found.items():
        bound = t.bound(*problem.train.x.shape)
        numbers = [f"{t.train:.2e}", f"{t.test:.2e}", f"{t.norm:.3g}", f"{bound:.3g}", f"{bound / t.cut:.2g}"]
        rows.append([kind(with_penalty), f"{scale:g}", f"{m}", *numbers])
    header = ["", "scale", "m", "training risk", "test risk", "path norm", "a posteriori bound", "over the risk"]
    return Table(f"{problem.name}: all trainings", header, rows)


def kind(with_penalty: bool) -> str:
    return "regularised" if with_penalty else "plain"
