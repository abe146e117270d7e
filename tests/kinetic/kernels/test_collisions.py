"""The compiled collisions of BGK say what the torch code says, keep what collisions keep, and know no unit."""

import pytest
import torch
from gas import uniform, wave
from torch import Tensor

from kinetic import Discretisation, kernels
from kinetic.boltzmann.bgk import BGK
from kinetic.boltzmann.velocities import Velocities
from kinetic.models import system
from trainer.errors import UserError


def out_of_equilibrium(model: BGK, cells: int) -> Tensor:
    """Two streams in every cell."""
    f = model.start(wave(cells, 0.1))
    return f + 0.3 * f.roll(3, -2)


@pytest.mark.parametrize(("cells", "velocities"), [(8, 26), (24, 32), (61, 80)])
def test_they_equal_the_torch_code(cells: int, velocities: int, monkeypatch: pytest.MonkeyPatch):
    """Fewer cells than are taken together, as many, and more; grids that are coarse and fine."""
    model = system("bgk", wave(cells, 0.1), Discretisation(velocities=velocities))
    assert isinstance(model, BGK)
    f = out_of_equilibrium(model, cells)
    found = model.relax(f, 0.05)
    monkeypatch.setattr(kernels, "usable", lambda tensor: False)
    torch.testing.assert_close(found, model.relax(f, 0.05), rtol=0, atol=1e-14 * float(f.max()))
    kept, start = (model.velocities.moments(q, 2) for q in (found, f))
    torch.testing.assert_close(kept, start, rtol=1e-13, atol=1e-13 * float(start.abs().max()))


def test_they_know_no_unit_of_density():
    model = system("bgk", wave(20, 0.1), Discretisation())
    f = out_of_equilibrium(model, 20)
    torch.testing.assert_close(model.relax(1e20 * f, 0.05), 1e20 * model.relax(f, 0.05), rtol=1e-12, atol=1e-300)


def test_what_has_no_maxwellian_is_one_line():
    """One cell without molecules; one whose molecules all have the velocity of a point of the grid."""
    grid = Velocities(8.0, 80)
    model = BGK(uniform(30, 1.0, 0.0, 1.0, 0.1), grid)
    f = model.start(uniform(30, 1.0, 0.0, 1.0, 0.1))
    empty, still = f.clone(), f.clone()
    empty[..., 17] = 0.0
    still[..., 29] = 0.0
    still[:, 41, 29] = 1.0
    with pytest.raises(UserError, match="the density is not positive"):
        model.relax(empty, 0.1)
    with pytest.raises(UserError, match="temperature"):
        model.relax(still, 0.1)
