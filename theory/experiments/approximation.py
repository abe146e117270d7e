"""Fixed bases against neurons, and residual networks against their limit: errors against the number of terms."""

from collections.abc import Sequence

import numpy as np
from scipy.integrate import solve_ivp
from tqdm import tqdm

from theory.experiments.result import Curve, Panel, Result
from theory.experiments.slopes import slope
from theory.points import Array, with_bias
from theory.widths import cosines, fixed_basis_width

DIMENSION = 5
POINTS = 2000  # of the test
PAIRS = 40  # (U, W) that blocks are drawn from


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
    """At m where the shells of ||k||_1 end."""
    highest = {1: 2000, 2: 200, 3: 50, 5: 40}[d]
    chosen = cosines(d, highest)[np.unique(np.geomspace(highest // 4, highest, 8).astype(int)) - 1]
    y = np.array([fixed_basis_width(int(m), d).lower for m in chosen])
    return Curve(
        f"d = {d}", chosen, y, np.full_like(y, 1e-3) * y, slope(chosen, y, 1e-3 * y, chosen ** (-1 / d)), -1 / d
    )
