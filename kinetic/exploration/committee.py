"""A committee of closures, trained on what there is so far, and how far its members are apart on a flow."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from kinetic.closure.data import Data
from kinetic.closure.generate import one, together
from kinetic.closure.run import task
from kinetic.closure.task import COURANT, ClosureTask
from kinetic.flow import Flow
from kinetic.gas import scales
from kinetic.moments.system import Closure, MomentSystem
from kinetic.numerics.imex import march
from kinetic.settings import CaseSettings
from trainer.errors import UserError
from trainer.files import make_folder
from trainer.loop.loop import Loop

LOOKS = 4  # times at which members are compared


def trained(settings: CaseSettings, data: tuple[Data, Data], folder: Path) -> list[Closure] | None:
    """Its members, in folder/1, folder/2, ...: goes on where training was stopped. None when it is asked to stop."""
    members = []
    for k in range(settings.exploration.committee):
        how = replace(settings.training, seed=settings.training.seed + k)
        found: ClosureTask = task(replace(settings, training=how), data)
        make_folder(folder / str(k + 1))
        loop = Loop.entered(found, how, folder / str(k + 1))
        if not loop.run():
            return None
        members.append(found.closure(loop.averaged))
    return members


@torch.no_grad()
def disagreement(members: list[Closure], settings: CaseSettings, numbers: range) -> Tensor:
    """Of the members on candidates: the root of the sum of their variances of density, momentum and energy, relative as
    in kinetic.solve.errors; infinite where one of them loses the gas. [len(numbers)]"""
    flows = [halved(one(settings.data, number), settings.closure.halvings) for number in numbers]
    size, found = settings.data.batch, []
    for k in tqdm(range(0, len(flows), size), desc="candidates", unit=" batches", disable=None):
        found.append(apart(members, flows[k : k + size], settings.data.time))
    return torch.cat(found)


def apart(members: list[Closure], flows: list[Flow], end: float) -> Tensor:
    """[len(flows)]"""
    flow = together(flows)
    try:
        runs = torch.stack([run(member, flow, end) for member in members])  # [members, LOOKS, B, 3, nx]
    except UserError:  # by which of the flows?
        half = len(flows) // 2
        if half == 0:
            return torch.tensor([torch.inf], dtype=torch.float64)
        return torch.cat([apart(members, part, end) for part in (flows[:half], flows[half:])])
    return (runs.var(0).sum((0, 3)) / scales(runs.mean(0)).sum((0, 3))).sum(-1).sqrt()


def halved(flow: Flow, times: int) -> Flow:
    """On the mesh that closures are trained on: every second cell, and so on."""
    stride = 2**times
    rho, u, theta, eps = (q[..., ::stride] for q in (flow.density, flow.velocity, flow.temperature, flow.knudsen))
    return Flow(rho, u, theta, eps, flow.length)


def run(closure: Closure, flow: Flow, end: float) -> Tensor:
    """m_0, m_1, m_2 at LOOKS times: [LOOKS, B, 3, nx]."""
    system, seen = MomentSystem(flow, closure), []
    m = system.start(flow)
    for _ in range(LOOKS):
        m = march(system, m, 0.0, end / LOOKS, COURANT)
        seen.append(m[:, :3])
    return torch.stack(seen)
