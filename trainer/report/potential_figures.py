"""Figures of a potential's errors."""

from collections.abc import Sequence

import numpy as np

from trainer.data.frame import Array
from trainer.potentials.task import ENERGY, FORCE, STRESS, VIRIAL
from trainer.report.errors import Statistics
from trainer.report.figures import COLORS, cloud, drawing, plain_numbers
from trainer.report.page import Html, figure, number

NAMES = {ENERGY: "energy", FORCE: "force", VIRIAL: "virial", STRESS: "stress"}
UNITS = {ENERGY: "meV/atom", FORCE: "meV/Å", VIRIAL: "meV/atom", STRESS: "GPa"}
FEW = 10  # atoms: no error is given for fewer
EXACT = 1e-20  # (meV/angstrom)^2: no error at all has no place on a logarithmic axis
OUTSIDE = 1e-3  # share of a sample that a window may leave outside at each end, so that outliers do not hide the rest


def parities(statistics: Statistics) -> list[Html]:
    """Predicted against label, one figure for each quantity that has labels."""
    errors = statistics.errors.values()
    species = len(statistics.species)
    rows = statistics.energy.rows(2 + species)
    atoms = rows[:, 2:].sum(axis=1)
    zero = rows[:, 2:] @ np.linalg.lstsq(statistics.normal[:, :-1], statistics.normal[:, -1], rcond=None)[0]
    parts = []
    for name, unit, scale in (
        (ENERGY, "meV/atom", 1.0),
        (FORCE, "eV/Å", 1e-3),
        (VIRIAL, "eV/atom", 1e-3),
        (STRESS, "GPa", 1.0),
    ):
        if name not in errors:
            continue
        if name == ENERGY:
            points, seen = 1e3 * (rows[:, :2] - zero[:, None]) / atoms[:, None], statistics.energy.seen
        else:
            points, seen = statistics.components[name].rows(2), statistics.components[name].seen
        what = f"{seen:,} {'frames' if name == ENERGY else 'components'}"
        sample = f" Drawn: {len(points):,} of them, at random." if len(points) < seen else ""
        zero_is = " Zero is the best sum of one energy for each species." if name == ENERGY else ""
        caption = f"{NAMES[name].capitalize()}: {what}.{zero_is}{sample}"
        parts.append(parity(NAMES[name], unit, points, errors[name], UNITS[name], scale, caption))
    return parts


def parity(name: str, unit: str, points: Array, rmse: float, error_unit: str, scale: float, caption: str) -> Html:
    """points: [n, 2] label and predicted, in `unit`; rmse in error_unit, `scale` units each; a histogram below."""
    window = (
        np.quantile(points, [OUTSIDE, 1 - OUTSIDE]) if len(points) > 1000 else np.array([points.min(), points.max()])
    )
    margin = 0.04 * (window[1] - window[0]) or 1.0
    low, high = float(window[0] - margin), float(window[1] + margin)
    inside = ((points > low) & (points < high)).all(axis=1)
    if left := int((~inside).sum()):
        caption += f" {left:,} of the points lie outside."
    label = f"Predicted against reference {name}; RMSE {number(rmse)} {error_unit}"
    with drawing(f"parity-{name}", label, height=5.2) as result:
        axes, below = result.figure.subplots(2, 1, height_ratios=(3, 1))
        axes.axline((low, low), slope=1, color="#808080", linewidth=0.8)
        cloud(axes, points[inside, 0], points[inside, 1], (low, high))
        axes.set(xlim=(low, high), ylim=(low, high), box_aspect=1)
        axes.locator_params(nbins=6)
        below.locator_params(nbins=6)
        axes.set(xlabel=f"reference {name} ({unit})", ylabel=f"predicted ({unit})")
        axes.text(0.04, 0.96, f"RMSE {number(rmse)} {error_unit}", transform=axes.transAxes, va="top")
        d = (points[:, 1] - points[:, 0]) / scale
        reach = float(np.quantile(np.abs(d), 0.99)) or 1.0
        below.hist(d, bins=np.linspace(-reach, reach, 61), color=COLORS[0], density=True)
        below.set(xlabel=f"error ({error_unit})", yticks=[], xlim=(-reach, reach))
        below.spines["left"].set_visible(False)
    return figure(result.svg, caption)


def cumulative(statistics: Statistics) -> Html:
    """Which share of the labels has an error below x."""
    errors = statistics.errors.values()
    names = [n for n in (ENERGY, FORCE, VIRIAL) if n in errors]
    label = "Cumulative distribution of absolute errors: " + ", ".join(
        f"median of the {NAMES[n]} {statistics.distribution[n].quantile(0.5):.3g} {UNITS[n]}" for n in names
    )
    with drawing("cumulative", label) as result:
        axes = result.figure.subplots()
        for name in names:
            bins = statistics.distribution[name]
            share = np.cumsum(bins.count) / bins.count.sum()
            axes.plot(bins.edges[1:], 100 * share, label=f"{NAMES[name]} ({UNITS[name]})")
        all_bins = [statistics.distribution[n] for n in names]
        low = min(max(bins.quantile(0.01), 1e-3 * bins.quantile(0.5)) for bins in all_bins)
        high = max(bins.quantile(1.0) for bins in all_bins)
        axes.set(
            xscale="log", xlim=(low, 1.1 * high), ylim=(0, 101), xlabel="absolute error", ylabel="labels below it (%)"
        )
        plain_numbers(axes.xaxis)
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0))  # above: the curves may be anywhere
    return figure(result.svg, "Share of the labels (components of forces and virials) whose absolute error is below x.")


def by_magnitude(statistics: Statistics) -> Html | None:
    """Error of the force against the force itself, absolute and relative; None where all forces vanish."""
    bins = statistics.magnitude
    count = bins.count[1:]  # the first bin also holds all that is smaller, as forces that vanish by symmetry
    filled = 1 + np.nonzero(count >= min(FEW, max(1, count.max())))[0]
    if not len(filled):
        return None
    squares = np.maximum(bins.sums[filled, 0], EXACT)
    rmse = np.sqrt(squares / bins.count[filled] / 3)
    share = np.sqrt(squares / np.maximum(bins.sums[filled, 1], 1e-12))
    middle = np.sqrt(bins.edges[filled] * bins.edges[filled + 1])
    label = f"Force error from {rmse[0]:.3g} meV/Å for the smallest forces to {rmse[-1]:.3g} meV/Å for the largest"
    with drawing("magnitude", label, height=4.2) as result:
        axes, relative = result.figure.subplots(2, 1, sharex=True)
        axes.plot(middle, rmse, "o-", markersize=3.5)
        axes.set(xscale="log", yscale="log", ylabel="RMSE (meV/Å)")
        relative.plot(middle, 100 * share, "o-", markersize=3.5, color=COLORS[1])
        relative.set(yscale="log", ylabel="RMSE / force (%)", xlabel="length of the reference force (eV/Å)")
        for axis in (axes.yaxis, relative.yaxis, relative.xaxis):
            plain_numbers(axis)
    return figure(
        result.svg, f"Error of the force components by the length of the force, in bins of at least {FEW} atoms."
    )


def by_species(statistics: Statistics) -> Html:
    """Root mean square and mean absolute error of the force on each species."""
    table = statistics.by_species
    there = [k for k in range(len(table)) if table[k, 0]]
    rmse, mae = np.sqrt(table[there, 1] / table[there, 0]), table[there, 2] / table[there, 0]
    names = [statistics.species[k] for k in there]
    label = "Force RMSE: " + ", ".join(f"{s} {value:.3g} meV/Å" for s, value in zip(names, rmse, strict=True))
    with drawing("species", label, height=0.9 + 0.5 * len(there)) as result:
        axes, y = result.figure.subplots(), np.arange(len(there))
        axes.barh(y - 0.2, rmse, 0.38, label="RMSE")
        axes.barh(y + 0.2, mae, 0.38, label="MAE")
        axes.set(yticks=y, yticklabels=names, xlabel="force error (meV/Å)", xlim=(0, 1.35 * rmse.max() or 1.0))
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.legend(loc="lower right" if len(there) > 1 else "center right")
    return figure(result.svg, "Error of the force components by species.")


def by_size(statistics: Statistics) -> Html:
    """Error of the energy against the number of atoms."""
    rows = statistics.energy.rows(2 + len(statistics.species))
    atoms = rows[:, 2:].sum(axis=1)
    d = 1e3 * (rows[:, 1] - rows[:, 0]) / atoms
    label = f"Energy errors of frames of {statistics.sizes[0]} to {statistics.sizes[1]} atoms"
    with drawing("size", label) as result:
        axes = result.figure.subplots()
        axes.axhline(0, color="#808080", linewidth=0.8)
        axes.plot(atoms, d, ".", markersize=5, alpha=0.5, markeredgewidth=0, rasterized=len(d) > 1000)
        reach = 1.1 * float(np.quantile(np.abs(d), 0.999)) or 1.0
        axes.set(xlabel="atoms in the frame", ylabel="energy error (meV/atom)", ylim=(-reach, reach))
    return figure(result.svg, "Error of the energy by the size of the frame.")


def learning_curve(rows: Sequence[dict[str, float]]) -> list[Html]:
    """rows: of a run's log.csv. One figure for each quantity that was validated or trained on."""
    step = np.array([row["step"] for row in rows])
    parts = []
    for name in (FORCE, ENERGY, VIRIAL):
        columns = [(part, f"{part}/{name}") for part in ("train", "validation") if f"{part}/{name}" in rows[-1]]
        if not columns:
            continue
        last = ", ".join(f"{part} {rows[-1][column]:.3g}" for part, column in columns)
        with drawing(
            f"learning-{NAMES[name]}", f"{NAMES[name]} RMSE at the last step, {UNITS[name]}: {last}"
        ) as result:
            axes = result.figure.subplots()
            for part, column in columns:
                axes.plot(step, [row[column] for row in rows], ".-" if len(rows) < 30 else "-", label=part)
            axes.set(yscale="log", xlabel="step", ylabel=f"{NAMES[name]} RMSE ({UNITS[name]})", xlim=(0, step[-1]))
            plain_numbers(axes.yaxis)
            axes.locator_params(axis="x", nbins=5)
            axes.legend()
        parts.append(figure(result.svg, f"{NAMES[name].capitalize()}: {last} {UNITS[name]} at step {step[-1]:,.0f}."))
    return parts
