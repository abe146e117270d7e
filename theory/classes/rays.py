"""The neurons that can be extremal: extreme rays of the cells into which data cut the parameters of a ReLU neuron."""

import itertools
import math
from collections.abc import Iterator

import numpy as np

from theory.points import Array

BLOCK = 20_000
FLAT = 1e-10  # a ray this close to a hyperplane, over |z|_inf, lies on it


def count(n: int, d: int) -> int:
    """How many rays there are at most, for n points z in R^{d+1}."""
    return 2 * math.comb(n + d + 1, d)


def extreme_rays(z: Array) -> Iterator[Array]:
    """Blocks of w [.., d+1] with ||w||_1 = 1, both signs. z: [n, d+1]

    sum_i w_i sigma(w.z_i) is linear in w where no w.z_i and no coordinate of w changes its sign: on cones that the
    n + d + 1 hyperplanes z_i and e_k cut out, on which ||w||_1 is linear, too. So the quotient is extremal on an edge
    of a cone, where d independent hyperplanes meet."""
    D = z.shape[1]
    normals = np.unique(np.concatenate([np.eye(D), z / np.abs(z).max(1, keepdims=True)]), axis=0)
    choices = itertools.combinations(range(len(normals)), D - 1)
    while block := list(itertools.islice(choices, BLOCK)):
        w = edges(normals[np.array(block)])
        yield np.concatenate([w, -w])


def edges(normals: Array) -> Array:
    """w orthogonal to all, ||w||_1 = 1: [b, D - 1, D] -> [<= b, D]; dependent ones are left out."""
    D = normals.shape[2]
    if D == 2:
        w = np.stack([-normals[:, 0, 1], normals[:, 0, 0]], axis=1)
    elif D == 3:
        w = np.cross(normals[:, 0], normals[:, 1])
    else:  # by cofactors
        columns = [np.delete(normals, k, axis=2) for k in range(D)]
        w = np.stack([(-1) ** k * np.linalg.det(column) for k, column in enumerate(columns)], axis=1)
    size = np.abs(w).sum(1, keepdims=True)
    keep = size[:, 0] > FLAT
    rays: Array = w[keep] / size[keep]
    rays[np.abs(rays) < FLAT] = 0.0
    return rays
