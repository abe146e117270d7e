"""Means over random signs xi in {-1, 1}^n: all of them where they are few, else independent draws."""

from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from theory.classes.ball import Ball
from theory.points import Array

TOGETHER = 4e6  # signs at a time


class Mean(NamedTuple):
    value: float
    error: float  # standard error; 0 where all signs were taken


class SignMean(NamedTuple):
    """Of the supremum's two sides."""

    lower: Mean
    upper: Mean
    words: str


def all_signs(n: int) -> Array:
    """Half of them, xi_1 = 1: suprema over a ball are the same for xi and -xi. [2^(n-1), n]"""
    k = np.arange(2 ** (n - 1))[:, None]
    return np.concatenate([np.ones_like(k), 1 - 2 * (k >> np.arange(n - 1) & 1)], axis=1).astype(np.float64)


def mean_over_signs(ball: Ball, x: Array, draws: int, seed: int) -> SignMean:
    """E_xi sup_h (1/n) sum_i xi_i h(x_i). x: [n, d]"""
    n = len(x)
    complete = n <= 64 and 2 ** (n - 1) <= max(draws, ball.sign_vectors)
    signs = all_signs(n) if complete else np.random.default_rng(seed).choice([-1.0, 1.0], size=(draws, n))
    size = max(1, min(int(TOGETHER / n), -(-len(signs) // 10)))
    starts = range(0, len(signs), size)
    bar = tqdm(starts, desc=ball.name, unit=" blocks of signs", delay=3, leave=False, disable=None)
    parts = [ball.supremum(x, signs[start : start + size] / n) for start in bar]
    sides = [np.concatenate(side) for side in zip(*parts, strict=True)]
    words = f"all {2 * len(signs)} sign vectors" if complete else f"{len(signs)} draws of signs"
    same = [complete or np.ptp(side) <= 1e-12 * side.max() for side in sides]  # a bound that no sign changes
    errors = [0.0 if k else float(side.std(ddof=1)) / len(signs) ** 0.5 for k, side in zip(same, sides, strict=True)]
    lower, upper = (Mean(float(side.mean()), error) for side, error in zip(sides, errors, strict=True))
    return SignMean(lower, upper, words)
