"""Sections of the page of `henrici test`."""

import math
import os
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from trainer.contract import PotentialMetadata
from trainer.potentials.task import ENERGY, FORCE, STRESS, VIRIAL
from trainer.report import potential_figures as draw
from trainer.report.errors import FARTHER, Statistics
from trainer.report.frames import FrameError, Group, outlying
from trainer.report.page import Html, facts, figures, join, number, table
from trainer.report.potential_figures import NAMES, UNITS

TERMS = ("power_spectrum", "deep_pot_se", "behler_parrinello", "zbl")  # tables of an input
ROWS = 15  # of a table; the rest is counted


def forces(statistics: Statistics) -> Html:
    rows = [
        (
            statistics.species[k],
            f"{row[0] / 3:,.0f}",
            *map(number, ((row[1] / row[0]) ** 0.5, row[2] / row[0], row[4], (row[3] / row[0]) ** 0.5)),
            f"{number(100 * (row[1] / row[3]) ** 0.5 if row[3] else math.nan)} %",
        )
        for k, row in enumerate(statistics.by_species)
        if row[0]
    ]
    header = ("species", "atoms", "RMSE", "MAE", "largest", "rms force", "RMSE / rms force")
    caption = "Force errors by species, meV/Å; the largest is the length of an atom's error"
    species = Html(f"<div>{join([draw.by_species(statistics), table(caption, header, rows)])}</div>")
    magnitude = draw.by_magnitude(statistics)
    return join([figures([species, magnitude] if magnitude else [species]), beyond(statistics)])


def beyond(statistics: Statistics) -> Html:
    """Whether errors grow where atoms are unlike those of the training data; nothing if the model cannot tell."""
    if not statistics.outside.any():
        return Html()
    edges = [f"{edge:g}" for edge in FARTHER[1:]]
    names = ["0", *(f"{a} to {b}" for a, b in pairwise(["0", *edges])), f"above {edges[-1]}"]
    rows = [
        (name, f"{components / 3:,.0f}", number((squares / components) ** 0.5 if components else math.nan))
        for name, (components, squares) in zip(names, statistics.outside, strict=True)
    ]
    caption = (
        "Force errors by extrapolation: how far an atom's surroundings are from those of the training data (0: among "
        "them; 1: twice as far as the largest gap between them)"
    )
    return table(caption, ("extrapolation", "atoms", "force RMSE, meV/Å"), rows)


def distribution(statistics: Statistics) -> Html:
    rows = []
    for name in (ENERGY, FORCE, VIRIAL, STRESS):
        bins = statistics.distribution[name]
        if bins.count.sum():
            quantiles = [number(bins.quantile(q)) for q in (0.5, 0.9, 0.95, 0.99, 1.0)]
            rows.append((f"{NAMES[name]} ({UNITS[name]})", f"{bins.count.sum():,}", *quantiles))
    header = (
        "absolute error",
        "labels",
        "median",
        *(f"{q}\xa0%" for q in (90, 95, 99)),
        "largest",
    )
    caption = "Absolute errors below which a share of the labels lies"
    return join([figures([draw.cumulative(statistics)]), table(caption, header, rows)])


def compositions(statistics: Statistics) -> Html:
    parts = [groups("Errors by composition", "composition", statistics.compositions)]
    if statistics.sizes[0] < statistics.sizes[1]:
        parts.insert(0, figures([draw.by_size(statistics)]))
    return join(parts)


def files(statistics: Statistics) -> Html:
    common = common_folder(statistics.files)
    caption = f"Errors by file, in {common}" if common else "Errors by file"
    return groups(caption, "file", {name.removeprefix(common): group for name, group in statistics.files.items()})


def groups(caption: str, what: str, content: dict[str, Group]) -> Html:
    """Those with the largest errors of the energy first; without energies, of the force."""
    order = sorted(
        content.items(),
        key=lambda item: -np.nan_to_num(item[1].energy_rmse or 0.0) - 1e-9 * np.nan_to_num(item[1].force_rmse),
    )
    rows = [
        (key, f"{g.frames:,}", *(number(v) for v in (g.energy_rmse, g.energy_bias, g.force_rmse)))
        for key, g in order[:ROWS]
    ]
    if len(order) > ROWS:
        caption += f"; the {ROWS} worst of {len(order):,}"
    header = (what, "frames", "energy RMSE, meV/atom", "mean error, meV/atom", "force RMSE, meV/Å")
    return table(caption, header, rows)


def worst(statistics: Statistics, metadata: PotentialMetadata) -> Html:
    errors = statistics.errors.values()
    records = statistics.worst()[:ROWS]
    common = common_folder(r.source for r in records)
    rows = [
        (
            r.source.removeprefix(common),
            r.formula,
            *(number(value) for value in (r.energy, r.force, r.largest, r.virial)),
            "; ".join(remarks(r, errors, metadata)) or "–",
        )
        for r in records
    ]
    header = (
        "frame",
        "composition",
        "energy error, meV/atom",
        "force RMSE, meV/Å",
        "largest force error, meV/Å",
        "virial RMSE, meV/atom",
        "what stands out",
    )
    where = f" in {common}" if common else ""
    caption = f"Frames{where} with the largest errors of energy, force or virial; frames and atoms are counted from 0"
    return table(caption, header, rows, words=(0, 1, 6))


def common_folder(names: Iterable[str]) -> str:
    """The folder that all of them begin with, and a slash; "" where there is none."""
    folders = {str(Path(name).parent) for name in names}
    mixed = len({Path(folder).is_absolute() for folder in folders}) != 1
    common = "" if mixed else os.path.commonpath(folders)
    return f"{common.rstrip('/')}/" if common not in ("", ".") else ""


def remarks(record: FrameError, errors: dict[str, float], metadata: PotentialMetadata) -> list[str]:
    """What is unusual about a frame, in words."""
    multiples = outlying(record, errors)
    found = []
    if multiples.get(ENERGY, 0.0) > 3:
        found.append(f"energy {multiples[ENERGY]:.1f} × the RMSE")
    if multiples.get(FORCE, 0.0) > 3:
        found.append(f"force on atom {record.atom} ({record.symbol}) {multiples[FORCE]:.1f} × the RMSE")
    if multiples.get(VIRIAL, 0.0) > 3:
        found.append(f"virial {multiples[VIRIAL]:.1f} × the RMSE")
    if record.shortest:
        pair, distance = record.shortest
        shortest = metadata.domain.get("shortest_distance_A")
        seen = shortest.get(pair) if isinstance(shortest, dict) else None
        if isinstance(seen, int | float) and distance < seen:
            found.append(f"{pair} {distance:.2f} Å apart, in training at least {seen:.2f} Å")
    if record.farthest and record.farthest[1] > FARTHER[2]:
        found.append(f"atom {record.farthest[0]} unlike any in training (extrapolation {number(record.farthest[1])})")
    return found


def trained_on_all(statistics: Statistics, metadata: PotentialMetadata) -> bool:
    return str(statistics.fingerprint) == metadata.data.get("fingerprint")


def overlap(statistics: Statistics, metadata: PotentialMetadata) -> str:
    """In words."""
    if trained_on_all(statistics, metadata):
        return "the same frames in the same order"
    checked, found = statistics.overlap.count
    if not checked:
        return "not known"
    return f"{found:,} of {checked:,} frames that could be looked up in the sample that the model file keeps"


def data_facts(statistics: Statistics, metadata: PotentialMetadata, data: Sequence[str]) -> Html:
    fewest, most = statistics.sizes
    labels = ", ".join(
        f"{statistics.labels[n]:,} of {NAMES[n]}" for n in (ENERGY, FORCE, VIRIAL) if statistics.labels.get(n)
    )
    return facts(
        [
            ("Files", ", ".join(data)),
            ("Frames", f"{statistics.frames:,}, of {fewest:,} atoms" + (f" to {most:,}" if most > fewest else "")),
            ("Labels", labels),
            ("Fingerprint", str(statistics.fingerprint)),
            ("Among the training frames", overlap(statistics, metadata)),
        ]
    )


def model_facts(metadata: PotentialMetadata, model: Path) -> Html:
    data = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in metadata.data.items() if key != "sample")
    recorded = ", ".join(
        f"{NAMES[n]} {number(metadata.validation[n])} {UNITS[n]}"
        for n in NAMES
        if isinstance(metadata.validation.get(n), int | float)
    )
    return facts(
        [
            ("File", str(model)),
            ("Species", ", ".join(metadata.species)),
            ("Cutoff", f"{metadata.cutoff:g} Å"),
            ("Precision", metadata.dtype),
            ("Terms", ", ".join(k for k in TERMS if k in metadata.config) or "not recorded"),
            ("Parameters", ", ".join(metadata.parameters) or "none"),
            ("Trained on", data or "not recorded"),
            ("RMSE at export", recorded or "not recorded"),
            ("Versions", ", ".join(f"{key} {value}" for key, value in metadata.versions.items()) or "not recorded"),
        ]
    )
