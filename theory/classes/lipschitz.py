"""Functions with |h(x) - h(y)| <= |x - y|_2 and |h| <= B: suprema are optimal transports."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment, linprog
from scipy.sparse import csr_array
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from theory.classes.ball import Ball, Function, Supremum
from theory.engines import engine
from theory.points import Array

Index = npt.NDArray[np.int64]
DENSE = 4000  # points, up to which all distances are kept
NEIGHBORS = 8
BLOCK = 512  # rows of distances at a time, beyond
PIVOTS = 10**8  # of the network simplex: never reached


class Lipschitz(Ball):
    """sup_h sum_i w_i h(x_i), over the values h_i that a function of the ball can have at the points: by McShane's
    extension those with |h_i - h_j| <= |x_i - x_j| and |h_i| <= B.

    The dual is a transport of the positive weights to the negative ones, at the price |x_i - x_j| a unit, in which
    weight may also be destroyed at the price B: with signs of equal size an assignment, else a network flow."""

    def __init__(self, bound: float = 1.0):
        self.B = bound
        self.name = "Lipschitz" if bound == 1.0 else f"Lipschitz, |h| <= {bound:g}"

    def supremum(self, x: Array, w: Array) -> Supremum:
        if len(x) > DENSE:
            pairs = np.array([sandwich(x, row, self.B) for row in w])
            return Supremum(pairs[:, 0], pairs[:, 1])
        cost = np.minimum(cdist(x, x), 2 * self.B)
        value = np.array([transport(cost, row, self.B) for row in w])
        return Supremum(value, value)

    def witness(self, x: Array, w: Array) -> Function:
        """The distance to points of negative weight, cut off."""
        negative = KDTree(x[w < 0]) if (w < 0).any() else None
        if negative is None:
            return lambda t: np.full(len(t), self.B)
        return lambda t: np.asarray(np.minimum(negative.query(t)[0], 2 * self.B) - self.B)

    def method(self, x: Array) -> str:
        if len(x) > DENSE:
            return "a linear program on the nearest neighbours, from above, and its Lipschitz envelope, from below"
        return "optimal transport of positive to negative signs"

    def bound(self, x: Array) -> float:
        return self.B

    def cube_error(self, x: Array) -> float | None:
        """W_1 in one dimension; |h| <= 1/2 is no constraint on [0, 1], up to a constant."""
        return wasserstein_uniform(x[:, 0]) if x.shape[1] == 1 and self.B >= 0.5 else None


def transport(cost: Array, w: Array, B: float) -> float:
    """min over plans. cost: [n, n], at most 2 B each; w: [n]"""
    plus, minus = np.flatnonzero(w > 0), np.flatnonzero(w < 0)
    if len(plus) < len(minus):
        plus, minus, w = minus, plus, -w
    size = np.abs(w[w != 0])
    if len(size) == 0:
        return 0.0
    if np.ptp(size) > 1e-14 * size[0]:
        return weighted_transport(cost[np.ix_(plus, minus)], w[plus], -w[minus], B)
    table = np.full((len(plus), len(plus)), B)  # the last columns: destroyed
    table[:, : len(minus)] = cost[np.ix_(plus, minus)]
    rows, columns = linear_sum_assignment(table)
    return float(size[0] * table[rows, columns].sum())


def weighted_transport(cost: Array, supply: Array, demand: Array, B: float) -> float:
    """The same with weights of any size, by POT's network simplex. cost: [p, q], supply: [p], demand: [q]"""
    full = np.pad(cost, ((0, 1), (0, 1)), constant_values=B)  # the last row and column: destroyed
    full[-1, -1] = 0.0
    total = supply.sum() + demand.sum()
    given, taken = (np.append(v, total - v.sum()) / total for v in (supply, demand))
    return float(total * engine("ot").emd2(given, taken, full, numItermax=PIVOTS))


def potential(x: Array, w: Array, B: float) -> Array:
    """h_i that reach the supremum: the dual certificate, by the linear program itself. x: [n, d], w: [n] -> [n]"""
    n = len(x)
    first, second = np.nonzero(~np.eye(n, dtype=bool))
    return constrained(x, w, B, first, second)


def constrained(x: Array, w: Array, B: float, first: Index, second: Index) -> Array:
    """max w.h with |h| <= B and h_first - h_second <= |x_first - x_second| for the pairs that are given."""
    distance = np.linalg.norm(x[first] - x[second], axis=1)
    pair = np.arange(len(first))
    entries = np.concatenate([np.ones(len(pair)), -np.ones(len(pair))])
    table = csr_array((entries, (np.concatenate([pair, pair]), np.concatenate([first, second]))), (len(pair), len(x)))
    h: Array = linprog(-w, A_ub=table, b_ub=distance, bounds=(-B, B), method="highs").x
    return h


def sandwich(x: Array, w: Array, B: float) -> tuple[float, float]:
    """Fewer constraints give more than the supremum; what they give, made Lipschitz by McShane, gives less."""
    _, near = KDTree(x).query(x, NEIGHBORS + 1)
    first, second = np.repeat(np.arange(len(x)), NEIGHBORS + 1), near.ravel()
    apart = first != second
    first, second = first[apart], second[apart]
    h = constrained(x, w, B, np.concatenate([first, second]), np.concatenate([second, first]))
    below, above = np.empty_like(h), np.empty_like(h)
    for start in range(0, len(x), BLOCK):
        rows = slice(start, start + BLOCK)
        distance = cdist(x[rows], x)
        below[rows], above[rows] = (h + distance).min(1), (h - distance).max(1)
    values = [float(w @ candidate) for candidate in (below, above, 0.5 * (below + above))]
    return max(0.0, *values), float(w @ h)


def sorted_transport(x: Array, w: Array) -> float:
    """d = 1, B = inf, sum w = 0: int |sum_{x_i <= t} w_i| dt. x, w: [n]"""
    order = np.argsort(x)
    return float(np.abs(np.cumsum(w[order])[:-1]) @ np.diff(x[order]))


def wasserstein_uniform(x: Array) -> float:
    """W_1(mu_n, U[0,1]) = int_0^1 |F_n(t) - t| dt, exactly. x: [n] in [0, 1]"""
    n = len(x)
    t = np.concatenate([[0.0], np.sort(x), [1.0]])
    F = np.arange(n + 1) / n
    a, b = t[:-1] - F, t[1:] - F  # t - F_n at both ends of each step, where it grows from a to b
    return float(0.5 * np.where(a * b >= 0, np.abs(b * b - a * a), a * a + b * b).sum())
