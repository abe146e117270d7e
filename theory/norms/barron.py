"""The Barron norm of a two-layer ReLU network: the smallest path norm of any network that is the same function."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

from theory.estimate import Estimate, exactly
from theory.norms.interpolation import affordable, interpolate
from theory.norms.network import MLP
from theory.points import Array, with_bias

SAME = 1e-9  # two neurons are parallel when their directions, ||w||_1 = 1, agree to this


class Kinks(NamedTuple):
    """f(x) = sum_g J_g sigma(w_g.z) + l.z, one term for every hyperplane along which f has a kink; z = (x, 1)."""

    J: Array  # [G]
    w: Array  # [G, d + 1], ||w||_1 = 1
    linear: Array  # l: [d + 1]


def kinks(network: MLP) -> Kinks:
    """Of two layers and one output: parallel and opposite neurons together, sigma(-t) = sigma(t) - t."""
    (b, c), (a, last) = network.layers
    w = np.column_stack([b, c])
    size = np.abs(w).sum(1)
    J, w = (a[0] * size)[size > 0], w[size > 0] / size[size > 0, None]
    linear = np.zeros(w.shape[1])
    linear[-1] = last[0]
    everywhere = np.abs(w[:, :-1]).sum(1) <= SAME  # no kink at any x: sigma(c) is a constant
    linear[-1] += J[everywhere] @ np.maximum(w[everywhere, -1], 0.0)
    J, w = J[~everywhere], w[~everywhere]
    first = (np.abs(w) > SAME).argmax(1)
    opposite = w[np.arange(len(w)), first] < 0
    linear -= (J[opposite, None] * -w[opposite]).sum(0)
    w[opposite] *= -1
    _, representative, group = np.unique((w / SAME).round(), axis=0, return_index=True, return_inverse=True)
    sums = np.zeros(len(representative))
    np.add.at(sums, group.ravel(), J)
    return Kinks(sums, w[representative], linear)


def merged_norm(found: Kinks) -> float:
    """The smallest sum of |a| (||b||_1 + |c|) over networks with these kinks and the coordinate planes, on R^d:

    min sum_g |J_g - q_g| + |q_g| + |c_0| with the linear part -sum_g q_g w_g + c_0 (0, ..., 0, 1) = l, where q_g of the
    kink J_g is turned to the other side. An upper bound of the Barron norm on any domain."""
    D = len(found.linear)
    J = np.concatenate([found.J, np.zeros(D - 1)])
    w = np.concatenate([found.w, np.eye(D)[:-1]])
    G = len(J)
    # variables: p+, p-, q+, q- of every kink with p + q = J, and c+, c-
    same = np.hstack([np.eye(G), -np.eye(G), np.eye(G), -np.eye(G), np.zeros((G, 2))])
    constant = np.eye(D)[:, -1:]
    linear = np.hstack([np.zeros((D, 2 * G)), -w.T, w.T, constant, -constant])
    found_least = linprog(
        np.ones(4 * G + 2), A_eq=np.vstack([same, linear]), b_eq=np.concatenate([J, found.linear]), method="highs"
    )
    return float(found_least.fun)


def barron_norm(network: MLP, x: Array) -> Estimate:
    """On the domain that the points x [n, d] span: from above by merging neurons, from below by the function's values.

    d = 1: exact on [min x, max x], the interpolation of f at its kinks, the ends and 0 (interpolation.py): between
    them a minimal interpolant is linear as f is. Else the smallest norm of any function with the values of f at x,
    where that program is small enough, and the largest |f| / max(1, |x|_inf) and slope there."""
    name = "Barron norm"
    found = kinks(network)
    if x.shape[1] == 1:
        low, high = float(x.min()), float(x.max())
        knots = -found.w[found.J != 0, 1] / found.w[found.J != 0, 0]
        inside = knots[(knots > low) & (knots < high)]
        places = np.unique(np.concatenate([inside, [low, high], [0.0] if low < 0 < high else []]))[:, None]
        return exactly(
            name, interpolate(places, network(places)[:, 0]).norm, f"interpolation of its {len(places)} knots"
        )
    upper, lower, method = merged_norm(found), simple_lower_bound(found, x), "values and slopes, from below"
    if affordable(x):
        least = interpolate(np.unique(x, axis=0), network(np.unique(x, axis=0))[:, 0]).norm
        lower, method = max(lower, least), "interpolation of its values at the points, from below"
    return Estimate(name, min(lower, upper), upper, f"merging of neurons, from above; {method}")


def simple_lower_bound(found: Kinks, x: Array) -> float:
    """|f| <= ||f|| max(1, |x|_inf) and |df/dx_k| <= ||f||."""
    z = with_bias(x)
    t = z @ found.w.T
    value = np.abs(np.maximum(t, 0.0) @ found.J + z @ found.linear) / np.abs(z).max(1)
    slope = np.abs((t > 0) * found.J @ found.w + found.linear)[:, :-1]
    return float(max(value.max(), slope.max()))
