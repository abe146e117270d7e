"""Fixed bases against neurons, and residual networks against their limit: errors against the number of terms."""

import itertools
from collections.abc import Sequence

import numpy as np
from scipy.integrate import solve_ivp
from tqdm import tqdm

from theory.experiments.result import Curve, Panel, Result
from theory.experiments.slopes import slope
from theory.points import Array, with_bias

DIMENSION = 5
POINTS = 2000  # of the test
PAIRS = 40  # (U, W) that blocks are drawn from


def fixed_basis_width(m: Array, d: int, highest: int) -> Array:
    """The least worst-case L2([0, 1]^d) error of any m functions fixed beforehand, on the convex hull of
    g_k = cos(2 pi k.x) / (2 pi ||k||_1), which have int ||w||_1 |g^| dw = 1: a lower bound of the Kolmogorov width.

    N orthonormal functions have a mean squared distance of at least 1 - m / N from m dimensions: so the error is at
    least sqrt(1 - m / N) min_{k <= N} ||g_k|| for every N (Barron 1993, Section X). k and -k are one function,
    ||k||_1 <= highest."""
    size = np.sort(shells(d, highest))
    N = np.arange(1, len(size) + 1)
    norm = 1 / (2 * np.pi * size) / np.sqrt(2)
    return np.array([(np.sqrt(np.maximum(0.0, 1 - k / N)) * norm).max() for k in m])


def shells(d: int, highest: int) -> Array:
    """||k||_1 of every k in Z^d, up to sign, 0 < ||k||_1 <= highest: all of them count the same."""
    count = np.zeros(highest + 1)
    count[0] = 1.0
    step = np.concatenate([[1.0], np.full(highest, 2.0)])
    for _ in range(d):
        count = np.convolve(count, step)[: highest + 1]
    return np.repeat(np.arange(1, highest + 1), (count[1:] / 2).astype(np.int64)).astype(np.float64)


def sampled_neurons(m: int, random: np.random.Generator, target: Array, rho: Array, x: Array) -> float:
    """||f - f_m||^2 on the points: f = mean over rho of a sigma(w.z), f_m the mean of m draws. rho: [M, d + 2]"""
    drawn = rho[random.integers(len(rho), size=m)]
    f = np.maximum(with_bias(x) @ drawn[:, 1:].T, 0.0) @ drawn[:, 0] / m
    return float(np.mean((f - target) ** 2))


def residual_error(L: int, random: np.random.Generator, U: Array, W: Array, z0: Array, limit: Array) -> float:
    """|z_L - z(1)|^2 with blocks drawn from the pairs. U: [K, D, k], W: [K, k, D], z0, limit: [n, D]"""
    z = z0
    for k in random.integers(len(U), size=L):
        z = z + np.maximum(z @ W[k].T, 0.0) @ U[k].T / L
    return float(((z - limit) ** 2).sum(1).mean())


def limit_of(U: Array, W: Array, z0: Array) -> Array:
    """z(1) of dz/dt = E U sigma(W z), z(0) = z0."""

    def rate(_: float, flat: Array) -> Array:
        hidden = np.maximum(np.einsum("nd,pkd->npk", flat.reshape(z0.shape), W), 0.0)
        slope: Array = np.einsum("npk,pdk->nd", hidden, U).ravel() / len(U)
        return slope

    solution: Array = solve_ivp(rate, (0.0, 1.0), z0.ravel(), rtol=1e-9, atol=1e-11).y[:, -1].reshape(z0.shape)
    return solution


def approximation(counts: Sequence[int] = (4, 8, 16, 32, 64, 128, 256, 512), draws: int = 100, seed: int = 0) -> Result:
    """counts: m neurons, and L blocks; draws: repetitions at each."""
    random = np.random.default_rng(seed)
    m = np.array(counts, dtype=np.float64)
    w = random.normal(size=(20_000, DIMENSION + 1))
    w /= np.abs(w).sum(1, keepdims=True)
    rho = np.column_stack([np.sign(w @ np.ones(DIMENSION + 1)) + random.normal(size=len(w)), w])
    x = random.random((POINTS, DIMENSION))
    target = np.maximum(with_bias(x) @ w.T, 0.0) @ rho[:, 0] / len(rho)
    U, W = random.normal(size=(PAIRS, 4, 3)), random.normal(size=(PAIRS, 3, 4))
    z0 = random.random((20, 4))
    limit = limit_of(U, W, z0)
    neurons, blocks = [], []
    for k in tqdm(counts, desc="approximation", unit=" sizes", delay=3, leave=False, disable=None):
        neurons.append([sampled_neurons(k, random, target, rho, x) for _ in range(draws)])
        blocks.append([residual_error(k, random, U, W, z0, limit) for _ in range(draws)])
    curves = [mean_curve("m neurons", m, np.array(neurons)), mean_curve("L blocks", m, np.array(blocks))]
    caption = "A Barron function by m neurons drawn from its measure; a residual limit by L blocks."
    worst = "No m functions fixed beforehand do better, in the worst case of a Barron ball."
    fixed = [fixed_curve(d) for d in (1, 2, 3, 5)]
    return Result(
        "Fixed bases against neurons",
        "Neurons that are chosen for the target need 1/m in squared error in any dimension; a fixed basis does not.",
        [
            Panel("adaptive", caption, "m or L", "squared error", curves),
            Panel("fixed", worst, "m", "L2 error", fixed),
        ],
    )


def mean_curve(name: str, m: Array, values: Array) -> Curve:
    """values: [counts, draws]; the first terms of the expansion in 1/m are 1/m and 1/m^2."""
    y, error = values.mean(1), values.std(1, ddof=1) / values.shape[1] ** 0.5
    return Curve(name, m, y, error, slope(m, y, error, correction=1 / m), -1.0)


def fixed_curve(d: int) -> Curve:
    """At m where the shells of ||k||_1 end, up to a thousand million."""
    highest = {1: 4000, 2: 400, 3: 90, 5: 24}[d]
    ends = np.array(list(itertools.accumulate(np.bincount(shells(d, highest).astype(int))[1:])), dtype=np.float64)
    chosen = ends[np.unique(np.geomspace(len(ends) // 8, len(ends) // 2, 8).astype(int))]
    y = fixed_basis_width(chosen, d, highest)
    return Curve(
        f"d = {d}", chosen, y, np.full_like(y, 1e-3) * y, slope(chosen, y, 1e-3 * y, chosen ** (-1 / d)), -1 / d
    )
