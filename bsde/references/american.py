"""American options on one asset, by a binomial lattice."""

import math
from itertools import pairwise

import numpy as np
from scipy.special import ndtr

from trainer.data.frame import Array

STEPS = 4096


def american_put(
    start: float, strike: float, rate: float, dividend: float, volatility: float, horizon: float
) -> tuple[float, float]:
    """Price of a put on dX = (rate - dividend) X dt + volatility X dW, and its error.

    The lattice of Cox, Ross and Rubinstein, with the formula of Black and Scholes in its last step and extrapolated
    (Broadie and Detemple, Rev. Financ. Stud. 9 (1996) 1211). The error is what twice as many steps change."""

    def lattice(steps: int) -> float:
        return smooth_lattice(start, strike, rate, dividend, volatility, horizon, steps)

    prices = [lattice(STEPS // k) for k in (4, 2, 1)]
    coarse, fine = (2 * b - a for a, b in pairwise(prices))
    return fine, abs(fine - coarse)


def smooth_lattice(
    start: float, strike: float, rate: float, dividend: float, volatility: float, horizon: float, steps: int
) -> float:
    dt = horizon / steps
    up = math.exp(volatility * math.sqrt(dt))
    p = (math.exp((rate - dividend) * dt) - 1 / up) / (up - 1 / up)
    discount = math.exp(-rate * dt)

    def price(n: int) -> Array:
        return np.asarray(start * up ** np.arange(-n, n + 1, 2.0))

    x = price(steps - 1)
    value = np.maximum(european_put(x, strike, rate, dividend, volatility, dt), strike - x)
    for n in range(steps - 2, -1, -1):
        value = np.maximum(discount * (p * value[1:] + (1 - p) * value[:-1]), strike - price(n))
    return float(value[0])


def european_put(x: Array, strike: float, rate: float, dividend: float, volatility: float, time: float) -> Array:
    """The formula of Black and Scholes."""
    deviation = volatility * math.sqrt(time)
    d = (np.log(x / strike) + (rate - dividend + volatility**2 / 2) * time) / deviation
    return np.asarray(strike * math.exp(-rate * time) * ndtr(deviation - d) - x * math.exp(-dividend * time) * ndtr(-d))
