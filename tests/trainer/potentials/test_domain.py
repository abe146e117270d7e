"""How far from the training data: nothing where they are, more the farther one goes, and figures to be believed."""

from collections.abc import Iterable
from pathlib import Path

import ase.build
import ase.io
import numpy as np
import pytest
import torch
from ase import Atoms
from models import CUTOFF, KINDS, untrained
from physics import System, assert_close, cluster, evaluate
from scipy.stats import ortho_group
from tolerances import FLOAT64

from trainer import export
from trainer.environment import Environment, Neighbors
from trainer.potentials import build
from trainer.potentials.domain import Domain
from trainer.potentials.potential import Potential
from trainer.potentials.surroundings import MOST, Sample

SILICON = Path(__file__).parents[3] / "examples" / "silicon" / "silicon.xyz"


def environments(number: int = 20) -> list[Environment]:
    return [cluster(12, k).environment(CUTOFF) for k in range(number)]


def sample(frames: Iterable[Environment], species: int, seed: int) -> Environment:
    chosen = Sample(species, seed)
    for frame in frames:
        chosen.add(frame)
    return chosen.environment()


def extrapolation(model: torch.nn.Module, environment: Environment) -> np.ndarray:
    return model.extrapolation(*environment).numpy()


@pytest.fixture(scope="module")
def finished() -> Potential:
    return build.finished(untrained("float64"), sample(environments(), 2, seed=1))


def test_zero_for_what_was_seen_and_the_distance_in_gaps_beyond():
    random = torch.Generator().manual_seed(1)
    apart = torch.tensor([200.0, 0, 0, 0])
    seen = torch.randn(600, 4, dtype=torch.float64, generator=random)
    seen[300:] += apart  # two phases
    domain = Domain(seen)
    assert not domain(seen).any()
    between, far, twice = (domain((s * apart).unsqueeze(0).to(torch.float64)).item() for s in (0.5, 11, 21))
    assert between > 0.5, "a range of each component would have called this inside"
    assert (twice + 1) / (far + 1) == pytest.approx(2, rel=0.05)


def test_few_or_equal_surroundings_and_none():
    x = torch.randn(5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    assert Domain(x[:0])(x).isinf().all()
    for seen in (x[:1], x[:1].expand(10, 3)):
        assert not Domain(seen)(x[:1]).any()
        assert (Domain(seen)(x[1:]) > 10).all()
    assert Domain(x)(x[:0]).shape == (0,)


def test_the_sample_are_atoms_with_their_surroundings(model: Potential):
    frames = environments(3)
    chosen = sample(frames, 2, seed=1)
    assert len(chosen.row) - 1 == 36
    everything = torch.cat([model(*e)[0] for e in frames])
    energies = model(*chosen)[0]
    assert_close(energies.sort()[0].numpy(), everything.sort()[0].numpy(), FLOAT64)


def test_the_sample_is_bounded_and_every_atom_has_the_same_chance():
    frames = 300
    one = System([0] * 40 + [1], np.linspace(0, 3, 123).reshape(41, 3)).environment(1.0)
    marked = [one._replace(displacement=one.displacement + k) for k in range(frames)]  # each frame can be told
    chosen = sample(iter(marked), 2, seed=3)
    of_centers = chosen.species[: len(chosen.row) - 1]
    assert (of_centers == 0).sum() == MOST
    assert (of_centers == 1).sum() == frames
    first = chosen.displacement[chosen.row[:MOST], 0]
    late = float((first > frames / 2).double().mean())
    assert late == pytest.approx(0.5, abs=4 * 0.5 / MOST**0.5)
    again = sample(iter(marked), 2, seed=3)
    assert all(torch.equal(a, b) for a, b in zip(chosen, again, strict=True))


def test_invariant_as_the_model_is(finished: Potential):
    system = System([0, 1] * 4 + [0], 0.7 * cluster(9, 5).positions)
    turned = System(list(system.species), system.positions @ ortho_group.rvs(3, random_state=1).T)
    x = extrapolation(finished, system.environment(CUTOFF))
    assert (x > 0).any()
    assert_close(extrapolation(finished, turned.environment(CUTOFF)), x, 1e-8)
    assert_close(extrapolation(finished, system.environment(CUTOFF, skin=1.0)), x, 1e-8)


@pytest.mark.parametrize(("kind", "dtype"), [("deep_pot_se", "float32"), *((kind, "float64") for kind in KINDS)])
def test_every_model_carries_it_and_answers_as_before(kind: str, dtype: str):
    plain = build.finished(untrained(dtype, kind=kind))
    told = build.finished(untrained(dtype, kind=kind), sample(environments(), 2, seed=1))
    system = cluster(9, 5)
    for got, expected in zip(evaluate(told, system, CUTOFF), evaluate(plain, system, CUTOFF), strict=True):
        assert np.array_equal(got, expected)
    e = system.environment(CUTOFF)
    assert np.isnan(extrapolation(plain, e)).all(), "a file that does not know says so"
    assert_close(extrapolation(export.script(told), e), extrapolation(told, e), FLOAT64)
    for known in environments():
        assert extrapolation(told, known).max() < 1e-3


@pytest.mark.parametrize(
    ("part", "kind"), [(0, "power_spectrum"), (1, "power_spectrum"), (0, "deep_pot_se"), (0, "behler_parrinello")]
)
def test_silicon_held_out_trajectories_are_inside_and_other_phases_outside(part: int, kind: str):
    frames = ase.io.read(SILICON, ":")
    names = sorted({a.info["trajectory"] for a in frames})
    held = set(names[3 + part :: 7])
    model, neighbors = untrained("float32", species=1, kind=kind), Neighbors(CUTOFF)

    def environment(atoms: Atoms) -> Environment:
        return neighbors(np.zeros(len(atoms), np.int64), atoms.positions, atoms.cell.array, atoms.pbc)

    seen = sample((environment(a) for a in frames if a.info["trajectory"] not in held), 1, seed=1)
    told = build.finished(model, seen)

    def largest(atoms: Atoms, rattle: float = 0.0) -> float:
        atoms = atoms.copy()
        atoms.rattle(rattle, seed=1)
        return float(extrapolation(told, environment(atoms)).max())

    tested = [a for a in frames if a.info["trajectory"] in held]
    assert np.mean([largest(a) > 0.5 for a in tested]) < 0.05
    for name, edge in (("sc", 2.53), ("fcc", 3.9), ("bcc", 3.1)):
        assert largest(ase.build.bulk("Si", name, a=edge, cubic=True) * (2, 2, 2), 0.05) > 1
    vacancy = ase.build.bulk("Si", "diamond", a=5.4, cubic=True) * (2, 2, 2)
    assert largest(vacancy) < 0.5
    del vacancy[0]
    assert largest(vacancy) > 1
    squeezed = tested[0].copy()
    squeezed.set_cell(0.9 * squeezed.cell, scale_atoms=True)
    assert largest(squeezed) > 1
