"""Brownian paths from a Sobol sequence, its first coordinates spent where they matter most: a Brownian bridge."""

import numpy as np
import torch
from scipy.special import ndtri
from scipy.stats import qmc
from torch import Tensor

from trainer.data.frame import Array
from trainer.errors import UserError

LONGEST = qmc.Sobol.MAXDIM  # coordinates for which there are direction numbers


class SobolPaths:
    """dW [steps, n, d] of W on [0, horizon]: the end first, then midpoints (Moskowitz and Caflisch 1996)."""

    def __init__(self, steps: int, dim: int, horizon: float):
        """Raises UserError when steps x dim is more than there are coordinates."""
        if steps * dim > LONGEST:
            raise UserError(
                f"sobol: {steps} time steps in {dim} dimensions take {steps * dim} coordinates, there are {LONGEST}; "
                "take fewer steps, or antithetic sampling"
            )
        self.steps, self.dim, self.dt = steps, dim, horizon / steps
        self.bridge = bridge(steps) * self.dt**0.5

    def draw(self, n: int, seed: int) -> Tensor:
        """n, a power of two, randomly scrambled points (Owen 1998)."""
        sequence = qmc.Sobol(self.steps * self.dim, scramble=True, rng=np.random.default_rng(seed))
        points = np.clip(sequence.random_base2(int(np.log2(n))), 1e-12, 1 - 1e-12)
        normal = ndtri(points).reshape(n, self.steps, self.dim)
        return torch.from_numpy(np.ascontiguousarray(np.einsum("sk,nkd->snd", self.bridge, normal)))


def bridge(steps: int) -> Array:
    """[steps, steps] orthogonal: increments of W, in units of sqrt(dt), from independent normal numbers in order.

    Row s of `path` is W_(s+1) as a combination of the numbers; each new number refines the widest gap that is left."""
    path = np.zeros((steps + 1, steps))
    path[steps, 0] = steps**0.5
    gaps, used = [(0, steps)], 1
    while gaps:
        left, right = gaps.pop(0)
        if right - left < 2:
            continue
        middle = (left + right) // 2
        share = (middle - left) / (right - left)
        path[middle] = (1 - share) * path[left] + share * path[right]
        path[middle, used] = (share * (right - middle)) ** 0.5
        used += 1
        gaps += [(left, middle), (middle, right)]
    return np.diff(path, axis=0)
