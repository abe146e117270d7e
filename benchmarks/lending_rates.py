"""The value with different rates for lending and borrowing, from above, with a proof: `benchmarks/lending_rates.py`.

f is the largest of -r u - (drift - r) s over rates r between R^l and R^b. So u is the best discounted payoff over
adapted rates (El Karoui, Peng and Quenez, Math. Finance 7 (1997) 1). Under a rate r all prices drift by r, and
discounted ones are M = 100 exp(volatility W - volatility^2 t / 2), whatever r was: with rho_t = integral of r until t,

    u = sup over r of E phi(rho_T, M_T),     phi(rho, m) = e^-rho g(e^rho m).

For any functions Z_n, Z_n(rho_n, M_n) . (M_(n+1) - M_n) has no mean, as rho_n is known at t_n. Subtract them, and let
the rates be chosen path by path with the whole path known, rho_(n+1) - rho_n being between R^l dt and R^b dt:

    u <= E max over (rho_n) of [ phi(rho_N, M_N) - sum_n Z_n(rho_n, M_n) . (M_(n+1) - M_n) ].

Nothing is discretised: this holds for every number of steps and every Z. (Rogers, SIAM J. Control Optim. 46 (2007)
1116, and Brown, Smith and Sun, Oper. Res. 58 (2010) 785, bound control problems so.) Z = grad u of a network, at the
two ends of the range of rho and linear between; the maximum is then exact: increments of rho cost sums B_k of slopes,
the cheapest are taken first, and phi less their cost is piecewise smooth in rho_N. Z = 0 is a quadrature.
"""

import argparse
import math
from pathlib import Path

import numpy as np
import torch
from parabolic import solved
from torch import Tensor
from tqdm import tqdm

from bsde.problems.lending_rates import LendingRates
from bsde.references.order_statistics import expectation
from bsde.simulation.approximation import Approximation, of_file
from bsde.simulation.statistics import Mean, sums_of
from trainer.sampling import generator

BUNDLE = 512  # paths that are walked together
LOW, HIGH = 120.0, 150.0  # strikes


def phi(rho: Tensor, m: Tensor) -> Tensor:
    """m: the best of the discounted prices at T."""
    return (m - LOW * torch.exp(-rho)).clamp(min=0) - 2 * (m - HIGH * torch.exp(-rho)).clamp(min=0)


def penalties(problem: LendingRates, approximation: Approximation, steps: int, dw: Tensor) -> tuple[Tensor, ...]:
    """Sum of Z . dM at the lowest rates [n]; slopes in rho of each step [steps, n]; the best of M_T [n]."""
    dt = problem.horizon / steps
    M = problem.origin(torch.float64).expand(dw.shape[1], -1)
    base, slopes = torch.zeros_like(M[:, 0]), []
    for n, increment in enumerate(dw):
        t = torch.full_like(base, n * dt)
        after = M * torch.exp(problem.volatility * increment - 0.5 * problem.volatility**2 * dt)
        low, high = problem.lending * n * dt, problem.borrowing * n * dt
        costs = [(approximation(t, M * math.exp(rho))[1] * (after - M)).sum(1) for rho in (low, high)]
        base = base + costs[0]
        slopes.append((costs[1] - costs[0]) / (high - low) if n else torch.zeros_like(base))
        M = after
    return base, torch.stack(slopes), M.amax(1)


def best(problem: LendingRates, slopes: Tensor, m: Tensor) -> Tensor:
    """max of phi(rho_N, m) - sum_n slope_n (rho_n - lowest rho_n): slopes [steps, n], m [n] -> [n]"""
    steps = len(slopes)
    dt = problem.horizon / steps
    after = slopes.flip(0).cumsum(0).flip(0) - slopes  # B_k: what an increment in step k costs in all later ones
    cost = after.sort(0).values
    width = (problem.borrowing - problem.lending) * dt
    first = problem.lending * problem.horizon + width * torch.arange(steps, dtype=m.dtype)[:, None]
    before = width * (cost.cumsum(0) - cost)
    kink = torch.log(HIGH / m).expand_as(cost)
    level = torch.log(LOW / cost.clamp(min=1e-9))  # where the slope of m - LOW e^-rho is the cost
    found = torch.full_like(m, -math.inf)
    for rho in (first.expand_as(cost), first + width, kink, level):
        rho = torch.minimum(torch.maximum(rho, first), first + width)
        found = torch.maximum(found, (phi(rho, m) - before - cost * (rho - first)).amax(0))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paths", type=int, default=4096)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--folder", type=Path, default=Path("runs/bsde/lending-rates-bound"))
    a = parser.parse_args()
    torch.set_num_threads(1)
    a.folder.parent.mkdir(parents=True, exist_ok=True)
    problem = LendingRates()
    R, T = problem.borrowing, problem.horizon

    def alone(m: np.ndarray) -> np.ndarray:
        """phi rises in rho until the best price is HIGH, and falls from there."""
        rho = np.clip(np.log(HIGH / m), problem.lending * T, R * T)
        return np.asarray(phi(torch.from_numpy(rho), torch.from_numpy(m)))

    def payoff(m: np.ndarray) -> np.ndarray:
        return np.maximum(m - LOW, 0) - 2 * np.maximum(m - HIGH, 0)

    below = math.exp(-R * T) * expectation(payoff, problem.dim, 100.0, R, problem.volatility, T, largest=True)
    above = expectation(alone, problem.dim, 100.0, 0.0, problem.volatility, T, largest=True)
    print(f"by quadrature: {below:.3f} <= u <= {above:.3f}", flush=True)
    solved(a.folder, "lending-rates", training={"seeds": 1})
    approximation = of_file(a.folder / "solution.pt", problem)
    sums = torch.zeros(3, dtype=torch.float64)
    for k in tqdm(range(a.paths // BUNDLE), "paths", unit=" bundles", leave=False, disable=None):
        dw = torch.randn(a.steps, BUNDLE, problem.dim, dtype=torch.float64, generator=generator(1, k))
        base, slopes, m = penalties(problem, approximation, a.steps, dw * (T / a.steps) ** 0.5)
        sums += sums_of(best(problem, slopes, m) - base)
    mean = Mean.of(sums)
    print(f"with a network's gradient, {a.steps} steps: {mean.value:.4f} +- {mean.error:.4f}")
    print(f"u <= {mean.value + 2.326 * mean.error:.4f} with 99 % confidence")


if __name__ == "__main__":
    main()
