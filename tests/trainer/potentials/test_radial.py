"""Splines and the smooth inverse: partition of unity, scipy's splines, derivatives, smoothness at the cutoff."""

import numpy as np
import torch
from physics import assert_close
from scipy.interpolate import BSpline
from tolerances import FLOAT64

from trainer.potentials.radial import SplineBasis, smooth_inverse

R = torch.linspace(0.03, 3.99, 397, dtype=torch.float64)


def test_functions_are_the_smooth_inverse_times_scipys_b_splines():
    basis = SplineBasis(1.0, 4.0, 0.1, torch.float64)
    m, u, _ = basis(R)
    s = smooth_inverse(R, 1.0, 4.0)[0]
    for k in range(6):
        for r, first, value, weight in zip(R, m, u[:, k], s, strict=True):
            knots = (int(first) + k - 5 + np.arange(7)) * basis.h
            assert abs(float(weight) * float(BSpline.basis_element(knots)(float(r))) - float(value)) < 1e-12 * float(
                weight
            )


def test_splines_sum_to_one_at_any_distance():
    _, u, _ = SplineBasis(1.0, 4.0, 0.1, torch.float64)(R)
    assert_close(u.sum(1).numpy(), smooth_inverse(R, 1.0, 4.0)[0].numpy(), FLOAT64)


def test_derivatives_are_those_of_the_values():
    r = R.clone().requires_grad_()
    basis = SplineBasis(1.0, 4.0, 0.1, torch.float64)
    _, u, du = basis(r)
    for k in range(6):
        (derivative,) = torch.autograd.grad(u[:, k].sum(), r, retain_graph=True)
        assert_close(du[:, k].detach().numpy(), derivative.numpy(), FLOAT64)


def test_smooth_inverse_meets_both_ends_with_two_derivatives():
    r_s, r_c = 1.0, 4.0
    for edge, outside in ((r_s, lambda r: 1 / r), (r_c, lambda r: 0 * r)):
        for order in range(3):
            gaps = []
            for step in (1e-2, 1e-3):
                r = torch.tensor(edge + (step if edge == r_s else -step), dtype=torch.float64, requires_grad=True)
                gap = smooth_inverse(r, r_s, r_c)[0] - outside(r)
                for _ in range(order):
                    (gap,) = torch.autograd.grad(gap, r, create_graph=True)
                gaps.append(abs(float(gap.detach())))
            # the gap closes as step^(3 - order): ten times nearer, at least ten times smaller (up to a tenth)
            assert gaps[1] < 0.11 * gaps[0]
