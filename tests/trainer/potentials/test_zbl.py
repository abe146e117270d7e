"""The repulsion of nuclei against its closed form, and against LAMMPS's."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.data import covalent_radii
from lammps_engine import BAR_IN_METAL, Engine, write_data
from physics import Array, System, assert_close, assert_is_gradient, cluster, evaluate, packed
from tolerances import CONSTANTS, DIFFERENCE, FLOAT64

from trainer.data.settings import DataSettings
from trainer.potentials import build
from trainer.potentials.potential import Potential
from trainer.potentials.settings import PotentialSettings
from trainer.potentials.term_settings import DeepPotSESettings, ZBLSettings

INNER, OUTER = 0.8, 2.5
SETTINGS = ZBLSettings(inner=INNER, outer=OUTER)


def alone(settings: ZBLSettings, species: Sequence[str] = ("H", "O"), cutoff: float = 6.0) -> Potential:
    """The repulsion without an encoder's term."""
    tables = PotentialSettings(
        data=(DataSettings(train=("-",)),),
        zbl=settings,
        deep_pot_se=DeepPotSESettings(cutoff=cutoff, embedding=(2,), axis=1, fitting=(2,)),
        dtype="float64",
    )
    return Potential([build.potential(tables, species).terms[1]], len(species), 0, torch.float64).eval()


def universal(z: int, other: int, r: Array) -> Array:
    """eV: the potential of the book, unswitched; e^2 / (4 pi eps_0) = 14.3996 eV angstrom."""
    x = r * (z**0.23 + other**0.23) / 0.46850
    coefficients = ((0.18175, 3.1998), (0.50986, 0.94229), (0.28022, 0.4029), (0.02817, 0.20162))
    phi = sum(weight * np.exp(-rate * x) for weight, rate in coefficients)
    return np.asarray(14.39964548 * z * other / r * phi)


def dimer(model: Potential, pair: list[int], r: float) -> tuple[float, float]:
    """Energy and slope."""
    energy, forces, _ = evaluate(model, System(pair, [[0, 0, 0], [0, 0, r]]), 6.0)
    return float(energy.sum()), -float(forces[1, 2])


@pytest.mark.parametrize("pair", [[0, 0], [0, 1], [1, 1]])
def test_below_the_inner_distance_it_is_the_universal_potential_up_to_a_constant(pair: list[int]):
    model, charges = alone(SETTINGS), [(1, 8)[t] for t in pair]
    r = np.linspace(0.05, INNER, 20)
    energies, slopes = np.array([dimer(model, pair, x) for x in r]).T
    expected = universal(charges[0], charges[1], r)
    assert_close(np.diff(energies), np.diff(expected), CONSTANTS)
    h = 1e-5
    numeric = (universal(*charges, r + h) - universal(*charges, r - h)) / (2 * h)
    assert_close(slopes, numeric, DIFFERENCE)


def test_it_vanishes_at_the_outer_distance_with_two_derivatives():
    model = alone(SETTINGS)
    for pair in ([0, 0], [0, 1], [1, 1]):
        energy, slope = np.array([dimer(model, pair, OUTER - d) for d in (1e-2, 1e-3)]).T
        assert abs(energy[1]) < 2e-3 * abs(energy[0])
        assert abs(slope[1]) < 2e-2 * abs(slope[0])
        assert dimer(model, pair, OUTER + 1e-6) == (0.0, 0.0)


def test_it_is_a_gradient_and_purely_repulsive():
    model = alone(SETTINGS)
    assert_is_gradient(model, cluster(6, 2, size=2.5), 6.0, DIFFERENCE)
    slopes = [dimer(model, [0, 1], r)[1] for r in np.linspace(0.1, OUTER, 50)]
    assert max(slopes) <= 0.0


def test_atoms_on_top_of_each_other():
    """Finite: the distance is the root of r^2 + (1e-6 angstrom)^2."""
    energy, slope = dimer(alone(SETTINGS), [1, 1], 0.0)
    assert energy == pytest.approx(float(universal(8, 8, np.array([1e-6]))[0]), rel=1e-4)
    assert slope == 0.0


def test_by_default_it_ends_at_the_covalent_radii_but_within_the_cutoff():
    model = alone(ZBLSettings(), ("Si", "Cs"), cutoff=4.0)
    si, cs = covalent_radii[14], covalent_radii[55]
    for pair, outer in (([0, 0], 2 * si), ([0, 1], si + cs), ([1, 1], 4.0)):
        assert dimer(model, pair, outer + 1e-6)[0] == 0.0
        assert dimer(model, pair, outer - 0.1)[0] > 0.0


def test_distances_of_a_pair_in_either_order():
    for name in ("H-O", "O-H"):
        model = alone(ZBLSettings(outer=2.0, pairs={name: (0.5, 3.0)}))
        assert dimer(model, [0, 1], 2.5)[0] > 0.0
        assert dimer(model, [0, 0], 2.5)[0] == 0.0


def test_it_is_the_same_in_units_of_any_scale():
    model = alone(SETTINGS)
    before = dimer(model, [0, 1], 1.0)
    model.scale.fill_(0.3)
    model.terms[0].unit.fill_(0.3)
    assert_close(np.array(dimer(model, [0, 1], 1.0)), np.array(before), FLOAT64)


def test_lammps_has_the_same_energy_forces_and_virial(tmp_path: Path):
    """pair_style zbl, with its own switch: at all distances."""
    cell = np.array([[9.0, 0.0, 0.0], [1.0, 8.0, 0.0], [0.5, -1.0, 8.5]])
    system = packed(80, cell, 0.5)
    near = system.environment(OUTER).displacement.norm(dim=1)
    assert (near < INNER).sum() > 10
    assert (near > INNER).sum() > 10
    energy, forces, virial = evaluate(alone(SETTINGS), system, 6.0)

    write_data(
        tmp_path / "atoms.data", Atoms([("H", "O")[t] for t in system.species], system.positions, cell=cell, pbc=True)
    )
    done = Engine(tmp_path)(
        f"""
        units metal
        read_data atoms.data
        pair_style zbl {INNER} {OUTER}
        pair_coeff 1 1 1 1
        pair_coeff 2 2 8 8
        pair_coeff 1 2 1 8
        compute energy all pe/atom
        dump atoms all custom 1 atoms.dump id c_energy fx fy fz
        dump_modify atoms sort id format float %.17g
        thermo_style custom step pxx vol
        run 0
        print "total $(pxx:%.17g) $(vol:%.17g)"
        """
    )
    assert done.returncode == 0, done.stdout + done.stderr
    table = np.loadtxt(tmp_path / "atoms.dump", skiprows=9)
    _, pressure, volume = next(line for line in done.stdout.splitlines() if line.startswith("total ")).split()
    assert_close(energy, table[:, 1], CONSTANTS)
    assert_close(forces, table[:, 2:], CONSTANTS)
    assert_close(virial[0, 0], np.array(float(pressure) * float(volume) / BAR_IN_METAL), CONSTANTS)
