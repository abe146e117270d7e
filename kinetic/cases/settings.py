"""The tables of a case that say what is computed: [flow], [knudsen], [left], [right]."""

from dataclasses import dataclass
from typing import Literal

from trainer.errors import UserError


@dataclass(frozen=True)
class KnudsenSettings:
    """eps(x), the mean time between collisions, in units of length over sqrt(temperature).

    With s from 0 to 1, eps = low (high / low)^s: uniform, s = 0; wave, s = (1 - cos(2 pi x / length)) / 2, which is
    periodic; layer, s = (1 + tanh((x / length - 1 / 2) / width)) / 2.

    profile: uniform, wave or layer.
    low, high: the smallest and the largest eps; uniform: low everywhere.
    width: of a layer, over the length.
    """

    profile: Literal["uniform", "wave", "layer"] = "uniform"
    low: float = 0.1
    high: float = 10.0
    width: float = 0.05

    def __post_init__(self) -> None:
        if (not 0 < self.low <= self.high and self.profile != "uniform") or not self.low > 0 or not self.width > 0:
            raise UserError(f"expected 0 < low <= high and width > 0, got {self.low}, {self.high}, {self.width}")


@dataclass(frozen=True)
class FlowSettings:
    """What the gas is at first.

    wave: density, velocity and temperature are mean + amplitude sin(2 pi (wavenumber x / length + phase)). riemann: one
    state to the left of the middle, another one to the right. shock: a normal shock wave at rest, the jump of Rankine
    and Hugoniot in its place at first; its walls want inflow of the same states: leave [left] and [right]
    out. random-wave, random-shock, random-mix: what closures are trained on, member number `seed`.

    kind: wave, riemann, shock, random-wave, random-shock or random-mix.
    cells: of the mesh.
    length: of the tube.
    density, velocity, temperature: of a wave: [mean, amplitude, phase], the phase in cycles.
    wavenumber: of a wave.
    left_state, right_state: of a Riemann problem: [density, velocity, temperature].
    mach: of a shock.
    dimension: of the velocities of the gas in a shock, as its models have it: gamma = (dimension + 2) / dimension.
    seed: of a random flow.
    """

    kind: Literal["wave", "riemann", "shock", "random-wave", "random-shock", "random-mix"] = "wave"
    cells: int = 200
    length: float = 1.0
    density: tuple[float, ...] = (1.0, 0.3, 0.0)
    velocity: tuple[float, ...] = (0.0, 0.2, 0.16)
    temperature: tuple[float, ...] = (1.0, 0.2, 0.32)
    wavenumber: int = 1
    left_state: tuple[float, ...] = (1.0, 0.0, 1.0)
    right_state: tuple[float, ...] = (0.125, 0.0, 0.8)
    mach: float = 2.0
    dimension: Literal[1, 2, 3] = 1
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("density", "velocity", "temperature", "left_state", "right_state"):
            if len(getattr(self, name)) != 3:
                raise UserError(f"{name}: expected three numbers, got {list(getattr(self, name))}")
        if self.cells < 8 or not self.length > 0 or not self.mach > 1 or self.seed < 0:
            raise UserError(
                f"expected cells >= 8, length > 0, mach > 1, seed >= 0, got {self.cells}, {self.length}, {self.mach}, "
                f"{self.seed}"
            )
