"""The curves of trajectories as CSV."""

import csv
import io
from collections.abc import Sequence

import numpy as np

from trainer.data.frame import Array
from trainer.report.analysis import Analysis
from trainer.report.blocks import Estimate


def curves_csv(analyses: Sequence[Analysis]) -> dict[str, bytes]:
    """Tables by name, "rdf" and "msd"; errors are half widths of the confidence interval."""
    rdf: list[Sequence[object]] = [("trajectory", "pair", "r_A", "g", "g_error", "coordination", "coordination_error")]
    msd: list[Sequence[object]] = [("trajectory", "species", "time", "time_unit", "msd_A2", "msd_error_A2")]
    for a in analyses:
        for pair, c in a.pairs.items():
            rdf.extend(rows((str(a.source.path), pair), c.r, *column(c.g), *column(c.coordination)))
        for s, m in a.mobility.items():
            if m is not None:
                lag = np.array([a.time(t) for t in m.lag])
                for time, *rest in rows((), lag, *column(m.msd)):
                    msd.append((str(a.source.path), s, time, a.time_unit, *rest))
    return {"rdf": written(rdf), "msd": written(msd)}


def column(x: Estimate) -> tuple[Array, Array]:
    return x.mean, x.error


def rows(start: tuple[str, ...], *columns: Array) -> list[tuple[object, ...]]:
    return [(*start, *(f"{value:.6g}" for value in row)) for row in zip(*columns, strict=True)]


def written(lines: Sequence[Sequence[object]]) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(lines)
    return stream.getvalue().encode()
