"""The value with different rates for lending and borrowing, proved from both sides: `benchmarks/lending_rates.py`.

No network: policies and duals of bsde/problems/lending_rates_bounds.py on the same paths, less what the paths miss of
the price at one rate, which is a quadrature. Nothing is discretised, only the sampling is random. Then what could have
made the literature's 21.299: fewer time steps, or the iterates of multilevel Picard.
"""

import argparse
import math

import torch
from tqdm import tqdm

from bsde.picard.multilevel_picard import MultilevelPicard
from bsde.problems.lending_rates import LendingRates
from bsde.problems.lending_rates_bounds import sides
from bsde.simulation.statistics import Mean, sums_of
from bsde.solve.summary import SIGMAS
from trainer.sampling import generator

BUNDLE = 1024  # paths that are walked together


def simulated(problem: LendingRates, paths: int, steps: int, seed: int) -> tuple[Mean, Mean, Mean]:
    """What is below u, what is above, and their difference."""
    sums, start = torch.zeros(3, 3, dtype=torch.float64), problem.origin(torch.float64).expand(BUNDLE, -1)
    rates = (problem.horizon, problem.volatility, problem.lending, problem.borrowing)
    for k in tqdm(range(-(-paths // BUNDLE)), f"{steps} steps", unit=" bundles", leave=False, disable=None):
        dw = torch.randn(steps, BUNDLE, problem.dim, dtype=torch.float64, generator=generator(seed, k))
        policy, best, at_one_rate = sides(start, dw * math.sqrt(problem.horizon / steps), *rates)
        policy, best = (side - at_one_rate + problem.at_one_rate() for side in (policy, best))
        sums += torch.stack([sums_of(policy), sums_of(best), sums_of(best - policy)])
    below, above, gap = (Mean.of(row) for row in sums)
    return below, above, gap


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paths", type=int, default=32768)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    torch.set_num_threads(1)
    problem = LendingRates()
    print(f"at the rate for borrowing alone, by quadrature: {problem.at_one_rate():.6f} <= u", flush=True)
    for paths, steps in ((a.paths // 4, 20), (a.paths, a.steps)):
        below, above, gap = simulated(problem, paths, steps, a.seed)
        low, high = below.value - SIGMAS * below.error, above.value + SIGMAS * above.error
        print(
            f"{steps} steps: {below.value:.4f} +- {below.error:.4f} and {above.value:.4f} +- {above.error:.4f}, "
            f"{gap.value:.4f} +- {gap.error:.4f} apart; 99 %: {low:.4f} <= u <= {high:.4f}",
            flush=True,
        )
    for samples, levels in ((4, 4), (8, 4)):
        looks = MultilevelPicard(levels=levels, samples=samples, seed=a.seed).solve(problem).looks[1:]
        iterates = ", ".join(f"{look.value:.2f} +- {look.error:.2f}" for look in looks)
        print(f"multilevel Picard, {samples}^n samples: {iterates}", flush=True)


if __name__ == "__main__":
    main()
