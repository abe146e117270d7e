"""A text as a Markov chain of its patterns."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr
from tqdm import tqdm

from theory.languages.recurrence import ages, recurrences, transitions
from theory.languages.text import Pattern
from theory.points import Array

SIGNIFICANT = float(ndtr(1.0))  # affinity from which words belong together: 0.841


class Chain(NamedTuple):
    P: Array  # [N, N] p_ij, rows sum to 1
    affinity: Array  # [N, N] a_ij of j to i

    def fields(self) -> list[list[int]]:
        """F_i = {i} and all j with min(a_ij, a_ji) > Phi(1)."""
        close = np.minimum(self.affinity, self.affinity.T) > SIGNIFICANT
        np.fill_diagonal(close, True)
        return [np.flatnonzero(row).tolist() for row in close]


def chain(patterns: Sequence[Pattern], length: int) -> Chain:
    """p_ij = n_ij e^(-<log L_ij>) / sum_k n_ik e^(-<log L_ik>); e^(-log length) alone where n_ij < 2.

    a_ij = Phi((m_i - <log A_ij>) / sqrt(w_i / n)), for the n times A_ij since the last i at every j, with the mean and
    the variance of log A_ij where j knows nothing of i: m_i = <L_ii log L_ii> / <L_ii> - 1, w_i = <L_ii log^2 L_ii> /
    <L_ii> - 2 m_i - m_i^2 (an L_ii is met with a probability proportional to its length, and anywhere in it)."""
    N = len(patterns)
    weight, affinity = np.full((N, N), 1 / length), np.zeros((N, N))
    for i, first in enumerate(tqdm(patterns, desc="chain", unit=" words", delay=3, leave=False, disable=None)):
        own = recurrences(first)
        m, w = hitting(own)
        for j, second in enumerate(patterns):
            L, A = transitions(first, second), ages(first, second)
            if len(L) > 1:
                weight[i, j] = len(L) * math.exp(-float(np.log(L).mean()))
            if len(A) > 1:
                affinity[i, j] = ndtr((m - float(np.log(A).mean())) / math.sqrt(max(w, 1e-300) / len(A)))
    return Chain(weight / weight.sum(1, keepdims=True), affinity)


def hitting(L: Array) -> tuple[float, float]:
    """m_i, w_i from the recurrences of i."""
    if len(L) == 0:
        return 0.0, 0.0
    log = np.log(L)
    m = float((L * log).mean() / L.mean()) - 1
    return m, float((L * log**2).mean() / L.mean()) - 2 * m - m * m


def stationary(P: Array) -> Array:
    """pi P = pi, sum pi = 1: [N]"""
    N = len(P)
    system = np.vstack([P.T - np.eye(N), np.ones(N)])
    pi: Array = np.linalg.lstsq(system, np.append(np.zeros(N), 1.0), rcond=None)[0]
    return pi


def imbalance(P: Array, power: int) -> float:
    """1/2 sum_ij |pi_i (P^k)_ij - pi_j (P^k)_ji|: 0 where the text is as likely backwards in steps of k."""
    flow = stationary(P)[:, None] * np.linalg.matrix_power(P, power)
    return 0.5 * float(np.abs(flow - flow.T).sum())
