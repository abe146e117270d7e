"""Face values: order of convergence, mirror symmetry, and what a jump does."""

import math

import pytest
import torch
from gas import centers
from torch import Tensor

from kinetic.numerics.weno import GHOSTS, derivative, upwind


def padded(q: Tensor) -> Tensor:
    return torch.cat([q[-GHOSTS:], q, q[:GHOSTS]])


def from_left(q: Tensor) -> Tensor:
    return upwind(q.reshape(1, -1, q.shape[-1]), 0).reshape(*q.shape[:-1], -1)


def from_right(q: Tensor) -> Tensor:
    rows = q.reshape(1, -1, q.shape[-1])
    return upwind(rows, rows.shape[1]).reshape(*q.shape[:-1], -1)


def smooth(cells: int) -> tuple[Tensor, Tensor]:
    """A field at the cells, and its derivative."""
    x = 2 * math.pi * centers(cells)
    q = x.sin().exp()
    return q, 2 * math.pi * x.cos() * q


@pytest.mark.parametrize(("scheme", "order"), [(from_left, 5), (from_right, 5), (derivative, 6)])
def test_order_of_a_derivative(scheme: object, order: int):
    errors = []
    for cells in (80, 160):
        q, exact = smooth(cells)
        dx = 1.0 / cells
        d = derivative(padded(q), dx) if scheme is derivative else torch.diff(scheme(padded(q))) / dx
        errors.append(float((d - exact).abs().max()))
    # at critical points the weights cost WENO-Z less than one order, on meshes like these
    assert math.log2(errors[0] / errors[1]) > order - 0.6


def test_a_jump_makes_no_new_extremum():
    q = torch.where(centers(50) < 0.5, 1.0, 3.0).double()
    for faces in (from_left(padded(q)), from_right(padded(q))):
        assert faces.min() > 1 - 1e-3  # the share that the smoothest stencil's neighbours keep
        assert faces.max() < 3 + 1e-3


def test_units_do_not_matter():
    q, _ = smooth(40)
    torch.testing.assert_close(from_left(padded(1e-8 * q)), 1e-8 * from_left(padded(q)), rtol=1e-12, atol=0)


def test_rows_of_both_directions():
    """Those below `half` come from the right, whatever axes are before them, and the gradient is that of the values."""
    q = torch.rand(3, 2, 9, 14, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    expected = torch.cat([from_right(q[..., :4, :]), from_left(q[..., 4:, :])], -2)
    torch.testing.assert_close(upwind(q, 4), expected, rtol=1e-14, atol=0)
    torch.testing.assert_close(from_right(q), from_left(q.flip(-1)).flip(-1), rtol=1e-12, atol=0)
    leaf = q[0, 0].clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: upwind(x, 4), leaf)


def test_many_rows_are_treated_as_each_by_itself():
    q = torch.rand(7, 90, 60, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    for direction in (from_left, from_right):
        expected = torch.stack([direction(part) for part in q])
        assert torch.equal(direction(q), expected)
