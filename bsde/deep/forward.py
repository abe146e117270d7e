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

    R_n = g(X_N) - u_n + sum_(k >= n) ((f_k + f_(k+1)) dt / 2 - Z_k . dW_k),   u_n = u(t_n, X_n),   Z = sigma^T grad u.

    R_0 alone, with Z_n of networks of their own, is the loss of E, Han and Jentzen (2017); the sum over beginnings is
    that of Kapllani and Teng, arXiv:2010.01319: u is then learned along the whole path, in one batch, without a
    recursion. f is integrated by the trapezoidal rule, whose bias is of second order.
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
        loss = residual.square().sum() / (len(residual) * self.paths)
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
        t = x.new_zeros(len(x))
        u: Tensor = module(t, x, *with_slopes(self.problem, t, x))[0]
        return u

    def batch(self, random: torch.Generator, paths: int) -> tuple[Tensor, Tensor]:
        """This process's share of X [steps + 1, n, d] and dW [steps, n, d]."""
        share = slice(processes.rank(), None, processes.size())  # of paths
        dt = self.problem.horizon / self.steps
        start = self.starts.draw(random, paths)[share].to(self.device)
        dw = increments(random, self.steps, paths, self.problem.dim, dt, self.dtype)[:, share].to(self.device)
        return simulate(self.problem, start, dw, dt), dw

    def residuals(self, module: nn.Module, x: Tensor, dw: Tensor) -> Tensor:
        """R_n: x [steps + 1, n, d], dw [steps, n, d] -> [steps + 1, n]"""
        times, paths = x.shape[:2]
        dt = self.problem.horizon / self.steps
        point = x.flatten(0, 1)
        t = (torch.arange(times, dtype=x.dtype, device=x.device) * dt).repeat_interleave(paths)
        u, gradient = module(t, point, *with_slopes(self.problem, t, point))
        z = transposed(self.problem.sigma(t, point), gradient)
        f = self.problem.f(t, point, u, z).view(times, paths)
        gain = 0.5 * dt * (f[:-1] + f[1:]) - (z.view(x.shape)[:-1] * dw).sum(2)
        g = self.problem.g(x[-1])
        after = torch.cat([gain.flip(0).cumsum(0).flip(0), torch.zeros_like(g)[None]])
        residual: Tensor = g + after - u.view(times, paths)
        return residual
