"""Figures of flows: profiles, errors against the Knudsen number, characteristic speeds, distribution functions."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from kinetic.autoencoder.task import decoded, in_frame
from kinetic.moments.generalised import Generalised
from kinetic.moments.hermite import Gas, Hermite
from kinetic.moments.learned import Learned
from kinetic.moments.symmetric import LearnedProjection
from kinetic.solve import Solution
from trainer.report.figures import COLORS, drawing, plain_numbers
from trainer.report.page import Html, figure

FIELDS = {
    "density": "density",
    "velocity": "velocity u",
    "temperature": "temperature T",
    "tangential": "velocity along the walls",
}


def fields(solutions: Sequence[Solution]) -> list[str]:
    """Names of the fields to show: that along the walls only where something moves along them."""
    slides = any(bool(s.tangential.any()) for s in solutions)
    return [name for name in FIELDS if slides or name != "tangential"]


def profiles(solutions: Sequence[Solution], time: int) -> list[Html]:
    """The fields of the first flow at one of the times; the first solution is black, others are coloured."""
    parts = []
    t = float(solutions[0].times[time])
    for name in fields(solutions):
        label = FIELDS[name]
        with drawing(f"{name}-{time}", f"Profiles of {name} at t = {t:g}") as result:
            axes = result.figure.subplots()
            for k, solution in enumerate(solutions):
                style = {"color": "#808080", "linewidth": 4, "alpha": 0.6} if k == 0 else {"color": COLORS[(k - 1) % 6]}
                axes.plot(solution.x, getattr(solution, name)[0, time], label=solution.model, **style)
            axes.set_xlabel("x")
            axes.set_title(f"{label}, t = {t:g}")
            if name == "density":
                axes.legend()
        parts.append(figure(result.svg, f"{label[0].upper()}{label[1:]} at t = {t:g}."))
    return parts


def error_curves(eps: Sequence[float], errors: Mapping[str, Sequence[float]], name: str, what: str, truth: str) -> Html:
    """Error against Knudsen number: the picture of uniform accuracy. errors: by model, one an eps; nan where lost;
    truth: the model that they are errors against."""
    with drawing(name, f"Relative error of {what} against the Knudsen number", height=3.4) as result:
        axes = result.figure.subplots()
        for k, (model, values) in enumerate(errors.items()):
            axes.loglog(eps, values, "o-", color=COLORS[k % 6], markersize=4, label=model)
        axes.axhline(0.01, color="#808080", linewidth=0.8, linestyle="--")
        axes.set_xlabel("Knudsen number ε")
        axes.set_ylabel("relative L2 error")
        plain_numbers(axes.xaxis)
        plain_numbers(axes.yaxis)
        axes.legend()
    words = f"Relative L2 error of {what} against {truth}; the dashed line is 1 %. A gap: the model lost the gas."
    return figure(result.svg, words)


def speeds(closure: Learned | LearnedProjection, solution: Solution) -> Html:
    """The characteristic speeds of a learned closure, state by state at the last time, beside those in equilibrium."""
    states = closure.variables.gas(solution.state).a[..., 3:, :].movedim(-2, -1).flatten(0, -2)
    with torch.no_grad():
        z = closure.module.characteristic(states)
        still = closure.module.characteristic(torch.zeros_like(states[:1]))[0]
    size = states.abs().amax(1)
    order = size.argsort()[:: max(1, len(size) // 2000)]
    with drawing("speeds", "Characteristic speeds of the closure along the solution", height=3.4) as result:
        axes = result.figure.subplots()
        for k, root in enumerate(still.tolist()):
            axes.axhline(root, color="#808080", linewidth=0.8)
            axes.plot(size[order], z[order, k], ".", markersize=2.5, color=COLORS[k % 6])
        axes.set_xlabel("largest higher moment: distance from equilibrium")
        axes.set_ylabel("(speed − u) / √T")
    caption = "Characteristic speeds of the closure along the solution at its last time; lines: those in equilibrium."
    return figure(result.svg, caption)


def candidates(number: int, rows: Sequence[Mapping[str, str]], chosen: int) -> Html:
    """Disagreement of a committee against the Knudsen number, by family; those that were chosen are ringed."""
    ordered = sorted(rows, key=lambda row: -float(row["disagreement"]))
    with drawing(f"round-{number}", f"Candidates of round {number}", height=3.4) as result:
        axes = result.figure.subplots()
        for color, family in zip(COLORS, sorted({row["family"] for row in rows}), strict=False):
            found = [row for row in rows if row["family"] == family and np.isfinite(float(row["disagreement"]))]
            eps = [(float(row["smallest eps"]) * float(row["largest eps"])) ** 0.5 for row in found]
            axes.loglog(eps, [float(row["disagreement"]) for row in found], ".", color=color, label=family)
        ringed = [row for row in ordered[:chosen] if np.isfinite(float(row["disagreement"]))]
        eps = [(float(row["smallest eps"]) * float(row["largest eps"])) ** 0.5 for row in ringed]
        apart = [float(row["disagreement"]) for row in ringed]
        axes.loglog(eps, apart, "o", mfc="none", color="#808080", label="chosen")
        axes.set_xlabel("Knudsen number ε (mean of logarithms)")
        axes.set_ylabel("disagreement, relative")
        axes.legend()
    lost = len(rows) - sum(np.isfinite(float(row["disagreement"])) for row in rows)
    words = f" {lost} more, which a member lost, come first." if lost else ""
    return figure(result.svg, f"How far the committee is apart on each candidate of round {number}.{words}")


def distributions(
    solution: Solution, limit: float, order: int, learned: Mapping[str, Generalised] | None = None
) -> list[Html]:
    """f at the last time at a quarter, half and three quarters of the tube, and what its first moments make of it: by
    Hermite's expansion, and by the decoder of models with learned moments."""
    f = solution.state[0].cpu()
    count, cells = f.shape
    v = -limit + (np.arange(count) + 0.5) * 2 * limit / count
    hermite = Hermite(order)
    gas = hermite.gas(solution.moments[0, -1, : order + 1])
    parts = []
    for place in (cells // 4, cells // 2, 3 * cells // 4):
        x = float(solution.x[place])
        here = Gas(*(q[..., place : place + 1] for q in gas))
        width = here.theta.sqrt()
        xi = (torch.from_numpy(v) - here.u) / width
        rebuilt = here.rho / width * hermite.expansion(here, xi, torch.zeros_like(xi))
        with drawing(f"distribution-{place}", f"Distribution function at x = {x:.3g}") as result:
            axes = result.figure.subplots()
            axes.plot(v, f[:, place], color="#808080", linewidth=4, alpha=0.6, label="BGK")
            axes.plot(v, rebuilt, color=COLORS[0], label=f"from {order + 1} Hermite moments")
            for color, (model, closure) in zip(COLORS[1:], (learned or {}).items(), strict=False):
                decoded = reconstruction(closure, f[:, place], v)
                axes.plot(v, decoded, color=color, label=f"from {closure.variables.order + 1} of {model}")
            axes.set_xlabel("v")
            axes.set_title(f"f at x = {x:.3g}")
            axes.legend()
        parts.append(
            figure(
                result.svg,
                f"Distribution function at x = {x:.3g}, and what is made of its moments.",
            )
        )
    return parts


def reconstruction(closure: Generalised, f: torch.Tensor, v: np.ndarray) -> np.ndarray:
    """What the autoencoder of the closure makes of f. f: [nv] at v [nv] -> [nv]."""
    place = in_frame(f[None], torch.from_numpy(v))
    with torch.no_grad():
        return np.asarray(decoded(closure.module.autoencoder, place)[0] * f.sum() * (v[1] - v[0]) / place.width[0])
