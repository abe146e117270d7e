"""Norms of functions by kernels and by Fourier integrals."""

import numpy as np
import pytest
from tolerances import FLOAT64

from theory.classes.rkhs import RKHS, Gaussian, LinearKernel
from theory.norms.interpolation import interpolate
from theory.norms.spaces import cosine_target_norm, gaussian_target_norm, random_feature_norm, rkhs_norm
from trainer.errors import UserError

random = np.random.default_rng(9)


def test_a_linear_function_has_the_length_of_its_coefficients():
    x, alpha = random.normal(size=(6, 3)), random.normal(size=6)
    assert rkhs_norm(LinearKernel(), x, alpha).value == pytest.approx(np.linalg.norm(alpha @ x), rel=FLOAT64)


def test_a_norm_is_what_the_supremum_reaches():
    x, alpha = random.random((6, 2)), random.normal(size=6)
    kernel = Gaussian(0.5)
    values = kernel(x, x) @ alpha
    assert values @ alpha == pytest.approx(rkhs_norm(kernel, x, alpha).value ** 2, rel=FLOAT64)
    assert RKHS(kernel).supremum(x, alpha[None]).lower[0] == pytest.approx(
        rkhs_norm(kernel, x, alpha).value, rel=FLOAT64
    )


@pytest.mark.parametrize("s", [0.5, 1.0])
def test_fourier_integrals_are_no_less_than_what_values_need(s: float):
    x = np.linspace(0, 1, 60)[:, None]
    gaussian = np.exp(-0.5 * x[:, 0] ** 2 / s**2) - 1
    assert interpolate(x, gaussian).norm <= gaussian_target_norm(1, s).upper
    cosine = np.cos(2 * np.pi * x[:, 0]) - 1
    least = interpolate(x, cosine).norm
    assert least <= cosine_target_norm(np.array([1])).upper
    assert least > 16  # int |f''| = 8 pi, of an interpolant a little less: f has the norm that its curvature asks for


def test_the_moment_of_a_gaussian_is_that_of_its_draws():
    d, s = 4, 0.7
    w = random.normal(size=(200_000, d)) / s
    square = np.abs(w).sum(1) ** 2
    assert gaussian_target_norm(d, s).upper == pytest.approx(2 * square.mean(), abs=6 * square.std() / 200_000**0.5)


def test_random_features_and_bad_parameters():
    assert random_feature_norm(np.array([3.0, -4.0])).upper == pytest.approx(12.5**0.5, rel=FLOAT64)
    with pytest.raises(UserError, match="length > 0"):
        gaussian_target_norm(2, 0.0)
