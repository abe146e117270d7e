"""What is learned from: moments and distributions of kinetic solutions, in a folder that is filled in several
sessions."""

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from kinetic.closure.settings import DataSettings
from kinetic.gas import Molecules
from kinetic.models import Discretisation
from trainer.errors import UserError
from trainer.loop import checkpoint, record
from trainer.sampling import generator

RECORD = "data.json"
DEGREE = 8  # of the moments with Burnett's functions that are kept


class Data(NamedTuple):
    """Moments of F flows at T times, `interval` apart; of boltzmann there are no distributions."""

    moments: Tensor  # [F, T, K, nx] m_0 .. m_(K-1); of boltzmann rho, rho u, 2 E, rho b_3, ... up to DEGREE
    knudsen: Tensor  # [F, nx]
    interval: float
    distributions: Tensor  # [F, S, nv, nx] f, single precision, at the first time and then at each `every`-th
    every: int
    velocities: Tensor  # [nv]
    molecules: Molecules | None = None  # of boltzmann

    def take(self, flows: list[int]) -> "Data":
        """Some of the flows."""
        return self._replace(
            moments=self.moments[flows], knudsen=self.knudsen[flows], distributions=self.distributions[flows]
        )

    def to(self, device: torch.device) -> "Data":
        """The same on another device."""
        moments, knudsen, f, v = (
            x.to(device) for x in (self.moments, self.knudsen, self.distributions, self.velocities)
        )
        return self._replace(moments=moments, knudsen=knudsen, distributions=f, velocities=v)

    def halved(self, times: int) -> "Data":
        """On a mesh of half as many cells, and so on. Raises UserError where that cannot be."""
        if times == 0:
            return self
        halvable(self.knudsen.shape[-1], 1)
        eps = middle(self.knudsen.log()).exp()  # which varies by orders of magnitude
        f = middle(self.distributions)
        return self._replace(moments=middle(self.moments), knudsen=eps, distributions=f).halved(times - 1)


def files(folder: Path) -> list[dict[str, Any]]:
    """What is in the folder, for the record of a run. Raises UserError as `read` does."""
    read(folder)
    return record.files(sorted(path for path in folder.iterdir() if path.suffix in (".pt", ".json")))


def read(folder: Path, first: int | None = None) -> tuple[Data, Data]:
    """For training and for validation; first: of so many batches. Raises UserError when there is none, or generation
    has not ended."""
    try:
        known = json.loads((folder / RECORD).read_text())
        settings, how = DataSettings(**known["data"]), Discretisation(**known["solver"] | {"device": "cpu"})
        gas = Molecules(**known["gas"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(f"{folder}: no data; make them with: henrici kinetic generate case.toml -o {folder}") from None
    count = batches(settings) if first is None else first
    if missing := [name(k) for k in range(count) if not (folder / name(k)).exists()]:
        raise UserError(f"{folder}: {missing[0]} is missing; go on with the command that began it, -o {folder}")
    parts = [checkpoint.load(folder / name(k)) for k in range(count)]
    if settings.model == "boltzmann":
        for part in parts:
            part["distributions"] = part["knudsen"][:, None, None][:, :0]  # none
    if not all("distributions" in part for part in parts):
        raise UserError(f"{folder}: data without distributions, of another version; make them again, -o another folder")
    moments, knudsen, f = (torch.cat([part[key] for part in parts]) for key in ("moments", "knudsen", "distributions"))
    molecules = gas if settings.model == "boltzmann" else None
    whole = Data(moments, knudsen, settings.interval, f, settings.distributions, how.grid().v, molecules)
    flows = len(knudsen)
    order = torch.randperm(flows, generator=generator(settings.seed, 2)).tolist()
    held = round(settings.validation * flows)
    if held == flows:
        raise UserError(f"{folder}: no flow is left to train on; more flows, or less validation")
    return whole.take(sorted(order[held:])), whole.take(sorted(order[:held] or order))


def middle(q: Tensor) -> Tensor:
    """Values midway between the cells 0 and 1, 2 and 3, ... of a periodic mesh, to sixth order: [..., nx / 2].

    Interpolation does not overshoot by more than a tenth of a jump; conserved sums change by the error of the rule."""
    parts = [q.roll(-k, -1)[..., ::2] for k in range(-2, 4)]
    return (150 * (parts[2] + parts[3]) - 25 * (parts[1] + parts[4]) + 3 * (parts[0] + parts[5])) / 256


def halvable(cells: int, times: int) -> None:
    """Raises UserError where a mesh of so many cells cannot be halved so often."""
    for _ in range(times):
        if cells % 2 or cells < 32:
            raise UserError(f"halvings: a mesh of {cells} cells cannot be halved any more")
        cells //= 2


def name(batch: int) -> str:
    return f"flows-{batch:04d}.pt"


def batches(settings: DataSettings) -> int:
    """How many files there are in the end."""
    return math.ceil(settings.flows / settings.batch)
