"""Regularised least squares as a task of the training loop."""

import math
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from theory.regression.data import Sample
from theory.regression.models.regressor import Regressor
from trainer.loop import processes
from trainer.sampling import Batches


class RegressionTask:
    """Minimises J = mean (f(x_i) - y_i)^2 / 2 + lambda sqrt(ln(2 (d + 1)) / n) ||theta|| (E, Ma and Wu, 2019).

    The factor of ||theta|| falls geometrically in the first half of the steps, from mean |y_i| max(1, |x_i|_inf), with
    which f = 0 is the best two-layer network: where the weights began then matters no more."""

    def __init__(self, module: nn.Module, train: Sample, test: Sample, penalty: float, batch: int | None, seed: int):
        """batch: points of a step, None for all of them."""
        self._module, self.train = module, train
        like = next(module.parameters())
        self._x, self._y, self._test_x, self._test_y = (
            torch.as_tensor(v, dtype=like.dtype, device=like.device) for v in (*train, *test)
        )
        self.factor = penalty * penalty_unit(*train.x.shape)
        largest = np.maximum(1.0, np.abs(train.x).max(1))
        self._first = max(self.factor, float(np.mean(np.abs(train.y) * largest)))
        self._batches = Batches(np.ones(len(train.y), np.int64), batch or len(train.y), seed)

    @property
    def module(self) -> nn.Module:
        return self._module

    def loss(self, step: int, decay: float) -> tuple[Tensor, dict[str, tuple[float, float]]]:
        rows = self._batches[step]
        mine = rows[processes.rank() :: processes.size()]
        square = (self._module(self._x[mine])[:, 0] - self._y[mine]).square().sum()
        loss = 0.5 * square / len(rows)
        if self.factor:
            factor = self.factor * (self._first / self.factor) ** max(0.0, 2 * decay - 1)
            loss = loss + factor / processes.size() * cast(Regressor, self._module).norm()
        return loss, {"rmse": (square.item(), float(len(mine)))}

    @torch.no_grad()
    def validate(self, module: nn.Module) -> dict[str, float]:
        """Of the test points, and the norm of the parameters."""
        square = (module(self._test_x)[:, 0] - self._test_y).square().mean()
        return {"rmse": float(square.sqrt()), "norm": float(cast(Regressor, module).norm())}


def penalty_unit(n: int, d: int) -> float:
    """sqrt(ln(2 (d + 1)) / n), d + 1 with the bias."""
    return math.sqrt(math.log(2 * (d + 1)) / n)
