"""What a word means, as numbers that do not depend on the language: the spectrum of its semantic field."""

import math

import numpy as np

from theory.languages.markov import Chain, stationary
from theory.points import Array


def fingerprint(chain: Chain, field: list[int], word: int) -> Array:
    """Magnitudes of the eigenvalues of the chain on the field F_i with row and column of i set to 0, the first
    floor(e^eta) of them; eta = -sum_a pi_a sum_b p_ab log p_ab is the entropy rate there. field: holds `word`."""
    P = chain.P[np.ix_(field, field)]
    P = P / P.sum(1, keepdims=True)
    kept = math.floor(math.exp(entropy_rate(P)) + 1e-9)
    here = field.index(word)
    rest = P.copy()
    rest[here], rest[:, here] = 0.0, 0.0
    return np.sort(np.abs(np.linalg.eigvals(rest)))[::-1][:kept]


def entropy_rate(P: Array) -> float:
    """eta, in nats a step."""
    plogp = np.where(P > 0, P * np.log(np.where(P > 0, P, 1.0)), 0.0)
    return max(0.0, -float(stationary(P) @ plogp.sum(1)))


def similarity(u: Array, v: Array) -> float:
    """Jaccard and Ruzicka: sum min(u_n, v_n) / sum max(u_n, v_n), the shorter one continued by zeros."""
    size = max(len(u), len(v))
    a, b = (np.pad(w, (0, size - len(w))) for w in (u, v))
    most = float(np.maximum(a, b).sum())
    return float(np.minimum(a, b).sum()) / most if most > 0 else 0.0
