"""A flow to be computed: what the gas is at first, its Knudsen number at every place, and its walls."""

import math
from dataclasses import dataclass, field, replace
from typing import Literal

import torch
from torch import Tensor

from kinetic.gas import Molecules, maxwellian, maxwellian_moments
from trainer.errors import UserError


@dataclass(frozen=True)
class Wall:
    """One end of the tube.

    kind: periodic (then both ends are), reflecting, diffuse (absorbs, and emits a Maxwellian at rest), inflow (a
        Maxwellian comes in), outflow (what is next to the wall, on and on).
    density, velocity, temperature: of what flows in, or the temperature of a diffuse wall.
    tangential: velocity along the wall, of a diffuse one or of what flows in; for es-bgk, bgk-3v and boltzmann.
    """

    kind: Literal["periodic", "reflecting", "diffuse", "inflow", "outflow"] = "periodic"
    density: float = 1.0
    velocity: float = 0.0
    temperature: float = 1.0
    tangential: float = 0.0

    def __post_init__(self) -> None:
        if not math.isfinite(self.tangential) or (self.tangential and self.kind not in ("diffuse", "inflow")):
            raise UserError(
                f"tangential: only diffuse walls and inflow have a velocity, got {self.tangential:g} and {self.kind}"
            )
        if not (self.density > 0 and self.temperature > 0 and math.isfinite(self.velocity)):
            raise UserError(
                f"expected density > 0, temperature > 0 and a velocity, got {self.density}, {self.temperature}, "
                f"{self.velocity}"
            )


@dataclass(frozen=True)
class Flow:
    """B flows that are computed together. At t = 0, f is a sum of S Maxwellians at every place: one is equilibrium.

    Arrays of another kind become tensors of float64: what torch makes of Python's numbers is float32. Raises UserError
    for values that are no gas, and for walls that do not go together."""

    density: Tensor  # [B, S, nx], at the centres of the cells
    velocity: Tensor  # [B, S, nx]
    temperature: Tensor  # [B, S, nx], k_B T / m
    knudsen: Tensor  # [B, nx], eps(x): the mean time between collisions
    length: float = 1.0
    left: Wall = field(default_factory=Wall)
    right: Wall = field(default_factory=Wall)
    molecules: Molecules = field(default_factory=Molecules)

    def __post_init__(self) -> None:
        for name in ("density", "velocity", "temperature", "knudsen"):
            object.__setattr__(self, name, torch.as_tensor(getattr(self, name), dtype=torch.float64))
        shapes = [tuple(t.shape) for t in (self.density, self.velocity, self.temperature, self.knudsen)]
        b, s, n = shapes[0] if len(shapes[0]) == 3 else (0, 0, 0)
        if n < 8 or shapes != [(b, s, n)] * 3 + [(b, n)]:
            raise UserError(
                f"expected density, velocity, temperature [B, S, nx >= 8] and knudsen [B, nx], got {shapes}"
            )
        for name in ("density", "temperature", "knudsen"):
            if not bool((getattr(self, name) > 0).all()):
                raise UserError(f"{name}: expected numbers > 0, got {float(getattr(self, name).min()):g}")
        fields = (self.density, self.velocity, self.temperature, self.knudsen)
        if not all(bool(torch.isfinite(t).all()) for t in fields):
            raise UserError("expected a density, velocity, temperature and Knudsen number that are finite everywhere")
        if not 0 < self.length < math.inf:
            raise UserError(f"length: expected a number > 0, got {self.length:g}")
        if (self.left.kind == "periodic") != (self.right.kind == "periodic"):
            raise UserError(f"walls: either both ends are periodic or none, got {self.left.kind} and {self.right.kind}")

    @property
    def slides(self) -> bool:
        """Whether something moves along the walls."""
        return bool(self.left.tangential or self.right.tangential)

    @property
    def dx(self) -> float:
        """Width of a cell."""
        return self.length / self.density.shape[-1]

    @property
    def x(self) -> Tensor:
        """[nx] centres of the cells."""
        return (torch.arange(self.density.shape[-1], dtype=torch.float64) + 0.5) * self.dx

    def moments(self, order: int) -> Tensor:
        """m_0 .. m_order at t = 0: [B, order + 1, nx]."""
        return maxwellian_moments(self.density, self.velocity, self.temperature, order).sum(1)

    def distribution(self, v: Tensor) -> Tensor:
        """f at t = 0 and the velocities v [nv]: [B, nv, nx]."""
        return maxwellian(self.density, self.velocity, self.temperature, v).sum(1)

    def to(self, device: str | torch.device) -> "Flow":
        """The same on another device."""
        rho, u, theta, eps = (t.to(device) for t in (self.density, self.velocity, self.temperature, self.knudsen))
        return replace(self, density=rho, velocity=u, temperature=theta, knudsen=eps)
