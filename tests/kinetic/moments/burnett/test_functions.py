"""Burnett's functions: orthonormal, in order, and their integrals."""

import math

import pytest
import torch

from kinetic.moments.burnett.functions import Burnett


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("degree", [3, 6])
def test_they_are_orthonormal_and_complete(degree: int, dimension: int):
    f = Burnett(degree, dimension)
    e = f(f.nodes, f.squares)
    assert e.shape[1] == (degree + 2) ** 2 // 4
    torch.testing.assert_close(e.mT @ (f.weights[:, None] * e), torch.eye(e.shape[1]).double(), rtol=0, atol=1e-12)
    for j, k in ((degree, 0), (degree - 2, 1)):  # xi_x^j (|xi|^2 - xi_x^2)^k is a sum of them
        monomial = f.nodes**j * f.squares**k
        torch.testing.assert_close(e @ (e.mT @ (f.weights * monomial)), monomial, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dimension", [2, 3])
def test_the_first_ones(dimension: int):
    xi, square = torch.tensor([0.7, -1.1]).double(), torch.tensor([1.3, 0.4]).double()
    e, d, whole = Burnett(3, dimension)(xi, square), dimension, xi**2 + square
    flux = xi * (whole - d - 2) / math.sqrt(2 * d + 4)
    stress = (xi**2 - whole / d) / math.sqrt(2 - 2 / d)
    expected = torch.stack([torch.ones_like(xi), xi, (whole - d) / math.sqrt(2 * d), stress, flux], -1)
    torch.testing.assert_close(e[:, :5], expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("dimension", [2, 3])
def test_integrals_of_derivatives(dimension: int):
    """Beside central differences."""
    f, h = Burnett(5, dimension), 1e-5
    xi, s = f.nodes, f.squares
    weighted = f.weights[:, None] * f(xi, s)
    found = f.integrals()
    along = (f(xi + h, s) - f(xi - h, s)) / (2 * h)
    grown = (f((1 + h) * xi, (1 + h) ** 2 * s) - f((1 - h) * xi, (1 - h) ** 2 * s)) / (2 * h)
    torch.testing.assert_close(found.slope, along.mT @ weighted, rtol=0, atol=1e-7)
    torch.testing.assert_close(found.stretch, grown.mT @ weighted, rtol=0, atol=1e-7)
    for few, every in zip(f.integrals(3), found, strict=True):
        torch.testing.assert_close(few, every[:3, :3], rtol=0, atol=1e-14)
