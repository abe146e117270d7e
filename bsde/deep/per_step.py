"""The deep BSDE method as it was published, as a task of the training loop: the peer of bsde/deep/forward.py."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bsde.networks.per_step import PerStepNetworks
from bsde.problem import Problem
from bsde.simulation.paths import increments, simulate
from bsde.simulation.streams import TRAINING, VALIDATION
from trainer.loop import processes
from trainer.sampling import generator

HELD_OUT = 256  # paths
CLIP = 50.0  # differences beyond it count linearly


@dataclass
class PerStepDeepBSDE:
    """Minimises E (g(X_N) - Y_N)^2 over Y_0, Z_0 and networks of Z_n:

    Y_(n+1) = Y_n - f(t_n, X_n, Y_n, Z_n) dt + Z_n . dW_n     (E, Han and Jentzen, Commun. Math. Stat. 5 (2017) 349)."""

    problem: Problem
    module: PerStepNetworks
    steps: int
    paths: int
    seed: int
    dtype: torch.dtype

    def loss(self, step: int, decay: float) -> tuple[Tensor, dict[str, tuple[float, float]]]:
        difference = self.differences(self.module, generator(self.seed, TRAINING, step), self.paths)
        size = difference.abs()
        clipped = torch.where(size < CLIP, difference.square(), 2 * CLIP * size - CLIP**2)
        square = float(difference.detach().square().sum())
        return clipped.sum() / self.paths, {"difference": (square, float(len(difference)))}

    @torch.no_grad()
    def validate(self, module: nn.Module) -> dict[str, float]:
        """Root mean square of g(X_N) - Y_N on held-out paths, and Y_0."""
        assert isinstance(module, PerStepNetworks)
        module.eval()
        difference = self.differences(module, generator(self.seed, VALIDATION), HELD_OUT)
        module.train()
        total = processes.total(difference.square().sum().double())
        return {"difference": float(total / HELD_OUT) ** 0.5, "Y0": float(module.y0.detach())}

    def differences(self, module: PerStepNetworks, random: torch.Generator, paths: int) -> Tensor:
        """g(X_N) - Y_N of this process's share of the paths."""
        problem, dt = self.problem, self.problem.horizon / self.steps
        share = slice(processes.rank(), None, processes.size())
        dw = increments(random, self.steps, paths, problem.dim, dt, self.dtype)[:, share].to(module.y0.device)
        count = dw.shape[1]
        x = simulate(problem, problem.origin(self.dtype, dw.device).expand(count, -1), dw, dt)
        z = torch.cat([module.z0.expand(1, count, -1), module(x[1:-1])])
        y = module.y0.expand(count)
        for n in range(self.steps):
            t = torch.full_like(y, n * dt)
            y = y - problem.f(t, x[n], y, z[n]) * dt + (z[n] * dw[n]).sum(1)
        return problem.g(x[-1]) - y
