"""Compiled loops for solvers: kinetic transport in one pass over memory, moment systems in a few calls a step.

Each kind of processor has a library of its own. Where it is missing, tensors are not on a CPU, or gradients are wanted
through a step, torch does the same to rounding.

    rate = transport(-v / dx, f, ...)               kinetic/boltzmann/streaming.py
    f = collide(v, dv, f, weight)                   kinetic/boltzmann/bgk.py
    march_bgk(...)                                  kinetic/numerics/imex.py, for kinetic/boltzmann/bgk.py
    Compiled(...).march(m, way, ...)                the same, for kinetic/moments/system.py
    arrived, excess = fly(free, kinds, ...)         kinetic/moments/flights.py
    hermite(module), symmetric(module)              kinetic.kernels.closures: what learned closures say
"""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from kinetic.numerics.imex import Marched, Way
from trainer.files import loaded

LIBRARIES = {"AVX512": "libhenricikinetic-avx512.so", "AVX2": "libhenricikinetic-avx2.so"}  # by what torch uses
PLAIN = "libhenricikinetic.so"
AT_ONCE = 2**21  # numbers that are computed between two looks at whether to go on
Pair = tuple[Tensor | None, Tensor | None]  # of the left and the right end, where there is something to say


@functools.cache
def available() -> bool:
    """Whether a library for this processor is there; loads it."""
    return loaded(Path(__file__), LIBRARIES.get(torch.backends.cpu.get_cpu_capability(), PLAIN))


def usable(y: Tensor) -> bool:
    """Whether the loops can work on it."""
    wanted = y.requires_grad and torch.is_grad_enabled()
    return y.device.type == "cpu" and y.dtype == torch.float64 and not wanted and available()


def steps_at_once(y: Tensor) -> int:
    """How many steps are made in one call: some .1 seconds, so that who wants to see or to stop them can."""
    return AT_ONCE // y.numel() + 1


class End(NamedTuple):
    """One end of a tube, for distributions (kinetic.boltzmann.walls)."""

    kind: str
    incoming: Tensor  # [..., nv, 1] the Maxwellian that comes in, or that a diffuse wall emits at unit density


def march_bgk(
    v: Tensor, dv: float, rate: Tensor, ends: Sequence[End], f: Tensor, eps: Tensor, way: Way, longest: float
) -> Marched:
    """Steps of the BGK model, of at most the length `longest` (kinetic.numerics.imex).

    v: [nv], dv apart; rate: [nv] -v / dx; f: [B, nv, nx]; eps: [B, 1, nx]."""
    many = way.start, way.end, steps_at_once(f)
    left, right = ends
    loops = torch.ops.henrici_kinetic.march_bgk
    return Marched(*loops(v, dv, rate, *left, *right, f, eps.expand(len(f), 1, -1), *many, longest))


def fly(free: Tensor, kinds: tuple[str, str], parity: Sequence[float], q: Tensor) -> tuple[Tensor, Tensor]:
    """K q [B, n, nx] and E q [B, 2, n, nx] (kinetic/moments/flights.py).

    free: [B, 2, nx] tau across each cell, times each of the rates; kinds: of both ends; parity: [n] of q in a
    reflection; q: [B, n, nx]."""
    found: tuple[Tensor, Tensor] = torch.ops.henrici_kinetic.fly(free, *kinds, parity, q)
    return found


def transport(rate: Tensor, f: Tensor, ghosts: Pair, at_walls: Pair) -> Tensor:
    """-v d_x f. rate: [nv] -v / dx; f: [..., nv, nx]; ghosts: [..., nv, 3] beyond each end, none for a periodic flow;
    at_walls: [..., nv, 1] f at an end where it is known."""
    found: Tensor = torch.ops.henrici_kinetic.transport(rate, f, *ghosts, *at_walls)
    return found


def collide(v: Tensor, dv: float, f: Tensor, weight: Tensor) -> Tensor | None:
    """f + weight (M - f), M the Maxwellian with the moments of f on the grid; None where some cell has none.

    v: [nv], dv apart; f: [B, nv, nx]; weight: [B, 1, nx]."""
    found, matched = torch.ops.henrici_kinetic.collide(v, dv, f, weight)
    return found if matched else None
