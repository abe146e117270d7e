"""A folder of data whose flows were chosen: as that of `henrici kinetic generate`, and the rounds that filled it.

data/flows-0000.pt, ...   the batches     data/round-1/1, ...           closures that chose batch number 1
data/data.json            the settings    data/round-1/candidates.csv   what they chose from
"""

import csv
import io
from pathlib import Path

from torch import Tensor

from kinetic.autoencoder.run import load
from kinetic.closure import data
from kinetic.closure.generate import claim, compute, one
from kinetic.exploration.committee import disagreement, trained
from kinetic.report.pages import exploration_page
from kinetic.settings import CaseSettings
from trainer.errors import UserError
from trainer.files import write_atomically
from trainer.settings import resolved

CANDIDATES, PAGE = "candidates.csv", "exploration.html"


def explore(settings: CaseSettings, case: Path, folder: Path) -> bool:
    """Fills the folder, or what is missing there of an earlier session; False when it is asked to stop.

    Raises UserError when the folder holds data of other settings, and for settings that leave nothing to choose."""
    if settings.data.model != "bgk":
        raise UserError(f"explore computes flows by bgk, got model = '{settings.data.model}' in [data]; use generate")
    size, total = settings.data.batch, settings.data.flows
    if total <= size or settings.exploration.candidates < size:
        raise UserError(
            f"expected more flows than the first batch, and candidates >= batch, got flows = {total}, batch = {size}, "
            f"candidates = {settings.exploration.candidates}"
        )
    settings.closure.check_intervals(len(settings.data.times) - 1)
    data.halvable(settings.data.cells, settings.closure.halvings)
    if settings.closure.moments is not None:
        load(Path(settings.closure.moments), settings.closure.order)
    about = {"exploration": resolved(settings.exploration), "closure": resolved(settings.closure)}
    about["gas"] = resolved(settings.gas)
    claim(settings.data, settings.solver, folder, about | {"training": resolved(settings.training)})
    compute(settings.data, settings.solver, folder, 0, range(size))
    for batch in range(1, data.batches(settings.data)):
        if (folder / data.name(batch)).exists():
            continue
        numbers = candidates(settings, batch)
        path = folder / f"round-{batch}" / CANDIDATES
        if not path.exists():
            members = trained(settings, data.read(folder, batch), path.parent)
            if members is None:
                return False
            write_atomically(path, table(settings, numbers, disagreement(members, settings, numbers)))
        ordered = sorted(rows(path), key=lambda row: -float(row["disagreement"]))
        best = sorted(int(row["flow"]) for row in ordered[: min(size, total - batch * size)])
        compute(settings.data, settings.solver, folder, batch, best)
    rounds = [rows(folder / f"round-{k}" / CANDIDATES) for k in range(1, data.batches(settings.data))]
    write_atomically(folder / PAGE, exploration_page(case, rounds, size))
    return True


def candidates(settings: CaseSettings, batch: int) -> range:
    """Numbers of the random flows that batch number `batch` is chosen from: others for each, all beyond the first."""
    count = settings.exploration.candidates
    first = settings.data.batch + (batch - 1) * count
    return range(first, first + count)


def table(settings: CaseSettings, numbers: range, found: Tensor) -> bytes:
    """CSV: a row for each candidate."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("flow", "family", "smallest eps", "largest eps", "disagreement"))
    for number, apart in zip(numbers, found.tolist(), strict=True):
        eps = one(settings.data, number).knudsen
        family = settings.data.families[number % len(settings.data.families)]
        writer.writerow((number, family, f"{float(eps.min()):.6g}", f"{float(eps.max()):.6g}", repr(apart)))
    return stream.getvalue().encode()


def rows(path: Path) -> list[dict[str, str]]:
    """What `table` wrote; none where there is no file yet."""
    if not path.exists():
        return []
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))
