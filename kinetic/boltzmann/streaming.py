"""What all kinetic models share: free flight along x on a grid of velocities, and the walls.

d_t f + v d_x f = C[f] / eps(x): a model says what its Maxwellians and its collisions C are."""

import math
from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from kinetic import kernels
from kinetic.boltzmann.velocities import Velocities
from kinetic.boltzmann.walls import Ends
from kinetic.flow import Flow, Wall
from kinetic.gas import primitive
from kinetic.numerics import weno
from kinetic.numerics.imex import LIMIT, Marched, Way
from trainer.errors import UserError

IN_PHASE = 0.48  # of the tube between molecules of neighbouring velocities: at 1/2 second harmonics are back
NEGLIGIBLE = 0.01  # share of the molecules


class DiscreteVelocities(ABC):
    """A System whose state is f [B, ..., nv, nx], nv the velocities along x. The transport is upwind, of fifth order.

    A model with more velocity dimensions has an axis before these two: other velocities, or reduced distributions."""

    dimension: ClassVar[int]  # of the velocities of a molecule
    slides: ClassVar[bool]  # whether the gas can move along the walls
    flagged = 0.0  # share of the cells on a fall-back: there is none

    def __init__(self, flow: Flow, velocities: Velocities):
        """Raises UserError when the velocities do not resolve the flow at its start, and for walls that the model
        does not know."""
        if flow.slides and not self.slides:
            raise UserError("tangential: this model has no velocity along the walls; es-bgk, bgk-3v, boltzmann have")
        velocities.check(flow.velocity, flow.temperature)
        self.velocities, self.dx = velocities, flow.dx
        self._rate = -velocities.v / flow.dx
        incoming = [self._incoming(wall, flow) for wall in (flow.left, flow.right)]
        self.eps = flow.knudsen.reshape(-1, *[1] * (incoming[0].ndim - 1), flow.knudsen.shape[-1])
        self._eps = flow.knudsen  # [B, nx]
        self._comes_back = flow.length if remembers(flow) else math.inf
        self._ends = Ends(velocities.v[:, None], (flow.left.kind, flow.right.kind), incoming, self.marginal)

    @abstractmethod
    def maxwellian(self, rho: Tensor, u: Tensor, w: Tensor, theta: Tensor) -> Tensor:
        """f [..., nv, nx] in equilibrium, with exact sums over the grid; u along x, w along the walls: [..., nx]."""

    @abstractmethod
    def marginal(self, f: Tensor) -> Tensor:
        """How many molecules have a velocity v along x, over all others: [..., nv, nx], a summed axis left as 1."""

    @abstractmethod
    def moments(self, f: Tensor) -> Tensor:
        """[B, K, nx]: density, momentum, twice the energy, and what else `kinetic.solve.Solution` says."""

    @abstractmethod
    def relax(self, f: Tensor, dt: float) -> Tensor:
        """z = f + dt C[z] / eps."""

    def start(self, flow: Flow) -> Tensor:
        """f at t = 0, the sum of Maxwellians, each with its moments exact on the grid."""
        members = zip(*(q.unbind(1) for q in (flow.density, flow.velocity, flow.temperature)), strict=True)
        return torch.stack([self.maxwellian(rho, u, 0.0 * u, theta) for rho, u, theta in members]).sum(0)

    def transport(self, f: Tensor) -> Tensor:
        if kernels.usable(f):
            return kernels.transport(self._rate, f, self._ends.ghosts(f), self._ends.at_walls(f))
        return torch.diff(self.faces(f), dim=-1).mul_(self._rate[:, None])

    def faces(self, f: Tensor) -> Tensor:
        """f at the faces: [..., nv, nx + 1]."""
        faces = weno.upwind(self._ends.pad(f), self.velocities.count // 2)
        left, right = self._ends.at_walls(f)
        if left is not None:
            faces[..., :1] = left
        if right is not None:
            faces[..., -1:] = right
        return faces

    def several_steps(self, f: Tensor, way: Way) -> Marched | None:
        return None

    def longest_step(self, f: Tensor, courant: float) -> float:
        return courant * LIMIT * self.dx / self.velocities.limit

    def holds(self, time: float, moments: Tensor) -> None:
        """Raises UserError where a flow up to this time, with these moments [B, K, nx], is beyond what the velocities
        can say.

        In a gas that no wall forgets, molecules of neighbouring velocities are in phase again once they are a length of
        the tube apart: a wave that has died out is back, but for the molecules that have collided since; its harmonics
        are back earlier. And the Maxwellian of a hot gas ends at the largest velocity."""
        _, u, theta = primitive(moments, self.dimension)
        collided = 1.0 - torch.exp(-time / self._eps)
        self.velocities.check_reach(u, theta, collided)
        count = 2 * math.ceil(time * self.velocities.limit / (IN_PHASE * self._comes_back) - 1e-9)
        free = float(torch.exp(-time * (1.0 / self._eps).mean(-1)).max())  # share that has not collided yet
        if self.velocities.count < count and free > NEGLIGIBLE:
            raise UserError(
                f"velocities: up to t = {time:g} those of the grid, {self.velocities.dv:.3g} apart, come in phase "
                f"again, and waves that have died out come back; use at least {count} velocities"
            )

    def _incoming(self, wall: Wall, flow: Flow) -> Tensor:
        """[..., nv, 1] what comes in, or what a diffuse wall emits at unit density; zeros for other walls."""
        if wall.kind not in ("inflow", "diffuse"):
            rho, u, theta = (q[0, 0, :1] for q in (flow.density, flow.velocity, flow.temperature))
            return torch.zeros_like(self.maxwellian(rho, u, 0.0 * u, theta))
        still = wall.kind == "diffuse"
        values = (1.0 if still else wall.density, 0.0 if still else wall.velocity, wall.tangential, wall.temperature)
        rho, u, w, theta = (torch.full((1,), x, dtype=torch.float64, device=flow.density.device) for x in values)
        self.velocities.check(u.abs() + w.abs(), theta)
        return self.maxwellian(rho, u, w, theta)


def remembers(flow: Flow) -> bool:
    """Whether there are waves, and no end of the tube forgets them."""
    kinds = {flow.left.kind, flow.right.kind}
    if kinds not in ({"periodic"}, {"reflecting"}):
        return False
    turned = kinds == {"reflecting"} and bool(flow.velocity.any())  # a gas that runs into its walls
    fields = flow.density, flow.velocity, flow.temperature, flow.knudsen
    return turned or not all(torch.equal(q, q[..., :1].expand_as(q)) for q in fields)
