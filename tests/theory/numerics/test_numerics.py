"""Splines, finite elements and Monte Carlo: their orders, their exactness, their estimates of their own errors."""

import numpy as np
import pytest
import skfem
from tolerances import FLOAT64, ORDER

from theory.numerics import elements, monte_carlo
from theory.numerics.splines import degrees_of_freedom, roughness, smoothing_spline
from trainer.errors import UserError

random = np.random.default_rng(14)


def bump(x: np.ndarray) -> np.ndarray:
    return np.sin(np.pi * x).prod(1)


def slopes(x: np.ndarray) -> np.ndarray:
    d = x.shape[1]
    terms = [np.pi * np.cos(np.pi * x[:, k]) * np.sin(np.pi * np.delete(x, k, 1)).prod(1) for k in range(d)]
    return np.stack(terms, axis=1)


def source(x: np.ndarray) -> np.ndarray:
    return x.shape[1] * np.pi**2 * bump(x)


def test_a_smoothing_spline_is_reinschs_dense_solution():
    x, y = np.sort(random.random(25)), random.normal(size=25)
    for penalty in (1e-6, 1e-3):
        dense = np.linalg.solve(np.eye(25) + penalty * roughness(x), y)
        np.testing.assert_allclose(smoothing_spline(x, y, penalty)(x), dense, atol=1e-8)  # condition 1e6


def test_it_is_a_natural_spline_of_least_roughness():
    x, y = np.sort(random.random(12)), random.normal(size=12)
    spline = smoothing_spline(x, y, 1e-4)
    second = spline.derivative(2)
    assert np.abs(second(x[[0, -1]])).max() < 1e-8 * np.abs(second(x)).max()
    f = spline(x)
    t = np.linspace(x[0], x[-1], 200_001)
    assert np.trapezoid(second(t) ** 2, t) == pytest.approx(f @ roughness(x) @ f, rel=1e-6)


def test_a_large_penalty_leaves_a_straight_line_and_none_interpolates():
    x, y = np.sort(random.random(12)), random.normal(size=12)
    assert degrees_of_freedom(x, 0.0) == pytest.approx(12)
    assert degrees_of_freedom(x, 1e12) == pytest.approx(2, abs=1e-6)
    line = np.polyval(np.polyfit(x, y, 1), x)
    np.testing.assert_allclose(
        smoothing_spline(x, y, 1e4)(x), line, atol=1e-4
    )  # n / (500 lambda) is left of the curvature
    np.testing.assert_allclose(smoothing_spline(x, y, 0.0)(x), y, atol=1e-9)


def test_splines_interpolate_with_order_four():
    t = np.linspace(0, 1, 1001)
    errors = []
    for n in (20, 40):
        x = np.linspace(0, 1, n + 1)
        errors.append(np.abs(smoothing_spline(x, np.sin(np.pi * x), 0.0)(t) - np.sin(np.pi * t)).max())
    assert np.log2(errors[0] / errors[1]) == pytest.approx(4, abs=ORDER)  # f'' = 0 at the ends, as natural splines have


def test_splines_refuse_repeated_points():
    with pytest.raises(UserError, match="distinct"):
        smoothing_spline([0, 0, 1, 2, 3], [1, 2, 3, 4, 5], 1.0)


@pytest.mark.parametrize(("mesh", "sizes"), [(elements.interval, (16, 32)), (elements.square, (12, 24))])
def test_elements_have_order_one_in_the_gradient_and_two_in_the_function(mesh, sizes):
    found = [elements.errors(elements.solve(mesh(k), source), source, bump, slopes) for k in sizes]
    assert np.log2(found[0].h1 / found[1].h1) == pytest.approx(1, abs=ORDER)
    assert np.log2(found[0].l2 / found[1].l2) == pytest.approx(2, abs=ORDER)
    ratio = [e.effectivity for e in found]
    assert ratio[0] == pytest.approx(ratio[1], rel=0.05)  # efficient and reliable: a constant


def test_in_one_dimension_the_estimate_is_a_bound_without_a_constant():
    for k in (3, 10, 50):
        found = elements.errors(elements.solve(elements.interval(k), source), source, bump, slopes)
        assert found.effectivity >= 1.0
    assert found.effectivity == pytest.approx(np.sqrt(12) / np.pi, rel=1e-2)  # of f constant on every cell


def test_in_one_dimension_nodes_are_exact():
    found = elements.solve(elements.interval(7), source)
    np.testing.assert_allclose(found.u, bump(found.mesh.p.T), atol=1e-6)  # quadrature of degree 6, cells of 1/7


def test_galerkin_orthogonality():
    """|u|^2 = |u_h|^2 + |u - u_h|^2 in the energy norm."""
    found = elements.solve(elements.square(16), source)
    energy = found.integral(lambda w: (w["u"].grad ** 2).sum(0)).sum()
    error = elements.errors(found, source, bump, slopes).h1
    assert energy + error**2 == pytest.approx(np.pi**2 / 2, rel=1e-5)


def test_jumps_of_the_normal_derivative_are_those_of_the_hat_function():
    """Four right triangles around the middle of a square and u_h = 1 there: |grad| = 2 inside each, turned by 90
    degrees from one to the next, so the jump is |(2, 0) - (0, 2)| across edges of length 1/sqrt(2)."""
    nodes = np.array([[0, 1, 1, 0, 0.5], [0, 0, 1, 1, 0.5]])
    mesh = skfem.MeshTri(nodes, np.array([[0, 1, 2, 3], [1, 2, 3, 0], [4, 4, 4, 4]]))
    found = elements.Solution(skfem.Basis(mesh, skfem.ElementTriP1(), intorder=2), np.eye(5)[4])
    inner, squares = elements.jump(found)
    assert len(inner) == 4
    np.testing.assert_allclose(squares, 8 / np.sqrt(2), rtol=FLOAT64)
    zero = elements.indicators(found, lambda x: np.zeros(len(x)))
    np.testing.assert_allclose(zero, 0.5 * 2 * 0.5**0.5 * 8 / np.sqrt(2), rtol=FLOAT64)  # two inner edges each


def test_a_mesh_of_another_shape_has_the_same_orders():
    """Refined at one side, where the indicators say; u = x (1 - x) y (1 - y) is known, and f has a degree of two."""
    mesh = elements.square(8)

    def f(x):
        return 2 * (x * (1 - x)).sum(1)

    def exact(x):
        return (x * (1 - x)).prod(1)

    def gradient(x):
        return (1 - 2 * x) * (x * (1 - x))[:, ::-1]

    whole = elements.errors(elements.solve(mesh.refined(1), f), f, exact, gradient)
    eta = elements.indicators(elements.solve(mesh, f), f)
    part = elements.solve(mesh.refined(np.flatnonzero(eta > np.quantile(eta, 0.5))), f)
    adapted = elements.errors(part, f, exact, gradient)
    assert part.mesh.t.shape[1] < 0.9 * mesh.refined(1).t.shape[1]
    assert whole.h1 < adapted.h1 < elements.errors(elements.solve(mesh, f), f, exact, gradient).h1
    assert adapted.effectivity == pytest.approx(whole.effectivity, rel=0.2)


def test_the_variance_of_a_mean_is_one_over_n():
    def f(x):
        return np.exp(x.sum(1))

    exact = (np.e - 1) ** 3
    for n in (10, 1000):
        found = [monte_carlo.integral(f, 3, n, seed) for seed in range(300)]
        square = np.mean([(e.value - exact) ** 2 for e in found])
        variance = (((np.e**2 - 1) / 2) ** 3 - exact**2) / n
        assert square == pytest.approx(variance, rel=0.3)  # 300 squares: sqrt(2 / 300) is 8 %
        assert np.mean([abs(e.value - exact) < 3 * e.error for e in found]) > 0.95


def test_variance_reduction_is_none_of_the_value_and_most_of_the_error():
    def f(x):
        return np.exp(x.sum(1))

    def g(x):
        return x.sum(1)

    exact = (np.e - 1) ** 2
    plain = monte_carlo.integral(f, 2, 2000)
    for better in (monte_carlo.antithetic(f, 2, 2000), monte_carlo.with_control(f, g, 1.0, 2, 2000)):
        assert abs(better.value - exact) < 4 * better.error
        assert better.error < 0.5 * plain.error
    with pytest.raises(UserError, match="at least two"):
        monte_carlo.integral(f, 2, 1)
    with pytest.raises(UserError, match="finite"):
        monte_carlo.integral(lambda x: np.log(x[:, 0] - 2 + 0j).real * np.inf, 2, 10)
