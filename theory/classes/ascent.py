"""max over the l1 sphere of |sum_i w_i sigma(v.z_i)|: not concave, so many starts, all of them at once."""

import numpy as np
import torch
from torch import Tensor

from theory.points import Array

STEPS = 150
SMOOTH = 5  # best of the coordinates and of random mixtures, for each vector of weights
RATES = (0.3, 0.01)  # first and last, falling geometrically
CHUNK = 2e8  # bytes of activations at a time


def ascend(z: Array, w: Array, device: str) -> tuple[Array, Array]:
    """z: [n, D], w: [m, n] -> value [m] and neuron [m, D], ||v||_1 = 1. Every value is reached by its neuron."""
    Z = torch.as_tensor(z, dtype=torch.float32, device=device)
    values, neurons = np.empty(len(w)), np.empty((len(w), z.shape[1]))
    chunk = max(1, int(CHUNK / (4 * len(z) * 4 * SMOOTH)))
    for start in range(0, len(w), chunk):
        rows = slice(start, start + chunk)
        W = torch.as_tensor(w[rows], dtype=torch.float32, device=device)
        found = climb(Z, W).double().cpu().numpy()  # [m, starts, D]
        found /= np.abs(found).sum(2, keepdims=True)
        reached = np.abs(np.einsum("mi,msi->ms", w[rows], np.maximum(found @ z.T, 0.0)))
        best = reached.argmax(1)
        index = np.arange(len(best))
        values[rows], neurons[rows] = reached[index, best], found[index, best]
    return values, neurons


def climb(Z: Tensor, W: Tensor) -> Tensor:
    """Signed gradients on v = u|u| / ||u||^2, which has ||v||_1 = 1 for every u: Adam, from several starts.

    Z: [n, D], W: [m, n] -> [m, starts, D]"""
    u = starts(Z, W)
    first, second = torch.zeros_like(u), torch.zeros_like(u)
    scale = W.abs().sum(1)[:, None, None]
    for step in range(STEPS):
        rate = RATES[0] * (RATES[1] / RATES[0]) ** (step / STEPS)
        square = u.square().sum(2, keepdim=True)
        v = u * u.abs() / square
        t = v @ Z.T
        value = torch.einsum("msi,mi->ms", t.clamp(min=0.0), W)
        active = (t > 0) * (W[:, None] * value.sign()[:, :, None])
        slope = active @ Z  # d |value| / dv
        inner = (slope * v).sum(2, keepdim=True)
        gradient = 2 * (slope * u.abs() - inner * u) / square / scale
        first.lerp_(gradient, 0.1)
        second.lerp_(gradient.square(), 0.05)
        u = u + rate * first / (second.sqrt() + 1e-12)
        u = u / u.norm(dim=2, keepdim=True) * u.shape[2] ** 0.5
    return u * u.abs()


def starts(Z: Tensor, W: Tensor) -> Tensor:
    """Half-lines along the best coordinates, along Z^T w, against both, and random: [m, starts, D]"""
    m, D = len(W), Z.shape[1]
    random = torch.Generator(device="cpu").manual_seed(0)
    noise = torch.randn(m, SMOOTH, D, generator=random).to(Z.device)
    total = W @ Z
    along = total / total.abs().amax(1, keepdim=True).clamp(min=1e-30)
    sparse = along.sign() * along.abs().square()
    near = torch.stack([along, -along, sparse, -sparse], 1)
    near = near + 0.1 * noise[:, :1]
    u = torch.cat([near, noise], 1)
    u = u / u.norm(dim=2, keepdim=True)
    return torch.mul(u, D**0.5)
