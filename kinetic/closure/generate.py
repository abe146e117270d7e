"""Random flows by a kinetic model, into a folder of data."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from kinetic.cases import random
from kinetic.cases.build import profile
from kinetic.cases.settings import KnudsenSettings
from kinetic.closure.data import DEGREE, RECORD, batches, name
from kinetic.closure.settings import DataSettings
from kinetic.flow import Flow
from kinetic.gas import Molecules
from kinetic.models import Discretisation
from kinetic.moments.burnett.closures import in_the_plane
from kinetic.solve import Solution, solve
from trainer.errors import UserError
from trainer.files import make_folder, write_atomically
from trainer.loop import checkpoint, processes
from trainer.sampling import generator
from trainer.settings import resolved


def generate(settings: DataSettings, how: Discretisation, folder: Path, molecules: Molecules | None = None) -> None:
    """Fills `folder`, or what is missing there of an earlier session: the files are the same to the bit.

    molecules: by default as those of a case. Raises UserError when the folder holds data of other settings."""
    gas = molecules or Molecules()
    claim(settings, how, folder, {"gas": resolved(gas)})
    for number in tqdm(range(batches(settings)), desc="flows", unit=" batches", disable=None):
        first = number * settings.batch
        compute(settings, how, folder, number, range(first, min(first + settings.batch, settings.flows)), gas)


def claim(settings: DataSettings, how: Discretisation, folder: Path, more: dict[str, Any]) -> None:
    """Makes the folder one of these settings, and of `more` that its flows depend on.

    Raises UserError when there are flows of others, and for a device that there is not."""
    processes.device(how.device)
    known = json.dumps({"data": resolved(settings), "solver": resolved(how), **more}, indent=1)
    make_folder(folder)
    begun = (folder / RECORD).exists() and any(folder.glob("flows-*.pt"))
    if begun and (folder / RECORD).read_text() != known:
        raise UserError(f"{folder} holds data of other settings; -o names another folder")
    write_atomically(folder / RECORD, known.encode())


def compute(
    settings: DataSettings,
    how: Discretisation,
    folder: Path,
    batch: int,
    members: Sequence[int],
    gas: Molecules | None = None,
) -> None:
    """The file of batch number `batch`, unless it is there: the flows number `members`."""
    path = folder / name(batch)
    if path.exists():
        return
    flow, kept = together([one(settings, k) for k in members]), list[Tensor]()
    flow = replace(flow, molecules=gas or Molecules())

    v = how.collision(0.0).v if settings.model == "boltzmann" else how.grid().v

    def keep(solution: Solution) -> None:
        if settings.model == "boltzmann":
            kept.append(in_the_plane(solution.state, v, DEGREE))
        elif (len(solution.times) - 1) % settings.distributions == 0:
            kept.append(solution.state.float())

    found = solve(settings.model, flow, settings.times, how, reached=keep)
    if settings.model == "boltzmann":
        state = {"moments": torch.stack(kept, 1), "knudsen": flow.knudsen}
    else:
        state = {"moments": found.moments, "knudsen": flow.knudsen, "distributions": torch.stack(kept, 1)}
    checkpoint.save(path, state)


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
