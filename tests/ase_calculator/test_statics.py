"""ASE's optimisers, cell filters, phonons and paths against the closed forms of the solid in morse.py."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import add_adsorbate, bulk, fcc100
from ase.constraints import FixAtoms
from ase.eos import EquationOfState
from ase.filters import FrechetCellFilter, UnitCellFilter
from ase.mep import NEB
from ase.optimize import BFGS, FIRE, LBFGS
from ase.phonons import Phonons
from ase.vibrations import Vibrations
from morse import EDGE, R0, SPRING, A, D, copper
from physics import assert_close
from scipy.optimize import brentq
from tolerances import RELAXED, SECOND_ORDER

from ase_calculator import Potential

MODULUS = 4 * SPRING / (3 * EDGE)  # eV/angstrom^3


def quantum(spring: float, mass: float = 63.546) -> float:
    """hbar w, eV, of a mass in u on a spring in eV/angstrom^2"""
    return float(units._hbar * np.sqrt(spring * units._e * 1e20 / (mass * units._amu)) / units._e)


@pytest.mark.parametrize("optimiser", [BFGS, LBFGS, FIRE])
def test_optimisers_find_the_crystal(morse_file: Path, optimiser: type):
    atoms = copper(2, rattle=0.1)
    atoms.calc = Potential(morse_file)
    assert optimiser(atoms, logfile=None).run(fmax=1e-4, steps=200)
    assert atoms.get_potential_energy() / len(atoms) == pytest.approx(-6 * D, rel=RELAXED)


@pytest.mark.parametrize("kind", [FrechetCellFilter, UnitCellFilter])
@pytest.mark.parametrize("pressure", [0.0, 5.0])  # GPa
def test_cell_relaxes_to_the_volume_where_the_pressure_is_minus_the_slope_of_the_energy(
    morse_file: Path, kind: type, pressure: float
):
    p = pressure * units.GPa
    atoms = copper(1)
    atoms.set_cell(atoms.cell @ (np.eye(3) + np.array([[0.02, 0.01, 0], [0.01, -0.01, 0], [0, 0, 0.01]])), True)
    atoms.rattle(0.03, seed=1)
    atoms.calc = Potential(morse_file)
    assert BFGS(kind(atoms, scalar_pressure=p), logfile=None).run(fmax=1e-5, steps=200)
    assert np.abs(atoms.get_stress(voigt=False) + p * np.eye(3)).max() < RELAXED * MODULUS

    def excess(r: float) -> float:
        """-dE/dV - p of the perfect crystal: E = 6 D ((1 - e)^2 - 1), V = r^3 / 2^(1/2), an atom"""
        e = np.exp(-A * (r - R0))
        return float(-12 * D * A * (1 - e) * e / (3 * r**2 / 2**0.5) - p)

    r = brentq(excess, 0.9 * R0, 1.1 * R0)
    assert atoms.get_volume() / 4 == pytest.approx(r**3 / 2**0.5, rel=RELAXED)


def test_equation_of_state(morse_file: Path):
    volumes, energies = [], []
    for scale in np.linspace(0.98, 1.02, 7):
        atoms = bulk("Cu", "fcc", a=EDGE * scale)
        atoms.calc = Potential(morse_file)
        volumes.append(atoms.get_volume())
        energies.append(atoms.get_potential_energy())
    volume, energy, modulus = EquationOfState(volumes, energies, "birchmurnaghan").fit()
    assert energy == pytest.approx(-6 * D, rel=1e-5)  # the fit's own error
    assert volume == pytest.approx(EDGE**3 / 4, rel=1e-3)
    assert modulus == pytest.approx(MODULUS, rel=1e-2)


def test_elastic_constants(morse_file: Path):
    def slope(strain: np.ndarray) -> np.ndarray:
        stresses = []
        for sign in (1, -1):
            atoms = copper()
            atoms.set_cell(atoms.cell @ (np.eye(3) + sign * 1e-4 * strain), scale_atoms=True)
            atoms.calc = Potential(morse_file)
            stresses.append(atoms.get_stress())
        return (stresses[0] - stresses[1]) / 2e-4

    along, shear = np.zeros((3, 3)), np.zeros((3, 3))
    along[0, 0], shear[1, 2] = 1.0, 1.0
    c = SPRING / EDGE
    assert_close(slope(along), c * np.array([2, 1, 1, 0, 0, 0]), SECOND_ORDER)
    assert_close(slope(shear), c * np.array([0, 0, 0, 1, 0, 0]), SECOND_ORDER)


def test_phonons(morse_file: Path, tmp_path: Path):
    crystal, name = bulk("Cu", "fcc", a=EDGE), str(tmp_path / "phonons")
    phonons = Phonons(crystal, Potential(morse_file), supercell=(3, 3, 3), delta=0.001, name=name)
    phonons.run()
    phonons.read(acoustic=False)
    assert np.abs(phonons.get_force_constant().sum(0)).max() < SECOND_ORDER * 4 * SPRING  # the diagonal is 4 k
    at_gamma, at_x = phonons.band_structure([[0, 0, 0], [0.5, 0, 0.5]], verbose=False)
    expected = np.array([quantum(4 * SPRING), quantum(4 * SPRING), quantum(8 * SPRING)])
    assert_close(at_x, expected, 10 * SECOND_ORDER)
    assert np.abs(at_gamma).max() < 1e-2 * expected[0]


def test_vibration_of_a_dimer(morse_file: Path, tmp_path: Path):
    atoms = Atoms("Cu2", positions=[[0, 0, 0], [R0, 0, 0]], calculator=Potential(morse_file))
    vibrations = Vibrations(atoms, name=str(tmp_path / "dimer"), delta=0.001)
    vibrations.run()
    energies = vibrations.get_energies()
    assert energies[-1].real == pytest.approx(quantum(2 * SPRING), rel=10 * SECOND_ORDER)
    assert np.abs(energies[:-1]).max() < 1e-2 * quantum(SPRING)


def test_hop_of_an_adatom_from_hollow_to_hollow_over_a_bridge(morse_file: Path):
    # four neighbours in the hollow, two on the bridge, all at r_0, and no other within the cutoff
    surface = fcc100("Cu", (3, 3, 2), a=EDGE, vacuum=6.0)
    surface.set_constraint(FixAtoms(range(len(surface))))
    ends = []
    shared = Potential(morse_file)
    for step in (0.0, R0):
        atoms = surface.copy()
        add_adsorbate(atoms, "Cu", R0 / 2**0.5, "hollow")
        atoms.positions[-1, 0] += step
        atoms.calc = Potential(morse_file)
        ends.append(atoms)
    images = [ends[0], *(ends[0].copy() for _ in range(3)), ends[1]]
    for image in images[1:-1]:
        image.calc = shared
    band = NEB(images, climb=True, allow_shared_calculator=True, method="improvedtangent")
    band.interpolate()
    assert BFGS(band, logfile=None).run(fmax=1e-3, steps=100)
    energies = np.array([image.get_potential_energy() for image in images])
    assert_close(energies, energies[::-1], RELAXED)
    assert energies[2] - energies[0] == pytest.approx(2 * D, rel=RELAXED)


def test_fixed_atoms_stay(morse_file: Path):
    atoms = copper(2, rattle=0.1)
    before = atoms.positions.copy()
    atoms.set_constraint(FixAtoms([0, 5]))
    atoms.calc = Potential(morse_file)
    BFGS(atoms, logfile=None).run(fmax=0.01, steps=100)
    moved = np.abs(atoms.positions - before).max(1) > 0
    assert list(np.flatnonzero(~moved)) == [0, 5]
