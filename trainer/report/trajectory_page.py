"""The page of `henrici report trajectory`."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import date
from importlib.metadata import version

import numpy as np

from trainer.report import trajectory_figures as draw
from trainer.report.analysis import UNITS, Analysis
from trainer.report.blocks import CONFIDENCE, Estimate
from trainer.report.diffusion import BLOCKS
from trainer.report.page import Html, document, figures, headline, join, number, paragraph, table
from trainer.report.trajectory_figures import with_error

CM2_PER_S = 10.0  # 1e-5 cm^2/s = 1e-9 m^2/s, of 1 angstrom^2/ps
HOW = (
    f"Bands and ± are {100 * CONFIDENCE:.0f} % confidence intervals from means over blocks of time, with Student's t "
    "for their number. Blocks are at least ten times as long as the slowest quantity here stays correlated, if the "
    "trajectory is long enough."
)
BALLISTIC = 1.5  # exponent: half way between diffusion, 1, and free flight, 2
MOTION = (
    "Averaged over atoms and times of origin, without the motion of the centre of mass; error bars from "
    f"{BLOCKS} blocks. D is a sixth of the slope over the longer lags, not corrected for the size of the cell (Yeh and "
    "Hummer, J. Phys. Chem. B 108, 15873 (2004)). The exponent is the slope of log MSD against log t there: 1 where "
    "the motion is diffusive, 0 where atoms stay."
)


def page(analyses: Sequence[Analysis]) -> bytes:
    """The first is the trajectory, others are references."""
    labels = names(analyses)
    pairs = list(dict.fromkeys(name for a in analyses for name in a.pairs))
    species = list(dict.fromkeys(s for a in analyses for s in a.species))
    series = [name for name in UNITS if any(name in a.series and np.ptp(a.series[name]) > 0 for a in analyses)]
    sections = [
        (
            "Radial distribution",
            join([figures(draw.radial(p, analyses, labels) for p in pairs), shells(analyses, labels)]),
        ),
        ("Diffusion", diffusion(species, analyses, labels)),
    ]
    if series:
        sections.append(("Along the trajectory", figures(draw.course(name, analyses, labels) for name in series)))
    if len(analyses) > 1:
        sections.insert(0, ("Agreement with the reference", agreement(analyses)))
    sections.append(("Trajectories", origins(analyses, labels)))
    first = analyses[0]
    lead = f"{first.frames:,} frames of {formula(first.symbols)}" + (
        f", {number(first.time(first.frames))} ps" if first.dt else ""
    )
    opening = join(
        [
            headline(numbers(first)),
            paragraph(HOW, "note"),
            *(paragraph(w, "warning") for w in warnings(analyses, labels)),
        ]
    )
    footer = f"Written by henrici {version('henrici')} on {date.today().isoformat()}; read by ASE and MDAnalysis."
    return document(f"Trajectory {first.source.path.name}", lead, opening, sections, footer)


def names(analyses: Sequence[Analysis]) -> list[str]:
    """File names; where two are alike, paths."""
    short = [a.source.path.name for a in analyses]
    return short if len(set(short)) == len(short) else [str(a.source.path) for a in analyses]


def formula(symbols: Sequence[str]) -> str:
    return " ".join(f"{s}{n}" for s, n in sorted(Counter(symbols).items()))


def numbers(a: Analysis) -> list[tuple[str, str, str, str]]:
    result = []
    for name, mean in a.means.items():
        value, error = float(mean.mean), float(mean.error)
        shown = tile(value, error) if error > 1e-9 * abs(value) else (number(value), "constant")
        result.append((name.capitalize(), shown[0], UNITS[name], shown[1]))
    for s, m in a.mobility.items():
        if m is not None and a.dt:
            d = scaled(m.diffusion, CM2_PER_S / a.dt)
            shown = tile(float(d.mean), float(d.error))
            result.append((f"D of {s}", shown[0], "10⁻⁵ cm²/s", shown[1]))
    return result


def tile(mean: float, error: float) -> tuple[str, str]:
    """'1.032', '± 0.014'"""
    value, _, remark = with_error(mean, error).partition(" ")
    return value, remark


def scaled(x: Estimate, factor: float) -> Estimate:
    return Estimate(x.mean * factor, x.standard_error * factor, x.blocks)


def warnings(analyses: Sequence[Analysis], labels: Sequence[str]) -> list[str]:
    found = []
    for a, label in zip(analyses, labels, strict=True):
        if a.short:
            found.append(
                f"{label} is short: its slowest quantity stays correlated for about {number(a.time(a.inefficiency))} "
                f"{a.time_unit}, so it holds some {a.frames / a.inefficiency:.0f} independent frames, and the true "
                "errors may be larger than those given."
            )
        ballistic = [s for s, m in a.mobility.items() if m is not None and m.exponent > BALLISTIC]
        if ballistic and a.dt:
            found.append(
                f"{label} is too short for the diffusion of {' and '.join(ballistic)}: at these times atoms fly rather "
                "than diffuse (exponents far above 1), and the coefficients mean nothing."
            )
        if not a.followed:
            found.append(f"{label}: atoms move too far between frames to be followed; no displacements are given.")
        elif a.dt is None:
            found.append(f"{label} has no times; give the ps between frames by --dt for diffusion coefficients.")
    return found


def shells(analyses: Sequence[Analysis], labels: Sequence[str]) -> Html:
    """Coordination numbers of the first shell."""
    rows = []
    for a, label in zip(analyses, labels, strict=True):
        for pair, curves in a.pairs.items():
            k = analyses[-1].pairs[pair].shell if pair in analyses[-1].pairs else curves.shell
            if k is None or k >= len(curves.r):
                rows.append((label, pair, "–", "–", "–"))
                continue
            count = Estimate(
                curves.coordination.mean[k], curves.coordination.standard_error[k], curves.coordination.blocks
            )
            edge = curves.r[k] + (curves.r[1] - curves.r[0]) / 2
            peak = float(curves.r[: k + 1][curves.g.mean[: k + 1].argmax()])
            rows.append((label, pair, f"{peak:.2f}", f"{edge:.2f}", with_error(float(count.mean), float(count.error))))
    whose = " of the reference" if len(analyses) > 1 else ""
    caption = f"First shell: up to the first minimum of g(r){whose}; of A–B, the number of B around an A"
    header = ("trajectory", "pair", "peak, Å", "minimum, Å", "coordination")
    return table(caption, header, rows, words=(0, 1))


def diffusion(species: Sequence[str], analyses: Sequence[Analysis], labels: Sequence[str]) -> Html:
    drawn = [part for s in species if (part := draw.displacement(s, analyses, labels)) is not None]
    if not drawn:
        return paragraph(f"Too few frames: at least {10 * BLOCKS} are needed.")
    rows = []
    for a, label in zip(analyses, labels, strict=True):
        for s, m in a.mobility.items():
            if m is not None:
                d = scaled(m.diffusion, CM2_PER_S / a.dt) if a.dt else None
                value = "–" if d is None else with_error(float(d.mean), float(d.error))
                rows.append((label, s, value, f"{m.exponent:.2f}".replace("-", "−")))
    header = ("trajectory", "species", "D, 10⁻⁵ cm²/s", "exponent")
    return join(
        [paragraph(MOTION, "note"), figures(drawn), table("Diffusion coefficients", header, rows, words=(0, 1))]
    )


def agreement(analyses: Sequence[Analysis]) -> Html:
    """Of g(r) with the second trajectory's."""
    first, reference = analyses[:2]
    rows = []
    for pair, curves in first.pairs.items():
        if pair in reference.pairs:
            difference, noise = difference_of(curves.g, reference.pairs[pair].g)
            rows.append((pair, f"{100 * difference:.2g} %", f"{100 * noise:.2g} %"))
    caption = "∑|g − g_ref| / ∑ g_ref, and what the statistical errors alone would make of it"
    return table(caption, ("pair", "difference of g(r)", "expected from noise"), rows)


def difference_of(g: Estimate, reference: Estimate) -> tuple[float, float]:
    """Relative difference of two curves, and its expectation sum (2/pi)^(1/2) s / sum g_ref if they were the same."""
    k = min(len(g.mean), len(reference.mean))
    s = np.hypot(g.standard_error[:k], reference.standard_error[:k])
    total = reference.mean[:k].sum()
    difference = np.abs(g.mean[:k] - reference.mean[:k]).sum()
    return float(difference / total), float(math.sqrt(2 / math.pi) * s.sum() / total)


def origins(analyses: Sequence[Analysis], labels: Sequence[str]) -> Html:
    lines: list[list[object]] = [
        ["file"],
        ["frames"],
        ["between frames"],
        ["skipped"],
        ["atoms"],
        ["blocks"],
        ["correlated for"],
    ]
    for a in analyses:
        length = a.frames // a.blocks
        values = (
            str(a.source.path),
            f"{a.frames:,}",
            f"{number(1e3 * a.dt)} fs" if a.dt else "not known",
            f"{a.source.skip:,} frames",
            formula(a.symbols),
            f"{a.blocks} of {length:,} frames, {number(a.time(length))} {a.time_unit}",
            f"{number(a.time(a.inefficiency))} {a.time_unit}",
        )
        for line, value in zip(lines, values, strict=True):
            line.append(value)
    caption = "Correlated for: statistical inefficiency of the slowest quantity"
    return table(caption, ["", *labels], lines, words=range(1 + len(analyses)))
