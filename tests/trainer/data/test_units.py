"""Units and orders of components against numbers that are known otherwise."""

import numpy as np
import pytest
from ase import units as ase_units

from trainer.data import units
from trainer.data.settings import DataSettings, tensor
from trainer.errors import UserError


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("eV", units.ENERGY, 1.0),
        ("kcal/mol", units.ENERGY, 0.0433641),
        ("nm", units.LENGTH, 10.0),
        ("Hartree/bohr", units.FORCE, 51.42207),
        ("kcal/mol/angstrom", units.FORCE, 0.0433641),
        ("Ry / bohr", units.FORCE, 25.71104),
        ("GPa", units.STRESS, 1 / 160.21766),
        ("kbar", units.STRESS, 0.1 / 160.21766),
        ("Hartree/bohr^3", units.STRESS, 29421.0 / 160.21766),
        ("bar*angstrom^3", units.ENERGY, 1e-4 / 160.21766),
    ],
)
def test_values(text: str, dimension: tuple[int, int], value: float):
    assert units.unit(text, dimension) == pytest.approx(value, rel=2e-6)


@pytest.mark.parametrize("text", ["", "ev", "eV/", "/eV", "eV eV", "eV/angstrom^3", "GPa^0", "eV^-1"])
def test_what_is_no_energy(text: str):
    with pytest.raises(UserError, match="expected a unit such as eV, "):
        units.unit(text, units.ENERGY)


@pytest.mark.parametrize(
    ("order", "components"),
    [
        (None, [11, 22, 33, 23, 13, 12]),
        ("xx yy zz xy yz xz", [11, 22, 33, 12, 23, 13]),  # VASP
        ("xx, yy, zz, xy, zx, yz", [11, 22, 33, 12, 13, 23]),  # LAMMPS
        (None, [11, 12, 13, 12, 22, 23, 13, 23, 33]),
        ("xx yy zz yz zy xz zx xy yx", [11, 22, 33, 23, 23, 13, 13, 12, 12]),
        (None, [[11, 12, 13], [12, 22, 23], [13, 23, 33]]),
    ],
)
def test_orders(order: str | None, components: list[float]):
    np.testing.assert_array_equal(tensor(components, order), [[11, 12, 13], [12, 22, 23], [13, 23, 33]])


@pytest.mark.parametrize("order", ["xx yy zz xy yz", "xx yy zz xy yx xz", "xx yy zz xx yz xy", "a b c d e f"])
def test_what_is_no_order(order: str):
    with pytest.raises(UserError, match="expected an order of six or nine components"):
        units.places(order)


def test_the_conventions_of_other_programs():
    """Hydrostatic compression by 1 GPa in a shear of xy: VASP's and LAMMPS's print, ASE's stress."""
    vasp = DataSettings(
        train=("-",), stress_unit="kbar", positive_stress="compression", stress_order="xx yy zz xy yz xz"
    )
    lammps = DataSettings(
        train=("-",), stress_unit="bar", positive_stress="compression", stress_order="xx yy zz xy xz yz"
    )
    ase = DataSettings(train=("-",))
    expected = -ase_units.GPa * np.array([[1.0, 0.2, 0], [0.2, 1, 0], [0, 0, 1]])
    for settings, printed in (
        (vasp, [10, 10, 10, 2, 0, 0]),
        (lammps, [1e4, 1e4, 1e4, 2e3, 0, 0]),
        (ase, -ase_units.GPa * np.array([1, 1, 1, 0, 0, 0.2])),
    ):
        np.testing.assert_allclose(settings.stress_factor * tensor(printed, settings.stress_order), expected)
