"""The deep BSDE method with one network of u, as a task of the training loop."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bsde.coefficients import transposed
from bsde.problem import Problem
from bsde.simulation.paths import Starts, increments, simulate, with_slopes
from bsde.simulation.streams import TRAINING, VALIDATION
from trainer.loop import processes
from trainer.sampling import generator

HELD_OUT = 256  # paths


@dataclass
class DeepBSDE:
    """Minimises mean_n E R_n^2 over the network u, where every time t_n is a beginning:

    R_n = g(X_N) - u_n + sum_(k >= n) (f_k dt - Z_k . dW_k),   u_n = u(t_n, X_n),   Z_n = sigma^T grad u(t_n, X_n).

    R_0 alone, with Z_n of networks of their own, is the loss of E, Han and Jentzen (2017); the sum over beginnings is
    that of Kapllani and Teng, arXiv:2010.01319: u is then learned along the whole path, in one batch, without a
    recursion.
    """

    problem: Problem
    module: nn.Module  # as bsde.networks.shared
    starts: Starts
    steps: int
    paths: int
    seed: int
    unit: float  # residuals are in units of it
    dtype: torch.dtype
    device: torch.device

    def loss(self, step: int, decay: float) -> tuple[Tensor, dict[str, tuple[float, float]]]:
        x, dw = self.batch(generator(self.seed, TRAINING, step), self.paths)
        residual = self.residuals(self.module, x, dw) / self.unit
        first = residual[0].detach().square()
        loss = residual.square().sum() / (self.steps * self.paths)
        return loss, {"residual": (float(first.sum()), float(len(first)))}

    @torch.no_grad()
    def validate(self, module: nn.Module) -> dict[str, float]:
        """Root mean square of R_0 over the spread of g, u at the start, and the mean of u + R_0 there."""
        x, dw = self.batch(generator(self.seed, VALIDATION), HELD_OUT)
        residual = self.residuals(module, x, dw)
        begin = self.value(module, self.starts.center.to(self.device))
        sums = torch.stack([residual[0].square().sum(), residual[0].sum(), begin.new_tensor(float(len(dw[0])))])
        square, total, count = processes.total(sums.to(torch.float64)).tolist()
        return {"residual": (square / count) ** 0.5 / self.unit, "u": begin.item(), "Y0": begin.item() + total / count}

    def value(self, module: nn.Module, x: Tensor) -> Tensor:
        """u(0, x): x [n, d] -> [n]"""
        u: Tensor = module(x.new_zeros(len(x)), x, *with_slopes(self.problem, x))[0]
        return u

    def batch(self, random: torch.Generator, paths: int) -> tuple[Tensor, Tensor]:
        """This process's share of X [steps + 1, n, d] and dW [steps, n, d]."""
        share = slice(processes.rank(), None, processes.size())  # of paths
        dt = self.problem.horizon / self.steps
        start = self.starts.draw(random, paths)[share].to(self.device)
        dw = increments(random, self.steps, paths, self.problem.dim, dt, self.dtype)[:, share].to(self.device)
        return simulate(self.problem, start, dw, dt), dw

    def residuals(self, module: nn.Module, x: Tensor, dw: Tensor) -> Tensor:
        """R_n: x [steps + 1, n, d], dw [steps, n, d] -> [steps, n]"""
        dt = self.problem.horizon / self.steps
        point = x[:-1].flatten(0, 1)
        t = (torch.arange(self.steps, dtype=x.dtype, device=x.device) * dt).repeat_interleave(x.shape[1])
        u, gradient = module(t, point, *with_slopes(self.problem, point))
        z = transposed(self.problem.sigma(t, point), gradient)
        f = self.problem.f(t, point, u, z).view(dw.shape[:2])
        gain = f * dt - (z.view(dw.shape) * dw).sum(2)
        residual: Tensor = self.problem.g(x[-1]) + gain.flip(0).cumsum(0).flip(0) - u.view(dw.shape[:2])
        return residual
