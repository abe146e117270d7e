"""The calculator inside ASE: the contract's numbers, skins, cells of every kind, MD."""

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms, units
from ase._4.plugins import plugins
from ase.calculators.calculator import PropertyNotImplementedError
from ase.calculators.fd import calculate_numerical_forces, calculate_numerical_stress
from ase.md.verlet import VelocityVerlet
from models import CUTOFF, ELEMENTS, untrained, write_model
from physics import TRICLINIC, System, assert_close, cluster, crystal, evaluate
from tolerances import FLOAT64, ORDER, SECOND_ORDER

from ase_calculator import Potential
from trainer.errors import UserError


def atoms_of(system: System) -> Atoms:
    symbols = [ELEMENTS[s] for s in system.species]
    return Atoms(symbols, positions=system.positions, cell=system.cell, pbc=system.pbc)


@pytest.mark.parametrize("system", [cluster(7, 1), crystal(4, 2, TRICLINIC)])
def test_results_are_those_of_the_contract(float64_file: Path, system: System):
    atoms = atoms_of(system)
    atoms.calc = Potential(float64_file)
    energies, forces, virial = evaluate(untrained("float64"), system, CUTOFF)
    assert_close(atoms.get_potential_energies(), energies, FLOAT64)
    assert_close(atoms.get_forces(), forces, FLOAT64)
    assert atoms.get_potential_energy(force_consistent=True) == pytest.approx(energies.sum(), rel=FLOAT64)
    if system.pbc.all():
        assert_close(atoms.get_stress(voigt=False), -virial / atoms.get_volume(), FLOAT64)


def test_forces_and_stress_by_ases_own_finite_differences(float64_file: Path):
    atoms = atoms_of(crystal(3, 3, TRICLINIC))
    atoms.calc = Potential(float64_file)
    assert_close(atoms.get_forces(), calculate_numerical_forces(atoms, eps=1e-4), SECOND_ORDER)
    assert_close(atoms.get_stress(), calculate_numerical_stress(atoms, eps=1e-4), SECOND_ORDER)


def test_partly_periodic_and_molecules(float64_file: Path):
    system = crystal(4, 5, TRICLINIC)
    slab = atoms_of(system)
    slab.pbc = [True, True, False]
    slab.calc = Potential(float64_file)
    tall = slab.copy()
    tall.cell[2] = [0, 0, 200.0]
    tall.pbc = True
    tall.calc = Potential(float64_file)
    assert_close(slab.get_forces(), tall.get_forces(), FLOAT64)
    molecule = atoms_of(cluster(5, 1))
    molecule.calc = Potential(float64_file)
    assert np.isfinite(molecule.get_forces()).all()
    with pytest.raises(PropertyNotImplementedError, match="cell with three vectors"):
        molecule.get_stress()


def test_skin_changes_nothing_along_a_trajectory(float64_file: Path):
    atoms, random = atoms_of(crystal(6, 7, TRICLINIC * 1.5)), np.random.default_rng(1)
    with_skin, without = Potential(float64_file, skin=1.0), Potential(float64_file, skin=0.0)
    for _ in range(20):
        atoms.positions += random.normal(scale=0.05, size=atoms.positions.shape)
        results = []
        for atoms.calc in (with_skin, without):
            results.append((atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()))
        for got, expected in zip(*results, strict=True):
            assert_close(got, expected, FLOAT64)


def test_energy_drift_of_verlet_is_second_order(float64_file: Path):
    def fluctuation(femtoseconds: float) -> float:
        atoms = atoms_of(cluster(6, 2))
        atoms.set_masses([16.0] * 6)
        atoms.calc = Potential(float64_file)
        dynamics, total = VelocityVerlet(atoms, timestep=femtoseconds * units.fs), []
        for _ in range(round(20 / femtoseconds)):
            dynamics.run(1)
            total.append(atoms.get_total_energy())
        return float(np.ptp(total))

    assert fluctuation(0.2) / fluctuation(0.1) == pytest.approx(4, rel=ORDER)


def test_ase_knows_the_calculator(float64_file: Path):
    (plugin,) = [p for p in plugins.calculators if p.name == "henrici"]
    assert plugin.implementation is Potential


def test_bad_input_is_one_line(float64_file: Path, tmp_path: Path):
    atoms = Atoms("HeH", positions=[[0, 0, 0], [1, 0, 0]])
    atoms.calc = Potential(float64_file)
    with pytest.raises(UserError, match="does not know the element He; it knows H, O"):
        atoms.get_potential_energy()
    atoms = Atoms("H2", positions=[[0, 0, 0], [np.nan, 0, 0]])
    atoms.calc = Potential(float64_file)
    with pytest.raises(UserError, match="position of atom 1 is not finite"):
        atoms.get_potential_energy()
    model = untrained("float64")
    model.scale.fill_(float("nan"))
    broken = Atoms("H2", positions=[[0, 0, 0], [1, 0, 0]])
    broken.calc = Potential(write_model(tmp_path / "nan.pt", model))
    with pytest.raises(UserError, match="not finite"):
        broken.get_forces()
