"""Solutions: a flow, computed by one model up to some times."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from tqdm import tqdm

from kinetic.flow import Flow
from kinetic.gas import primitive, scales
from kinetic.models import Discretisation, dimension, system
from kinetic.numerics.imex import march
from trainer.errors import UserError
from trainer.loop import processes


@dataclass(frozen=True)
class Solution:
    """What a model says of B flows at T times."""

    model: str
    x: Tensor  # [nx] centres of the cells
    times: Tensor  # [T]
    moments: Tensor  # [B, T, K, nx], m_0 .. m_(K-1), at least three; in 2 or 3 dimensions those of a `Fluid`
    state: Tensor  # [B, ..., nx] all that the model knows at the last time: m, or the distribution f [B, ..., nv, nx]
    cpu: float  # seconds that the steps took
    flagged: float  # share of the cells, over all steps, on a moment model's fall-back (moments/system.py)
    dimension: int = 1  # of the velocities

    @property
    def density(self) -> Tensor:
        """[B, T, nx]"""
        return self.moments[..., 0, :]

    @property
    def velocity(self) -> Tensor:
        """[B, T, nx]"""
        return primitive(self.moments, self.dimension)[1]

    @property
    def temperature(self) -> Tensor:
        """[B, T, nx] k_B T / m"""
        return primitive(self.moments, self.dimension)[2]

    @property
    def tangential(self) -> Tensor:
        """[B, T, nx] velocity along the walls; 0 in one dimension"""
        if self.dimension == 1:
            return torch.zeros_like(self.density)
        return self.moments[..., 3, :] / self.density

    @property
    def conserved(self) -> Tensor:
        """[B, T, 3, nx] density, momentum, energy"""
        return self.moments[..., :3, :] * torch.tensor([1.0, 1.0, 0.5], dtype=torch.float64)[:, None]


@torch.no_grad()
def solve(
    model: str,
    flow: Flow,
    times: Sequence[float],
    how: Discretisation | None = None,
    known: Solution | None = None,
    reached: Callable[[Solution], object] | None = None,
    progress: bool = False,
) -> Solution:
    """The flow at `times`, ascending and >= 0, by a model of `kinetic.models.system`.

    known: what an earlier call with the same arguments has `reached`; the result is the same to the bit. reached: is
    given the solution so far after each of the times. Raises UserError for bad arguments, for velocities that do not
    hold the flow up to the last time, and in mid-run where density or temperature are not positive any more."""
    how = how or Discretisation()
    if not times or not all(0 <= t < math.inf for t in times) or sorted(set(times)) != list(times):
        raise UserError(f"times: expected ascending numbers >= 0, got {list(times)}")
    flow = flow.to(processes.device(how.device))
    computed = system(model, flow, how)
    if known is None:
        state = computed.start(flow)
        empty = computed.moments(state)[:, None][:, :0]
        none = torch.empty(0, dtype=torch.float64)
        known = Solution(model, flow.x, none, empty.cpu(), state, 0.0, 0.0, dimension(model))
    now = float(known.times[-1]) if len(known.times) else 0.0
    known_until, known_flagged = now, known.flagged
    computed.holds(times[-1], computed.moments(known.state.to(how.device)))
    with tqdm(total=times[-1], initial=now, desc=model, unit=" t", disable=None if progress else True) as bar:
        bar.bar_format = "{desc}: {percentage:3.0f}% |{bar}| {elapsed}<{remaining}"
        for t in times[len(known.times) :]:
            began = time.process_time()
            state = march(computed, known.state.to(how.device), now, t, how.courant, bar.update)
            spent = known.cpu + time.process_time() - began
            last = computed.moments(state)
            computed.holds(t, last)
            moments = torch.cat([known.moments, last.cpu()[:, None]], 1)
            at = torch.cat([known.times, torch.tensor([t], dtype=torch.float64)])
            flagged = (known_flagged * known_until + computed.flagged * (t - known_until)) / max(t, 1e-300)
            known = replace(known, times=at, moments=moments, state=state, cpu=spent, flagged=flagged)
            now = t
            if reached is not None:
                reached(known)
    return known


def errors(solution: Solution, reference: Solution) -> Tensor:
    """Relative L2 errors of density, momentum and energy over all times and places: [B, 4], the fourth one joint.

    Each |q - q_ref| / |q_ref|, but that of momentum over sqrt(|2 rho E|), since a momentum may be 0; joint is the root
    of their mean square. Raises UserError when meshes or times differ; a reference on a mesh that is finer by an odd
    factor is taken at the centres of the cells."""
    q, r = solution.moments[..., :3, :], reference.moments[..., :3, :]
    factor, rest = divmod(r.shape[-1], q.shape[-1])
    if rest or factor % 2 == 0 or not torch.equal(solution.times, reference.times):
        raise UserError(
            f"expected the same times and the reference on as many cells, or an odd multiple, got {q.shape[-1]} and "
            f"{r.shape[-1]} cells"
        )
    r = r[..., factor // 2 :: factor]
    relative = ((q - r).square().sum((1, 3)) / scales(r).sum((1, 3))).sqrt()
    return torch.cat([relative, relative.square().mean(1, keepdim=True).sqrt()], 1)
