"""Piecewise linear finite elements for -div grad u = f, u = 0 on the boundary: errors, a priori and a posteriori.

scikit-fem has the meshes, the assembly and the quadrature."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from theory.engines import engine
from theory.points import Array

Function = Callable[[Array], Array]  # [n, d] -> [n]
DEGREE = 6  # of the polynomials that are integrated exactly


class Solution(NamedTuple):
    basis: Any  # skfem.Basis of the elements
    u: Array  # [N], at the nodes

    @property
    def mesh(self) -> Any:
        """skfem.Mesh: nodes p [d, N], cells t [d + 1, K]"""
        return self.basis.mesh

    def integral(self, of: Callable[[Any], Array]) -> Array:
        """Of of(w) over each cell; w.x are the points [d, K, q], w["u"] is u_h with w["u"].grad. [K]"""
        found = engine("skfem").Functional(of).elemental(self.basis, u=self.u)
        return np.asarray(found, dtype=np.float64)


class Errors(NamedTuple):
    l2: float
    h1: float  # of the gradient
    estimate: float  # a posteriori: (sum over cells eta_K^2)^(1/2)

    @property
    def effectivity(self) -> float:
        """Estimated over true."""
        return self.estimate / self.h1


def interval(k: int) -> Any:
    """[0, 1] in k cells."""
    return engine("skfem").MeshLine(np.linspace(0, 1, k + 1))


def square(k: int) -> Any:
    """[0, 1]^2 in 2 k^2 right triangles."""
    grid = np.linspace(0, 1, k + 1)
    return engine("skfem").MeshTri.init_tensor(grid, grid)


def solve(mesh: Any, f: Function) -> Solution:
    """On any skfem mesh of intervals or triangles. f: [n, d] -> [n]"""
    fem = engine("skfem")
    element = fem.ElementLineP1() if mesh.dim() == 1 else fem.ElementTriP1()
    basis = fem.Basis(mesh, element, intorder=DEGREE)
    stiffness = fem.BilinearForm(lambda u, v, w: (u.grad * v.grad).sum(0)).assemble(basis)
    load = fem.LinearForm(lambda v, w: at(f, w.x) * v).assemble(basis)
    u = fem.solve(*fem.condense(stiffness, load, D=basis.get_dofs()))
    return Solution(basis, np.asarray(u, dtype=np.float64))


def at(f: Callable[[Array], Array], x: Array) -> Array:
    """f of points [n, d] at x [d, ...] -> [...], or [d, ...] where it has d values."""
    d = len(x)
    values = np.asarray(f(np.asarray(x).reshape(d, -1).T), dtype=np.float64)
    return np.reshape(values.T, (*values.shape[1:], *x.shape[1:]))


def errors(found: Solution, f: Function, exact: Function, gradient: Callable[[Array], Array]) -> Errors:
    """exact: [n, d] -> [n], gradient: [n, d] -> [n, d]"""
    l2 = found.integral(lambda w: (w["u"] - at(exact, w.x)) ** 2).sum()
    h1 = found.integral(lambda w: ((w["u"].grad - at(gradient, w.x)) ** 2).sum(0)).sum()
    return Errors(float(np.sqrt(l2)), float(np.sqrt(h1)), float(np.sqrt(indicators(found, f).sum())))


def indicators(found: Solution, f: Function) -> Array:
    """eta_K^2 [K]. d = 1: (h_K / pi)^2 ||f||_K^2, whose sum bounds the error squared with no constant hidden:
    u_h is exact at the nodes, and Poincare has pi between them. d = 2, up to a constant (Verfuerth):

    eta_K^2 = h_K^2 ||f||_K^2 + 1/2 sum over inner edges h_E ||[du_h/dn]||_E^2, h_K the longest edge."""
    mesh = found.mesh
    source = found.integral(lambda w: at(f, w.x) ** 2)
    if mesh.dim() == 1:
        return np.asarray((np.ptp(mesh.p[0][mesh.t], axis=0) / np.pi) ** 2 * source)
    ends = mesh.p[:, mesh.facets]  # [d, 2, E]
    length = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=0)
    jumps = np.zeros(len(length))
    inner, squares = jump(found)
    jumps[inner] = length[inner] * squares
    return np.asarray(length[mesh.t2f].max(0) ** 2 * source + 0.5 * jumps[mesh.t2f].sum(0))


def jump(found: Solution) -> tuple[Array, Array]:
    """Inner edges, and ||[du_h/dn]||_E^2 of each."""
    fem = engine("skfem")
    sides = [fem.InteriorFacetBasis(found.mesh, found.basis.elem, side=side) for side in (0, 1)]
    inside, outside = (side.interpolate(found.u) for side in sides)
    square = fem.Functional(lambda w: ((w["inside"].grad - w["outside"].grad) * w.n).sum(0) ** 2)
    return sides[0].find, np.asarray(square.elemental(sides[0], inside=inside, outside=outside), dtype=np.float64)
