"""Structures deformed at random."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111, molecule
from ase.neighborlist import neighbor_list

from trainer.active.settings import PerturbationSettings, StageSettings
from trainer.active.walks.perturb import composed, perturbed, random_strain, shortest, start, strained

SILICON = bulk("Si", cubic=True)


def strain_of(atoms: Atoms, original: Atoms) -> np.ndarray:
    return np.linalg.solve(original.cell, atoms.cell) - np.eye(3)


def test_the_structures_themselves_come_first():
    first, second, *copies = perturbed([SILICON, bulk("Al")], PerturbationSettings(count=6), seed=1)
    assert np.array_equal(first.positions, SILICON.positions)
    assert np.array_equal(second.cell, bulk("Al").cell)
    assert [len(atoms) for atoms in copies] == [8, 1, 8, 1]
    assert len(perturbed([SILICON] * 3, PerturbationSettings(count=2), seed=1)) == 2


def test_copies_have_the_compositions_of_the_stages():
    alloys = [{"Cu": 0.5, "Au": 0.5}, {"Cu": 0.25, "Au": 0.75}]
    copper = bulk("Cu", cubic=True)
    frames = perturbed([copper], PerturbationSettings(count=7), seed=1, compositions=alloys)
    formulas = [atoms.get_chemical_formula() for atoms in frames]
    assert formulas == ["Cu4", "Cu4", "Au2Cu2", "Au3Cu", "Cu4", "Au2Cu2", "Au3Cu"]


def test_strains_volumes_and_displacements_are_those_asked_for():
    settings = PerturbationSettings(count=401, strain=0.03, volume=0.08, displacement=0.1)
    _, *copies = perturbed([SILICON], settings, seed=1)
    strains = np.array([strain_of(atoms, SILICON) for atoms in copies])
    assert np.abs(strains - strains.transpose(0, 2, 1)).max() < 1e-12, "no rotation"
    largest = 1.08 ** (1 / 3) * 1.03 - 1
    assert 0.9 * largest < np.abs(strains).max() < largest
    volumes = np.array([atoms.get_volume() for atoms in copies]) / SILICON.get_volume()
    assert np.log(volumes).std() > 0.08 / 3**0.5
    u = np.array([atoms.get_scaled_positions(wrap=False) - SILICON.get_scaled_positions() for atoms in copies])
    u = (u - u.mean(axis=1, keepdims=True)) @ SILICON.cell  # up to the origin
    early, late = u[:100].std(), u[-100:].std()
    assert late == pytest.approx(0.1 * (37 / 48) ** 0.5 * (7 / 8) ** 0.5, rel=0.03), "2400 numbers: 1.4 %"
    assert early == pytest.approx(late / 37**0.5, rel=0.05), "grows with the number of the copy"


def test_atoms_do_not_come_too_near():
    water = molecule("H2O")
    water.set_cell([8, 8, 8])
    water.pbc = True
    limit = 0.65 * shortest(water)
    frames = perturbed([water], PerturbationSettings(count=100, strain=0.0, volume=0.0, displacement=0.5), seed=1)
    assert not any(len(neighbor_list("d", atoms, limit)) for atoms in frames)
    assert shortest(Atoms("H")) == 0.0
    assert shortest(bulk("Al", a=4.0)) == pytest.approx(8**0.5)


def test_the_same_seed_gives_the_same_frames():
    one, two, other = (perturbed([SILICON], PerturbationSettings(count=3), seed)[2] for seed in (1, 1, 2))
    assert np.array_equal(one.positions, two.positions)
    assert not np.array_equal(one.positions, other.positions)


def test_vacuum_is_not_strained():
    slab = fcc111("Al", (2, 2, 3), vacuum=6.0)
    deformed = strained(slab, random_strain(0.1, np.random.default_rng(1)))
    assert np.array_equal(deformed.cell[2], slab.cell[2])
    assert not np.allclose(deformed.cell[:2], slab.cell[:2], atol=1e-3)
    assert deformed.positions.mean(axis=0) == pytest.approx(slab.positions.mean(axis=0))


def test_a_walk_starts_repeated_and_strained():
    stage = StageSettings(temperatures=(300.0,), repeat=(2, 1, 1), strain=0.05)
    atoms = start(SILICON, stage, np.random.default_rng(1))
    assert len(atoms) == 16
    strain = strain_of(atoms, SILICON * (2, 1, 1))
    assert 0.01 < np.abs(strain).max() <= 0.05
    same = start(SILICON, StageSettings(strain=0.0), np.random.default_rng(1))
    assert np.array_equal(same.positions, SILICON.positions)


def test_compositions_are_right_on_average_and_as_near_as_whole_atoms_come():
    random = np.random.default_rng(1)
    drawn = [composed({"Cu": 0.7, "Au": 0.3}, 8, random) for _ in range(2000)]
    golden = np.array([symbols.count("Au") for symbols in drawn])
    assert set(golden) == {2, 3}
    assert golden.mean() == pytest.approx(2.4, abs=0.04), "standard error .011"
    first = np.mean([symbols[0] == "Au" for symbols in drawn])
    assert first == pytest.approx(0.3, abs=0.04), "every site alike: standard error .010"
    assert composed({"Cu": 0.5, "Au": 0.5}, 4, random).count("Au") == 2
