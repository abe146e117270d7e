"""Methods that go backward in time: a network for every time step, each trained on what the next one has learned."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from bsde.coefficients import transposed
from bsde.problem import Problem
from bsde.simulation.approximation import Approximation
from bsde.simulation.paths import Starts, increments, simulate, with_slopes
from bsde.simulation.streams import TRAINING, VALIDATION
from trainer.loop import processes
from trainer.sampling import generator

HELD_OUT = 256  # paths


class Step(NamedTuple):
    """Of paths, from t_n to t_(n+1) = t_n + dt."""

    t: Tensor  # [n]
    x: Tensor  # [n, d]
    dw: Tensor  # [n, d]
    after: Tensor  # [n, d], X at t_(n+1)
    dt: float


@dataclass
class Backward(ABC):
    """Minimises E R_n^2 over the network u_n of one time t_n, given u_(n+1), which is g at the end.

    With an obstacle, u_(n+1) is the larger of the next network and the obstacle: u_n is then the value of going on."""

    problem: Problem
    module: nn.Module  # as bsde.networks.shared
    later: Approximation  # u_(n+1)
    starts: Starts
    number: int  # n
    steps: int  # N
    paths: int
    seed: int
    unit: float  # residuals are in units of it
    dtype: torch.dtype
    device: torch.device

    @abstractmethod
    def residual(self, module: nn.Module, step: Step) -> Tensor:
        """R_n, which has no mean given X_n where u_n is right: [n]"""

    def loss(self, step: int, decay: float) -> tuple[Tensor, dict[str, tuple[float, float]]]:
        residual = self.residual(self.module, self.batch(generator(self.seed, TRAINING, self.number, step), self.paths))
        square = (residual / self.unit).square()
        return square.sum() / self.paths, {"residual": (float(square.detach().sum()), float(len(square)))}

    @torch.no_grad()
    def validate(self, module: nn.Module) -> dict[str, float]:
        """Root mean square of R_n over the spread of g, and the mean of u_n along paths."""
        step = self.batch(generator(self.seed, VALIDATION, self.number), HELD_OUT)
        residual = self.residual(module, step) / self.unit
        u, _ = self.now(module, step)
        square, total = processes.total(torch.stack([residual.square().sum(), u.sum()]).to(torch.float64)).tolist()
        return {"residual": (square / HELD_OUT) ** 0.5, "u": total / HELD_OUT}

    def batch(self, random: torch.Generator, paths: int) -> Step:
        """This process's share. Where steps are exact, X comes to t_n in one."""
        problem, n, dt = self.problem, self.number, self.problem.horizon / self.steps
        share = slice(processes.rank(), None, processes.size())
        start = self.starts.draw(random, paths)[share].to(self.device)
        before = min(n, 1) if problem.exact_steps else n
        dw = increments(random, before + 1, paths, problem.dim, 1.0, self.dtype)[:, share].to(self.device)
        x = simulate(problem, start, dw[:-1] * (n * dt / max(before, 1)) ** 0.5, n * dt / max(before, 1))[-1]
        t = x.new_full((len(x),), n * dt)
        last = dw[-1] * dt**0.5
        return Step(t, x, last, problem.step(t, x, dt, last), dt)

    def now(self, module: nn.Module, step: Step) -> tuple[Tensor, Tensor]:
        """u_n and sigma^T grad u_n: [n], [n, d]"""
        u, gradient = module(step.t, step.x, *with_slopes(self.problem, step.t, step.x))
        return u, transposed(self.problem.sigma(step.t, step.x), gradient)


class DBDP(Backward):
    """R_n = u_(n+1)(X_(n+1)) - u_n + f(t_n, X_n, u_n, Z_n) dt - Z_n . dW

    The deep backward dynamic programming of Huré, Pham and Warin, arXiv:1902.01599: the first scheme where Z comes from
    a network of its own (bsde.networks.paired), the second where it is sigma^T grad u_n."""

    def residual(self, module: nn.Module, step: Step) -> Tensor:
        u, z = self.now(module, step)
        after, _ = self.later(step.t + step.dt, step.after)
        f = self.problem.f(step.t, step.x, u, z)
        return after - u + f * step.dt - (z * step.dw).sum(1)


class DeepSplitting(Backward):
    """R_n = u_(n+1)(X_(n+1)) + f(t_(n+1), X_(n+1), u_(n+1), sigma^T grad u_(n+1)) dt - u_n

    Beck, Becker, Cheridito, Jentzen and Neufeld, arXiv:1907.03452: f is known from the later step, and what is left is
    a linear equation, a regression on X_n."""

    def residual(self, module: nn.Module, step: Step) -> Tensor:
        u, _ = self.now(module, step)
        t = step.t + step.dt
        after, gradient = self.later(t, step.after)
        z = transposed(self.problem.sigma(t, step.after), gradient)
        return after + self.problem.f(t, step.after, after, z) * step.dt - u
