"""What is taken from the data before training."""

import numpy as np
import pytest
from physics import cluster

from trainer.data.frame import Frame
from trainer.errors import UserError
from trainer.potentials.statistics import Surroundings, energy_scale, reference_energies, shortest_distances


def frame(symbols: str, energy: float | None, forces: float | None = 1.0) -> Frame:
    n = len(symbols)
    f = None if forces is None else np.full((n, 3), forces)
    return Frame(
        tuple(symbols), np.arange(3.0 * n).reshape(n, 3), np.eye(3), np.zeros(3, bool), energy, f, None, "t", "f"
    )


def test_reference_energies_are_exact_where_compositions_decide():
    frames = [frame("HHO", 2 * -1.0 + -7.0), frame("HHHO", 3 * -1.0 - 7.0), frame("OO", None)]
    np.testing.assert_allclose(reference_energies(frames, ("H", "O"), None), [-1.0, -7.0], rtol=1e-12)


def test_reference_energies_have_minimum_norm_where_they_do_not():
    frames = [frame("HHO", -10.0), frame("HHOHHO", -20.0)]
    # min |e|^2 with 2 e_H + e_O = -10 is -10 (2, 1) / 5
    np.testing.assert_allclose(reference_energies(frames, ("H", "O"), None), [-4.0, -2.0], rtol=1e-12)


def test_given_reference_energies_are_taken_whole_or_refused():
    assert reference_energies([frame("H", 0.0)], ("H", "O"), {"H": -1.0, "O": -2.0}).tolist() == [-1.0, -2.0]
    with pytest.raises(UserError, match="no energy for O"):
        reference_energies([], ("H", "O"), {"H": -1.0})


def test_energy_scale_is_the_rms_force_or_what_energies_say():
    assert energy_scale([frame("HH", 0.0, 2.0)], ("H",), np.zeros(1)) == pytest.approx(2.0)
    assert energy_scale([frame("HHHH", 6.0, None)], ("H",), np.zeros(1)) == pytest.approx(3.0)  # 6 / 4^(1/2)
    assert energy_scale([frame("H", 0.0, 0.0)], ("H",), np.zeros(1)) == 1.0


def test_surroundings_of_a_dimer():
    environment = cluster(2, 0, size=1.0).environment(4.0)
    r = float(environment.displacement[0].norm())
    around = Surroundings.of([environment], 2, 2.0, 4.0)
    assert around.mean == pytest.approx(1 / r)
    assert around.coordination.tolist() == pytest.approx([1 / r, 1 / r])
    assert list(shortest_distances([environment], ("H", "O")).values()) == pytest.approx([r], abs=1e-4)
    with pytest.raises(UserError, match="within the cutoff"):
        Surroundings.of([cluster(1, 0).environment(4.0)], 2, 2.0, 4.0)
