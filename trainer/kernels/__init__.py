"""Native kernels: the per-neighbour work of encoders in C++, and whole potentials evaluated by them.

Where the library is missing, or tensors are not on a CPU, torch does the same: the kernels are a choice of whoever runs
a model, never a part of a model file.

    P, g = project(...), pull_back(dE/dP, ...)        DeepPot-SE: trainer/potentials/deep_pot_se.py
    G, g = project_symmetry(...), pull_back_symmetry(dE/dG, ...)        trainer/potentials/behler_parrinello.py
    energy, pair_gradient = Evaluator(script)(...)    as script(...), for any model file
"""

import functools
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from trainer.files import loaded

LIBRARY = "libhenricikernels.so"


@functools.cache
def available() -> bool:
    """Whether the library is there; loads it."""
    return loaded(Path(__file__), LIBRARY)


def usable(tensor: Tensor) -> bool:
    """Whether the kernels can work on it."""
    return tensor.device.type == "cpu" and available()


def check_memory(script: torch.jit.ScriptModule) -> None:
    """Raises RuntimeError when a tensor of a script that was loaded to the CPU is larger than the data it was given."""
    if available():
        torch.ops.henrici.check_memory(script._c)


class PullBack(torch.autograd.Function):
    """g = pull_back(dE/dP), linear in dE/dP; its transpose is push_forward."""

    @staticmethod
    def forward(ctx: Any, gradient: Tensor, *graph_and_basis: Any) -> Tensor:
        ctx.graph_and_basis = graph_and_basis
        g: Tensor = torch.ops.henrici.pull_back(gradient, *graph_and_basis)
        return g

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor | None, ...]:
        v = torch.ops.henrici.push_forward(outer[0], *ctx.graph_and_basis)
        return v, *[None] * len(ctx.graph_and_basis)


def project(*graph_and_basis: Any) -> Tensor:
    """row, species of neighbours, displacement, T; pieces, r_s, r_c, intervals, l_max -> P

    P: [N_center, (l_max + 1)^2, T n]"""
    p: Tensor = torch.ops.henrici.project(*graph_and_basis)
    return p


def pull_back(gradient: Tensor, *graph_and_basis: Any) -> Tensor:
    """dE/dP, and as `project` -> g [E, 3]; differentiable in its first argument."""
    g: Tensor = PullBack.apply(gradient, *graph_and_basis)  # type: ignore[no-untyped-call]
    return g


def project_symmetry(*graph_and_functions: Any) -> Tensor:
    """row, species of neighbours, displacement, T; eta, r_s, weights of G4 and of G5, r_c -> G [N_center, D]"""
    g: Tensor = torch.ops.henrici.project_symmetry(*graph_and_functions)
    return g


def pull_back_symmetry(gradient: Tensor, *graph_and_functions: Any) -> Tensor:
    """dE/dG, and as `project_symmetry` -> g [E, 3]; differentiable in its first argument."""
    g: Tensor = torch.ops.henrici.pull_back_symmetry(gradient, *graph_and_functions)
    return g


def describe(a: Tensor, axis: int, by_degree: bool) -> Tensor:
    """A [n, lm, M] -> D of DeepPot-SE, or by_degree of the power spectrum; differentiable twice."""
    d: Tensor = torch.ops.henrici.describe(a, axis, by_degree)
    return d


def fitting(descriptor: Tensor, parameters: list[Tensor], activation: str, gain: float) -> Tensor:
    """FittingNetwork of trainer/potentials/networks.py: [n, D]; weight and bias of every layer -> [n].

    Its gradient comes along and costs nothing more; differentiable twice with respect to the descriptor, or once to it
    and once to the parameters."""
    energy: Tensor = torch.ops.henrici.fitting(descriptor, parameters, activation, gain)[0]
    return energy


def product(a: Tensor, b: Tensor) -> Tensor:
    """a @ b of matrices: [m, k], [k, n] or [batch, k, n]; or [..., m, k], [k, n]. Differentiable in two matrices."""
    if not usable(a):
        return a @ b
    y: Tensor = torch.ops.henrici.product(a, b)
    return y


def forces(center: Tensor, neighbor: Tensor, pair_gradient: Tensor, atoms: int) -> Tensor:
    """As trainer.mechanics.forces."""
    f: Tensor = torch.ops.henrici.forces(center, neighbor, pair_gradient, atoms)
    return f


def virials(owner: Tensor, displacement: Tensor, pair_gradient: Tensor, owners: int) -> Tensor:
    """As trainer.mechanics.virials, differentiable in the pair gradient."""
    w: Tensor = torch.ops.henrici.virials(owner, displacement, pair_gradient, owners)
    return w


class Evaluator:
    """Answers script(species, row, neighbor, displacement[, parameters]) to rounding, by the kernels where they can.

    The kernels look at the script once: make another Evaluator of a script that was changed."""

    def __init__(self, script: torch.jit.ScriptModule):
        self.script = script
        self.native = torch.classes.henrici.Evaluator(script._c) if available() else None

    def __call__(
        self, species: Tensor, row: Tensor, neighbor: Tensor, displacement: Tensor, parameters: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        arguments = (species, row, neighbor, displacement)
        answer: tuple[Tensor, Tensor]
        if self.native is not None and usable(displacement):
            answer = self.native.evaluate(*arguments, parameters)
        else:
            answer = self.script(*arguments) if parameters is None else self.script(*arguments, parameters)
        return answer
