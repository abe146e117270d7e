"""From the tables of a case to its flow."""

import math

import torch
from torch import Tensor

from kinetic.cases import random
from kinetic.cases.settings import FlowSettings, KnudsenSettings
from kinetic.flow import Flow, Wall


def build(flow: FlowSettings, knudsen: KnudsenSettings, left: Wall | None = None, right: Wall | None = None) -> Flow:
    """One flow. Raises UserError for states that are no gas and walls that do not go together.

    Walls that are not given are those that suit the kind: periodic, but for Riemann problems and shocks."""
    x = (torch.arange(flow.cells, dtype=torch.float64) + 0.5) / flow.cells  # over the length
    eps = profile(knudsen, x)[None]
    if flow.kind.startswith("random-"):
        found = random.flows(flow.kind.removeprefix("random-"), [flow.seed], flow.cells, eps, flow.length)
        return Flow(found.density, found.velocity, found.temperature, eps, flow.length, left or Wall(), right or Wall())
    if flow.kind == "wave":
        ends = (Wall(), Wall())
        fields = [wave(c, flow.wavenumber * x) for c in (flow.density, flow.velocity, flow.temperature)]
    else:
        first, last = (
            (flow.left_state, flow.right_state) if flow.kind == "riemann" else shock(flow.mach, flow.dimension)
        )
        inflow = flow.kind == "shock"
        ends = (Wall("inflow", *first), Wall("inflow", *last)) if inflow else (Wall("outflow"), Wall("outflow"))
        fields = [b + (a - b) * (x < 0.5).to(x.dtype) for a, b in zip(first, last, strict=True)]
    rho, u, theta = (q[None, None] for q in fields)
    return Flow(rho, u, theta, eps, flow.length, left or ends[0], right or ends[1])


def profile(knudsen: KnudsenSettings, x: Tensor) -> Tensor:
    """eps [nx] at x [nx], over the length."""
    s = torch.zeros_like(x)
    if knudsen.profile == "wave":
        s = 0.5 * (1.0 - torch.cos(2 * math.pi * x))
    elif knudsen.profile == "layer":
        s = 0.5 * (1.0 + torch.tanh((x - 0.5) / knudsen.width))
    return knudsen.low * (knudsen.high / knudsen.low) ** s


def wave(coefficients: tuple[float, ...], x: Tensor) -> Tensor:
    mean, amplitude, phase = coefficients
    return mean + amplitude * torch.sin(2 * math.pi * (x + phase))


def shock(mach: float, dimension: int = 1) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Density, velocity and temperature before and behind a normal shock at rest, density and temperature 1 before it.

    gamma = (dimension + 2) / dimension; Rankine, Hugoniot."""
    m, gamma = mach**2, (dimension + 2.0) / dimension
    rho = (gamma + 1.0) * m / ((gamma - 1.0) * m + 2.0)
    pressure = 1.0 + 2.0 * gamma / (gamma + 1.0) * (m - 1.0)
    u = math.sqrt(gamma) * mach
    return (1.0, u, 1.0), (rho, u / rho, pressure / rho)
