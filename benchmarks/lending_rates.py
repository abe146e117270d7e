"""The value with different rates for lending and borrowing, from above: `benchmarks/lending_rates.py`.

With the borrowing rate R throughout, the price v is linear, a quadrature. For the rates r <= R that u chooses,

    u - v = E^r integral D (R - r) (v - sum_i x_i v_i) dt <= (R - R^l) integral exp(-R^l t) E (v - sum_i x_i v_i)^+ dt:

under lower rates prices are lower, path by path, and where v - sum_i x_i v_i is positive it grows with them. Its mean
is nested simulation at Gauss points in time, whose noise only raises the positive part. So the bound is one, up to its
printed error, if the shortfall grows with prices, which is plausible and not proved here. `henrici bsde solve
lending-rates` bounds the same number from below.
"""

import argparse

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from bsde.problems.lending_rates import LendingRates
from bsde.references.order_statistics import expectation
from trainer.sampling import generator


def shortfall(problem: LendingRates, x: Tensor, left: float, inner: int, random: torch.Generator) -> float:
    """(v - sum_i x_i v_i)^+ at x [d], T - t = left: h = g - M g'(M) of the best price M, discounted."""
    dw = torch.randn(inner // 2, problem.dim, generator=random) * left**0.5
    ends = problem.step(x.new_zeros(inner), x.expand(inner, -1), left, torch.cat([dw, -dw]))
    best = ends.amax(1)
    h = -120.0 * ((best > 120) & (best < 150)) + 180.0 * (best > 150)
    return max(0.0, float(h.mean()) * float(np.exp(-problem.borrowing * left)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outer", type=int, default=100, help="paths to each time")
    parser.add_argument("--inner", type=int, default=1200, help="paths from each of their ends")
    a = parser.parse_args()
    torch.set_num_threads(1)
    problem, random = LendingRates(), generator(1)  # its drift is the borrowing rate
    T, R = problem.horizon, problem.borrowing

    def payoff(m: np.ndarray) -> np.ndarray:
        return np.maximum(m - 120, 0) - 2 * np.maximum(m - 150, 0)

    v = np.exp(-R * T) * expectation(payoff, problem.dim, 100.0, R, problem.volatility, T, largest=True)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    gain = variance = 0.0
    for node, weight in zip(tqdm(nodes, "times", leave=False, disable=None), weights, strict=True):
        t, share = 0.5 * T * (1 + node), 0.5 * T * weight * (R - problem.lending)
        start = problem.origin(torch.float32).expand(a.outer, -1)
        x = problem.step(start[:, 0], start, t, torch.randn(a.outer, problem.dim, generator=random) * t**0.5)
        every = np.exp(-problem.lending * t) * np.array([shortfall(problem, row, T - t, a.inner, random) for row in x])
        gain += share * every.mean()
        variance += share**2 * every.var() / a.outer
    print(f"all at the borrowing rate {v:.6f}; different rates add at most {gain:.4f} +- {variance**0.5:.4f}")
    print(f"u <= {v + gain + 2.326 * variance**0.5:.4f} with 99 % confidence")


if __name__ == "__main__":
    main()
