"""Piecewise linear finite elements for -div grad u = f, u = 0 on the boundary: errors, a priori and a posteriori."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.linalg import spsolve

from theory.points import Array

Function = Callable[[Array], Array]  # [n, d] -> [n]
# Six points of a triangle, exact to degree four: barycentric coordinates and weights of two orbits (Dunavant 1985).
ORBITS = ((0.445948490915965, 0.223381589678011), (0.091576213509771, 0.109951743655322))


class Mesh(NamedTuple):
    """Of [0, 1] or [0, 1]^2."""

    nodes: Array  # [N, d]
    cells: npt.NDArray[np.int64]  # [K, d + 1]

    @property
    def boundary(self) -> npt.NDArray[np.bool_]:
        return np.asarray(((self.nodes == 0) | (self.nodes == 1)).any(1))


class Solution(NamedTuple):
    mesh: Mesh
    u: Array  # [N]
    gradient: Array  # [K, d], constant on each cell


class Errors(NamedTuple):
    l2: float
    h1: float  # of the gradient
    estimate: float  # a posteriori: (sum over cells eta_K^2)^(1/2)

    @property
    def effectivity(self) -> float:
        """Estimated over true."""
        return self.estimate / self.h1


def interval(k: int) -> Mesh:
    """k cells."""
    node = np.arange(k)
    return Mesh(np.linspace(0, 1, k + 1)[:, None], np.stack([node, node + 1], axis=1))


def square(k: int) -> Mesh:
    """2 k^2 right triangles."""
    grid = np.linspace(0, 1, k + 1)
    nodes = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1).reshape(-1, 2)
    corner = (np.arange(k)[:, None] * (k + 1) + np.arange(k)).ravel()
    lower = np.stack([corner, corner + k + 1, corner + k + 2], axis=1)
    upper = np.stack([corner, corner + k + 2, corner + 1], axis=1)
    return Mesh(nodes, np.concatenate([lower, upper]))


def quadrature(mesh: Mesh) -> tuple[Array, Array]:
    """Barycentric coordinates [q, d + 1], and weights over the size of a cell [q]."""
    if mesh.nodes.shape[1] == 1:
        t, gauss = np.polynomial.legendre.leggauss(4)
        return np.stack([0.5 * (1 - t), 0.5 * (1 + t)], axis=1), 0.5 * gauss
    points, weights = [], []
    for a, w in ORBITS:
        for k in range(3):
            points.append(np.where(np.arange(3) == k, 1 - 2 * a, a))
            weights.append(w)
    return np.array(points), np.array(weights)


def geometry(mesh: Mesh) -> tuple[Array, Array]:
    """Sizes of the cells [K] and gradients of their hat functions [K, d + 1, d]."""
    corners = mesh.nodes[mesh.cells]
    J = corners[:, 1:] - corners[:, :1]  # rows are edges
    d = J.shape[1]
    inner = np.linalg.inv(J).transpose(0, 2, 1)  # gradients of the last d barycentric coordinates
    hats = np.concatenate([-inner.sum(1, keepdims=True), inner], axis=1)
    return np.abs(np.linalg.det(J)) / (1 if d == 1 else 2), hats


def solve(mesh: Mesh, f: Function) -> Solution:
    """f: [n, d] -> [n]"""
    size, hats = geometry(mesh)
    stiffness = np.einsum("k,kid,kjd->kij", size, hats, hats)
    rows, columns = np.broadcast_arrays(mesh.cells[:, :, None], mesh.cells[:, None, :])
    A = coo_array((stiffness.ravel(), (rows.ravel(), columns.ravel()))).tocsr()
    bary, weight = quadrature(mesh)
    values = at_points(mesh, bary, f)
    load = np.zeros(len(mesh.nodes))
    np.add.at(load, mesh.cells, np.einsum("k,q,kq,qi->ki", size, weight, values, bary))
    inner = np.flatnonzero(~mesh.boundary)
    u = np.zeros(len(mesh.nodes))
    u[inner] = spsolve(A[inner][:, inner], load[inner])
    return Solution(mesh, u, np.einsum("ki,kid->kd", u[mesh.cells], hats))


def at_points(mesh: Mesh, bary: Array, f: Function) -> Array:
    """[K, q]"""
    x = np.einsum("qi,kid->kqd", bary, mesh.nodes[mesh.cells])
    return np.asarray(f(x.reshape(-1, x.shape[2])), dtype=np.float64).reshape(x.shape[:2])


def errors(found: Solution, f: Function, exact: Function, gradient: Callable[[Array], Array]) -> Errors:
    """exact: [n, d] -> [n], gradient: [n, d] -> [n, d]"""
    mesh = found.mesh
    size, _ = geometry(mesh)
    bary, weight = quadrature(mesh)
    difference = at_points(mesh, bary, exact) - found.u[mesh.cells] @ bary.T
    slopes = [at_points(mesh, bary, lambda x, k=k: gradient(x)[:, k]) for k in range(mesh.nodes.shape[1])]  # type: ignore[misc]
    off = sum((slope - found.gradient[:, k, None]) ** 2 for k, slope in enumerate(slopes))
    h1 = float(np.sqrt(size @ (off @ weight)))
    return Errors(float(np.sqrt(size @ (difference**2 @ weight))), h1, float(np.sqrt(indicators(found, f).sum())))


def indicators(found: Solution, f: Function) -> Array:
    """eta_K^2 [K]. d = 1: (h_K / pi)^2 ||f||_K^2, whose sum bounds the error squared with no constant hidden:
    u_h is exact at the nodes, and Poincare has pi between them. d = 2, up to a constant (Verfuerth):

    eta_K^2 = h_K^2 ||f||_K^2 + 1/2 sum over inner edges h_E ||[du_h/dn]||_E^2, h_K the longest edge."""
    mesh = found.mesh
    size, _ = geometry(mesh)
    bary, weight = quadrature(mesh)
    source = size * (at_points(mesh, bary, f) ** 2 @ weight)
    if mesh.nodes.shape[1] == 1:
        return np.asarray((size / np.pi) ** 2 * source)
    pairs = np.sort(mesh.cells[:, [[0, 1], [1, 2], [2, 0]]], axis=2)  # [K, 3, 2]
    edges, which = np.unique(pairs.reshape(-1, 2), axis=0, return_inverse=True)
    vector = mesh.nodes[edges[:, 1]] - mesh.nodes[edges[:, 0]]
    length = np.linalg.norm(vector, axis=1)
    normal = np.stack([vector[:, 1], -vector[:, 0]], axis=1) / length[:, None]
    cell = np.arange(len(mesh.cells)).repeat(3)
    flux = np.einsum("ed,ed->e", found.gradient[cell], normal[which.ravel()])
    first = np.full(len(edges), -1)
    first[which.ravel()[::-1]] = np.arange(len(cell))[::-1]
    jump = np.zeros(len(edges))
    shared = np.bincount(which.ravel()) == 2
    np.add.at(jump, which.ravel(), flux * np.where(first[which.ravel()] == np.arange(len(cell)), 1.0, -1.0))
    per_edge = np.where(shared, length**2 * jump**2, 0.0)  # h_E times the integral of a constant over E
    longest = length[which].reshape(-1, 3).max(1)
    return np.asarray(longest**2 * source + 0.5 * per_edge[which].reshape(-1, 3).sum(1))
