"""Random flows, each a function of its seed alone: what closures are trained and judged on."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from kinetic.flow import Flow
from trainer.sampling import generator

MODES = 3  # wavenumbers of a random wave


def flows(family: str, seeds: Sequence[int], cells: int, knudsen: Tensor, length: float = 1.0) -> Flow:
    """Periodic flows, one for each seed. knudsen: [B, cells].

    family: wave, smooth fields in equilibrium; shock, a slab of another gas, in equilibrium; mix, a sum of both, which
    is not in equilibrium."""
    x = (torch.arange(cells, dtype=torch.float64) + 0.5) / cells
    parts = []
    for seed in seeds:
        random = generator(seed, {"wave": 1, "shock": 2, "mix": 3}[family])
        if family == "mix":
            share = 0.2 + 0.6 * torch.rand((), generator=random, dtype=torch.float64)
            of_wave, of_shock = wave(x, random), shock(x, random)
            scale = torch.stack([share, 1.0 - share])[:, None]
            both = torch.stack([of_wave, of_shock], 1)  # [3, 2, cells]
            parts.append(torch.cat([(both[0] * scale)[None], both[1:]]))
        else:
            parts.append((wave if family == "wave" else shock)(x, random)[:, None])
    rho, u, theta = torch.stack(parts, 1)
    return Flow(rho, u, theta, knudsen.expand(len(seeds), cells), length)


def wave(x: Tensor, random: torch.Generator) -> Tensor:
    """[3, cells]: rho, u, theta = mean (1 + sum_k c_k sin(2 pi (k x + phase_k))), a velocity over sqrt(theta)."""
    k = torch.arange(1, MODES + 1, dtype=torch.float64)
    amplitude = uniform(random, 0.0, 1.0, 3, MODES) / k
    amplitude = amplitude / amplitude.sum(1, keepdim=True) * uniform(random, 0.1, 0.5, 3, 1)
    phase = uniform(random, 0.0, 1.0, 3, MODES, 1)
    s = (amplitude[:, :, None] * torch.sin(2 * math.pi * (k[:, None] * x + phase))).sum(1)
    mean = uniform(random, 0.6, 1.4, 2)
    return torch.stack([mean[0] * (1.0 + s[0]), mean[1].sqrt() * s[1], mean[1] * (1.0 + s[2])])


def shock(x: Tensor, random: torch.Generator) -> Tensor:
    """[3, cells]: two states, the other one in a slab at a random place."""
    start, width = uniform(random, 0.0, 1.0, 1), uniform(random, 0.3, 0.7, 1)
    inside = (x - start).remainder(1.0) < width
    rho, theta = uniform(random, 0.4, 1.6, 2), uniform(random, 0.5, 1.5, 2)
    u = uniform(random, -0.3, 0.3, 2)
    return torch.stack([torch.where(inside, q[0], q[1]) for q in (rho, u, theta)])


def uniform(random: torch.Generator, low: float, high: float, *shape: int) -> Tensor:
    return low + (high - low) * torch.rand(*shape, generator=random, dtype=torch.float64)
