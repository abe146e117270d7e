"""What must hold in every potential, trained or not."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from models import CUTOFF, KINDS, untrained
from physics import TRICLINIC, Array, System, assert_close, assert_is_gradient, cluster, crystal, evaluate
from scipy.stats import ortho_group
from tolerances import DIFFERENCE, FLOAT32, FLOAT64

from trainer.mechanics import centers
from trainer.potentials import build
from trainer.potentials.potential import AtomicNetworks, Potential, SharedNetwork

seeds = st.integers(0, 2**31)
few = settings(max_examples=10, deadline=None)


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def model(kind: str) -> Potential:
    return untrained("float64", kind=kind)


@few
@given(seed=seeds)
def test_rotation_reflection_translation(model: Potential, seed: int):
    random = np.random.default_rng(seed)
    system = cluster(9, seed)
    q = ortho_group.rvs(3, random_state=random)  # proper and improper
    energy, forces, virial = evaluate(model, system, CUTOFF)
    turned = System(list(system.species), system.positions @ q.T + random.normal(scale=10, size=3))
    turned_energy, turned_forces, turned_virial = evaluate(model, turned, CUTOFF)
    assert_close(turned_energy, energy, FLOAT64)
    assert_close(turned_forces, forces @ q.T, FLOAT64)
    assert_close(turned_virial, q @ virial @ q.T, FLOAT64)


@few
@given(seed=seeds)
def test_permutation_of_atoms(model: Potential, seed: int):
    system = cluster(9, seed)
    order = np.random.default_rng(seed).permutation(9)
    energy, forces, _ = evaluate(model, system, CUTOFF)
    shuffled = System(list(system.species[order]), system.positions[order])
    shuffled_energy, shuffled_forces, _ = evaluate(model, shuffled, CUTOFF)
    assert_close(shuffled_energy, energy[order], FLOAT64)
    assert_close(shuffled_forces, forces[order], FLOAT64)


@few
@given(seed=seeds)
def test_momentum_and_angular_momentum_are_conserved(model: Potential, seed: int):
    system = cluster(9, seed)
    _, forces, virial = evaluate(model, system, CUTOFF)
    assert np.abs(forces.sum(0)).max() < FLOAT64 * np.abs(forces).max()
    assert np.abs(np.cross(system.positions, forces).sum(0)).max() < FLOAT64 * 10 * np.abs(forces).max()
    assert_close(virial, virial.T, FLOAT64)


@pytest.mark.parametrize("seed", range(3))
def test_forces_and_virial_are_derivatives_of_the_energy(model: Potential, seed: int):
    assert_is_gradient(model, cluster(6, seed), CUTOFF, DIFFERENCE)
    assert_is_gradient(model, crystal(3, seed, TRICLINIC + seed * np.eye(3)), CUTOFF, DIFFERENCE)


def test_energy_is_extensive_and_far_parts_do_not_feel_each_other(model: Potential):
    one, other = cluster(5, 1), cluster(7, 2)
    both = System([*one.species, *other.species], np.concatenate([one.positions, other.positions + 100.0]))
    energy, forces, _ = evaluate(model, both, CUTOFF)
    apart = [evaluate(model, part, CUTOFF) for part in (one, other)]
    assert_close(energy, np.concatenate([a[0] for a in apart]), FLOAT64)
    assert_close(forces, np.concatenate([a[1] for a in apart]), FLOAT64)


def test_an_isolated_atom_has_no_force_and_a_constant_energy(model: Potential):
    here, there = (evaluate(model, System([1], [[x, 0.0, 0.0]]), CUTOFF) for x in (0.0, 7.0))
    assert here[0] == there[0]
    assert not here[1].any()


def test_energy_has_two_continuous_derivatives_at_the_cutoff(model: Potential):
    def force(r: float) -> float:
        return float(evaluate(model, System([0, 1, 1], [[0, 0, 0], [1.1, 0, 0], [0, 0, r]]), CUTOFF)[1][2, 2])

    beyond = evaluate(model, System([0, 1], [[0, 0, 0], [1.1, 0, 0]]), CUTOFF)[0].sum()
    energy = [
        evaluate(model, System([0, 1, 1], [[0, 0, 0], [1.1, 0, 0], [0, 0, CUTOFF - d]]), CUTOFF)[0]
        for d in (1e-2, 1e-3)
    ]
    alone = evaluate(model, System([1], [[0, 0, 0]]), CUTOFF)[0].sum()
    gaps = [abs(e.sum() - beyond - alone) for e in energy]
    slopes = [abs(force(CUTOFF - d)) for d in (1e-2, 1e-3)]
    curvatures = [abs(force(CUTOFF - d) - force(CUTOFF - d - 1e-5)) / 1e-5 for d in (1e-2, 1e-3)]
    # E ~ d^3, E' ~ d^2, E'' ~ d near the cutoff: ten times nearer, 1000, 100 and 10 times smaller
    assert gaps[1] < 2e-3 * gaps[0]
    assert slopes[1] < 2e-2 * slopes[0]
    assert curvatures[1] < 2e-1 * curvatures[0]


@pytest.mark.parametrize("skin", [0.3, 2.0])
def test_entries_beyond_the_cutoff_change_nothing(model: Potential, skin: float):
    system = crystal(4, 5, TRICLINIC)
    for got, expected in zip(evaluate(model, system, CUTOFF, skin), evaluate(model, system, CUTOFF), strict=True):
        assert_close(got, expected, FLOAT64)


@pytest.mark.parametrize("repeats", [(2, 1, 1), (1, 2, 3), (3, 3, 3)])
def test_small_triclinic_cell_equals_its_supercell(model: Potential, repeats: tuple[int, int, int]):
    small = crystal(3, 7, TRICLINIC)  # every edge is shorter than the cutoff
    copies = int(np.prod(repeats))
    energy, forces, virial = evaluate(model, small, CUTOFF)
    large_energy, large_forces, large_virial = evaluate(model, small.replicated(repeats), CUTOFF)
    assert_close(large_energy, np.tile(energy, copies), FLOAT64)
    assert_close(large_forces, np.tile(forces, (copies, 1)), FLOAT64)
    assert_close(large_virial, virial * copies, FLOAT64)


@pytest.mark.parametrize("distance", [0.0, 1e-8, 1e-3])
def test_overlapping_atoms_have_finite_energy_and_forces(kind: str, distance: float):
    system = System([0, 1, 0], [[0, 0, 0], [0, 0, distance], [1, 0, 0]])
    for dtype in ("float32", "float64"):
        for value in evaluate(untrained(dtype, kind=kind), system, CUTOFF):
            assert np.isfinite(value).all()


def test_both_precisions_are_one_model(kind: str):
    system = crystal(6, 3, TRICLINIC + 2 * np.eye(3))
    single, double = (evaluate(untrained(dtype, kind=kind), system, CUTOFF) for dtype in ("float32", "float64"))
    for got, expected in zip(single, double, strict=True):
        assert_close(got, expected, FLOAT32)


def test_energies_are_float64_in_both_precisions(kind: str):
    for dtype in ("float32", "float64"):
        assert untrained(dtype, kind=kind)(*cluster(3, 1).environment(CUTOFF))[0].dtype == torch.float64


def test_the_finished_model_is_the_trained_one(model: Potential):
    system = cluster(9, 11)
    for got, expected in zip(
        evaluate(build.finished(model), system, CUTOFF), evaluate(model, system, CUTOFF), strict=True
    ):
        assert_close(got, expected, FLOAT64)


def test_species_that_are_elsewhere_change_nothing(model: Potential):
    """Features may have columns for the species that are present alone."""
    one, other = cluster(5, 1, species=1), cluster(7, 2)
    both = System([*one.species, *other.species], np.concatenate([one.positions, other.positions + 100.0]))
    assert_close(evaluate(model, both, CUTOFF)[0][:5], evaluate(model, one, CUTOFF)[0], FLOAT64)


def test_no_atoms_have_no_energies(model: Potential):
    energy, forces, virial = evaluate(model, System([], np.zeros((0, 3))), CUTOFF)
    assert energy.shape == (0,)
    assert forces.shape == (0, 3)
    assert not virial.any()


def test_ghosts_are_neighbours_without_an_energy(model: Potential):
    """The rows of the first atoms alone, the others as ghosts: their energies and gradients are unchanged."""
    e = cluster(9, 12).environment(CUTOFF)
    energy, gradient = model(*e)
    end = int(e.row[4])
    part_energy, part_gradient = model(e.species, e.row[:5], e.neighbor[:end], e.displacement[:end])
    assert_close(part_energy.numpy(), energy[:4].numpy(), FLOAT64)
    assert_close(part_gradient.numpy(), gradient[:end].numpy(), FLOAT64)


def test_descriptors_are_invariant_and_in_the_order_of_the_atoms(model: Potential):
    random, order = np.random.default_rng(5), np.random.default_rng(6).permutation(9)
    system = cluster(9, 13)
    q = ortho_group.rvs(3, random_state=random)
    turned = System(list(system.species[order]), system.positions[order] @ q.T)
    for term in model.terms:
        if isinstance(term, AtomicNetworks | SharedNetwork):
            of_system, of_turned = (descriptors(term, s) for s in (system, turned))
            assert_close(of_turned, of_system[order], FLOAT64)


def descriptors(term: AtomicNetworks | SharedNetwork, system: System) -> Array:
    e = system.environment(CUTOFF)
    features, saved = term.project(e.species, centers(e.row), e.neighbor, e.displacement, len(e.species))
    with torch.no_grad():
        return np.asarray(term.descriptors(features, saved, e.species))


@pytest.mark.parametrize("species", [1, 3])
def test_any_number_of_species(kind: str, species: int):
    assert_is_gradient(untrained("float64", species, kind=kind), cluster(6, 4, species=species), CUTOFF, DIFFERENCE)


def test_before_training_energies_are_the_references_on_average(model: Potential):
    sample = [cluster(12, k) for k in range(4)]  # what it was normalised on
    energies, species = np.concatenate([evaluate(model, s, CUTOFF)[0] for s in sample]), [s.species for s in sample]
    for t in range(2):
        assert energies[np.concatenate(species) == t].mean() == pytest.approx(float(model.reference[t]), rel=FLOAT64)
