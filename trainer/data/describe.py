"""A summary in words: what `henrici data` prints."""

from collections.abc import Iterator, Sequence

import numpy as np

from trainer.data import advice, doubts
from trainer.data.consistency import Consistency, check
from trainer.data.frame import Array
from trainer.data.settings import DataSettings
from trainer.data.store import Frames
from trainer.data.summary import CUTOFF, Numbers, Summary
from trainer.errors import UserError

LISTED = 8  # compositions
PRESSURE, FORCE = 1000.0, 100.0  # GPa, eV/angstrom beyond which a unit is in doubt
TWINS = 0.05  # share of near-duplicates that is worth a line


def describe(frames: Frames, s: Summary, sets: Sequence[DataSettings]) -> Iterator[str]:
    """Lines; those that begin with ! say what looks wrong."""
    n = frames.atoms
    named = [f"{k} in {v}" for k, v in sorted(s.compositions.items(), key=lambda item: -item[1])]
    more = f", and {len(named) - LISTED} more" if len(named) > LISTED else ""
    reference = ", ".join(f"{k} {v:.6g}" for k, v in s.reference.items())
    yield f"frames        {len(frames)}, of {n.min()} to {n.max()} atoms, {n.sum()} atoms in all"
    yield f"trajectories  {len(np.unique(frames.column('trajectory')))}"
    yield f"species       {' '.join(frames.species)}"
    yield f"compositions  {', '.join(named[:LISTED])}{more}"
    yield f"labels        {', '.join(f'{name} {int(there.sum())}' for name, there in frames.labels.items())}"
    yield f"energy        {span(s.energy)} eV/atom, beyond a fit by composition: {reference} eV"
    yield f"force         {span(s.force)} eV/angstrom, the largest of a frame; rms of components {s.force_rms:.4g}"
    yield f"pressure      {span(s.pressure)} GPa"
    yield f"volume        {span(s.volume)} angstrom^3/atom"
    yield f"shortest      {', '.join(f'{k} {v:.3f}' for k, v in s.shortest.items()) or '-'} angstrom"
    for k in s.largest_forces()[:3]:
        yield f"large force   {s.force[k]:.4g} eV/angstrom: {frames[k].source}"
    yield f"near twins    {len(s.duplicates)} frames{first(frames, s.duplicates)}"
    found = [check(frames.subset(np.flatnonzero(frames.column("set") == k))) for k in range(len(sets))]
    for k, one in enumerate(found):
        name = "work-energy" if len(sets) == 1 else f"work-energy {k}"
        for what, slope in (("forces", one.forces), ("normal", one.normal), ("shear", one.shear)):
            yield f"{name:13} {what:7}{'no frames that tell' if slope is None else slope}"
    for line in problems(frames, s, sets, found):
        yield f"! {line}"


def problems(frames: Frames, s: Summary, sets: Sequence[DataSettings], found: Sequence[Consistency]) -> Iterator[str]:
    """What looks wrong, in plain words."""
    for k, (data, one) in enumerate(zip(sets, found, strict=True)):
        try:
            advice.refuse(one, data, "[data]" if len(sets) == 1 else f"[[data]] number {k}")
        except UserError as error:
            yield str(error)
    for k in s.outliers():
        off = f"{s.deviation[k]:.0f} robust standard deviations off"
        yield f"energy {s.energy[k]:.4g} eV/atom, {off}: {frames[k].source}"
    yield from doubts.lengths(s.shortest)
    if not s.shortest and (frames.atoms > 1).any():
        yield f"no two atoms within {CUTOFF} angstrom of each other: another length_unit?"
    if len(s.isolated):
        where = first(frames, s.isolated)
        yield f"atoms without neighbours within {CUTOFF} angstrom in {len(s.isolated)} frames{where}"
    if len(s.duplicates) > TWINS * len(frames):
        yield f"{len(s.duplicates)} frames are nearly the same as others: a split may put twins on both sides"
    for name, values, most, key in (
        ("pressure", s.pressure, PRESSURE, "stress_unit"),
        ("force", s.force, FORCE, "force_unit, or overlapping atoms"),
    ):
        largest = float(np.nanmax(np.abs(values), initial=0.0))
        if largest > most:
            yield f"a {name} of {largest:.4g}: another {key}?"
    yield from doubts.labels(frames)


def span(values: Array) -> str:
    known = values[np.isfinite(values)]
    return f"{known.min():.4g} to {known.max():.4g}" if len(known) else "-"


def first(frames: Frames, numbers: Numbers) -> str:
    return f", e.g. {frames[int(numbers[0])].source}" if len(numbers) else ""
