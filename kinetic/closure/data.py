"""What is learned from: moments and distributions of kinetic solutions, in a folder that is filled in several
sessions."""

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from tqdm import tqdm

from kinetic.cases import random
from kinetic.cases.build import profile
from kinetic.cases.settings import KnudsenSettings
from kinetic.closure.settings import DataSettings
from kinetic.flow import Flow
from kinetic.models import Discretisation
from kinetic.solve import Solution, solve
from trainer.errors import UserError
from trainer.files import make_folder, write_atomically
from trainer.loop import checkpoint, record
from trainer.sampling import generator
from trainer.settings import resolved

RECORD = "data.json"


class Data(NamedTuple):
    """Moments of F flows at T times, `interval` apart."""

    moments: Tensor  # [F, T, K, nx] m_0 .. m_(K-1)
    knudsen: Tensor  # [F, nx]
    interval: float
    distributions: Tensor  # [F, S, nv, nx] f, single precision, at the first time and then at each `every`-th
    every: int
    velocities: Tensor  # [nv]

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
        if self.knudsen.shape[-1] % 2 or self.knudsen.shape[-1] < 32:
            raise UserError(f"halvings: a mesh of {self.knudsen.shape[-1]} cells cannot be halved any more")
        eps = middle(self.knudsen.log()).exp()  # which varies by orders of magnitude
        f = middle(self.distributions)
        return self._replace(moments=middle(self.moments), knudsen=eps, distributions=f).halved(times - 1)


def generate(settings: DataSettings, how: Discretisation, folder: Path) -> None:
    """Fills `folder`, or what is missing there of an earlier session: the files are the same to the bit.

    Raises UserError when the folder holds data of other settings."""
    known = json.dumps({"data": resolved(settings), "solver": resolved(how)}, indent=1)
    make_folder(folder)
    if (folder / RECORD).exists() and (folder / RECORD).read_text() != known:
        raise UserError(f"{folder} holds data of other settings; -o names another folder")
    write_atomically(folder / RECORD, known.encode())
    batches = [range(k, min(k + settings.batch, settings.flows)) for k in range(0, settings.flows, settings.batch)]
    for number, members in enumerate(tqdm(batches, desc="flows", unit=" batches", disable=None)):
        path = folder / name(number)
        if not path.exists():
            flow, kept = together([one(settings, k) for k in members]), list[Tensor]()

            def keep(solution: Solution, kept: list[Tensor] = kept) -> None:
                if (len(solution.times) - 1) % settings.distributions == 0:
                    kept.append(solution.state.float())

            found = solve("bgk", flow, settings.times, how, reached=keep)
            state = {"moments": found.moments, "knudsen": flow.knudsen, "distributions": torch.stack(kept, 1)}
            checkpoint.save(path, state)


def files(folder: Path) -> list[dict[str, Any]]:
    """What is in the folder, for the record of a run. Raises UserError as `read` does."""
    read(folder)
    return record.files(sorted(path for path in folder.iterdir() if path.suffix in (".pt", ".json")))


def read(folder: Path) -> tuple[Data, Data]:
    """For training and for validation. Raises UserError when there is none, or generation has not ended."""
    try:
        known = json.loads((folder / RECORD).read_text())
        settings, how = DataSettings(**known["data"]), Discretisation(**known["solver"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(f"{folder}: no data; make them with: henrici kinetic generate case.toml -o {folder}") from None
    count = math.ceil(settings.flows / settings.batch)
    if missing := [name(k) for k in range(count) if not (folder / name(k)).exists()]:
        raise UserError(
            f"{folder}: {missing[0]} is missing; go on with: henrici kinetic generate case.toml -o {folder}"
        )
    parts = [checkpoint.load(folder / name(k)) for k in range(count)]
    moments, knudsen, f = (torch.cat([part[key] for part in parts]) for key in ("moments", "knudsen", "distributions"))
    whole = Data(moments, knudsen, settings.interval, f, settings.distributions, how.grid().v)
    order = torch.randperm(settings.flows, generator=generator(settings.seed, 2)).tolist()
    held = round(settings.validation * settings.flows)
    if held == settings.flows:
        raise UserError(f"{folder}: no flow is left to train on; more flows, or less validation")
    return whole.take(sorted(order[held:])), whole.take(sorted(order[:held] or order))


def middle(q: Tensor) -> Tensor:
    """Values midway between the cells 0 and 1, 2 and 3, ... of a periodic mesh, to sixth order: [..., nx / 2].

    Interpolation does not overshoot by more than a tenth of a jump; conserved sums change by the error of the rule."""
    parts = [q.roll(-k, -1)[..., ::2] for k in range(-2, 4)]
    return (150 * (parts[2] + parts[3]) - 25 * (parts[1] + parts[4]) + 3 * (parts[0] + parts[5])) / 256


def name(batch: int) -> str:
    return f"flows-{batch:04d}.pt"


def one(settings: DataSettings, number: int) -> Flow:
    """Flow number `number`: its family, its fields and its Knudsen number are functions of the seed."""
    family = settings.families[number % len(settings.families)]
    drawn = generator(settings.seed, 1, number)
    u = torch.rand(3, generator=drawn, dtype=torch.float64)
    low, high = settings.knudsen
    ends = sorted(low * (high / low) ** float(q) for q in u[:2])
    varies = float(u[2]) < settings.transition
    knudsen = KnudsenSettings("wave", *ends) if varies else KnudsenSettings(low=low * (high / low) ** float(u[0]))
    x = (torch.arange(settings.cells, dtype=torch.float64) + 0.5) / settings.cells
    return random.flows(family, [settings.seed * 100_003 + number], settings.cells, profile(knudsen, x)[None])


def together(flows: list[Flow]) -> Flow:
    """Periodic flows on one mesh as a batch."""
    parts = max(flow.density.shape[1] for flow in flows)
    fields = []
    for field in ("density", "velocity", "temperature"):
        columns = []
        for flow in flows:
            q, copies = getattr(flow, field), parts // flow.density.shape[1]
            columns.append(q.repeat(1, copies, 1) / (copies if field == "density" else 1))
        fields.append(torch.cat(columns))
    rho, u, theta = fields
    return Flow(rho, u, theta, torch.cat([flow.knudsen for flow in flows]), flows[0].length)
