"""Face values of a gas: positive wherever the cells are, untouched where the flow is smooth."""

import math

import pytest
import torch
from gas import centers
from torch import Tensor

from kinetic.gas import maxwellian_moments
from kinetic.numerics.positivity import KEPT, first_root, limited


def random_gas(seed: int, cold: float) -> Tensor:
    """[4, 50] moments of fast gases, some of them cold."""
    u = torch.rand(3, 50, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return maxwellian_moments(0.01 + u[0], 6.0 * u[1] - 3.0, cold + u[2], 3)


def pressure(w: Tensor) -> Tensor:
    return w[0] * w[2] - w[1].square()


def test_both_a_face_value_and_its_mirror_image_are_a_gas():
    cells = random_gas(1, 1e-3)
    faces = cells + 3.0 * (random_gas(2, 1e-3) - cells)  # far beyond what a gas can be
    found = limited(faces, cells)
    assert not bool((pressure(faces) > 0).all())
    for w in (found, 2.0 * cells - found):
        assert bool((w[0] >= KEPT * cells[0] * (1 - 1e-9)).all())
        assert bool((pressure(w) >= KEPT * pressure(cells) * (1 - 1e-6)).all())
    t = (found - cells) / (faces - cells)
    torch.testing.assert_close(t, t[:1].expand_as(t))  # all moments by the same share, so that nothing mixes
    assert bool(((t >= 0) & (t <= 1)).all())


def test_where_the_flow_is_smooth_nothing_changes():
    x = 2 * math.pi * centers(50)
    cells, faces = (maxwellian_moments(1 + 0.3 * y.sin(), 0.2 * y.cos(), 1 + 0.2 * y.sin(), 3) for y in (x, x + 0.06))
    assert limited(faces, cells) is faces


def test_cells_that_are_no_gas_are_their_own_face_values():
    cells = random_gas(1, 1.0)
    cells[2] = cells[1].square() / cells[0] - 1.0
    torch.testing.assert_close(limited(random_gas(2, 1.0), cells), cells)


@pytest.mark.parametrize(
    ("a", "b", "c", "t"), [(-1.0, 0.0, 0.25, 0.5), (1.0, -3.0, 2.0, 1.0), (0.0, -2.0, 1.0, 0.5), (1.0, 2.0, 1.0, 2.0)]
)
def test_roots(a: float, b: float, c: float, t: float):
    """The last one has no root above 0."""
    assert float(first_root(*(torch.tensor(q, dtype=torch.float64) for q in (a, b, c)))) == pytest.approx(t)


def test_derivatives_are_finite_where_nothing_changes():
    """Also where the gas is uniform, or only its density varies, beside faces that are drawn in: 0 times infinity is no
    number."""
    cells = random_gas(1, 1e-3)
    faces = cells + 3.0 * (random_gas(2, 1e-3) - cells)
    faces[:, :20] = cells[:, :20]
    faces[0, 10:20] *= 1.01
    cells.requires_grad_(), faces.requires_grad_()
    found = limited(faces, cells)
    assert not torch.equal(found, faces)
    for gradient in torch.autograd.grad(found.square().sum(), (cells, faces)):
        assert bool(torch.isfinite(gradient).all())
