"""Errors by species, force, composition and file add up to the errors over all, in whatever batches they come."""

import numpy as np
import pytest
import torch
from models import CUTOFF, ELEMENTS
from physics import TRICLINIC, cluster, crystal
from tolerances import FLOAT64

from trainer.contract import PotentialMetadata
from trainer.data.fingerprint import fingerprint
from trainer.data.frame import Frame
from trainer.potentials.examples import examples
from trainer.potentials.potential import Potential
from trainer.potentials.task import ENERGY, FORCE, STRESS, VIRIAL, evaluate, predict
from trainer.report import errors
from trainer.report.errors import Statistics, chunks, measure
from trainer.report.frames import composition_name

METADATA = PotentialMetadata(
    dtype="float64", units={"energy": "eV", "length": "angstrom"}, species=ELEMENTS, cutoff=CUTOFF
)


def frames() -> list[Frame]:
    """Twelve molecules and crystals with random labels, some missing."""
    random, result = np.random.default_rng(5), []
    for k in range(12):
        n = 3 + k % 4
        system = cluster(n, k) if k % 3 else crystal(n, k, TRICLINIC + np.eye(3))
        result.append(
            Frame(
                symbols=tuple(ELEMENTS[s] for s in system.species),
                positions=system.positions,
                cell=system.cell,
                pbc=system.pbc,
                energy=None if k == 4 else float(random.normal()) - 5.0 * n,
                forces=None if k == 5 else random.normal(size=(n, 3)),
                virial=None if k % 3 else random.normal(size=(3, 3)),
                trajectory="t",
                source=f"{'ab'[k % 2]}.xyz, frame {k // 2}",
            )
        )
    return result


def measured(model: Potential) -> Statistics:
    return measure(model, METADATA, frames())


def test_all_sums_agree(model: Potential, monkeypatch: pytest.MonkeyPatch):
    expected = evaluate(model, examples(frames(), ELEMENTS, CUTOFF, torch.float64))
    for atoms in (1, 9, 1000):
        monkeypatch.setattr(errors, "BATCH_ATOMS", atoms)
        got = measured(model)
        assert got.errors.values() == pytest.approx(expected, rel=FLOAT64)
        assert str(got.fingerprint) == fingerprint(frames())
        components, squares = got.by_species[:, 0].sum(), got.by_species[:, 1].sum()
        assert np.sqrt(squares / components) == pytest.approx(expected[FORCE], rel=FLOAT64)
        assert got.magnitude.count.sum() == components / 3
        assert got.magnitude.sums[:, 0].sum() == pytest.approx(squares, rel=FLOAT64)
        for groups in (got.compositions, got.files):
            assert sum(g.frames for g in groups.values()) == 12
            assert sum(g.energies for g in groups.values()) == 11
            assert sum(g.force_squares for g in groups.values()) == pytest.approx(squares, rel=FLOAT64)
        assert {n: b.count.sum() for n, b in got.distribution.items()} == got.labels
        assert got.labels == {ENERGY: 11, FORCE: components, VIRIAL: 36, STRESS: 36}
        assert set(got.files) == {"a.xyz", "b.xyz"}


def test_the_frame_that_is_wrong_is_the_worst(model: Potential):
    bad = frames()
    assert bad[7].forces is not None
    bad[7].forces[2, 1] += 1e4
    got = measure(model, METADATA, bad).worst()[0]
    assert (got.source, got.atom, got.symbol) == ("b.xyz, frame 3", 2, bad[7].symbols[2])
    assert got.largest == pytest.approx(1e7, rel=1e-2)
    r = np.linalg.norm(bad[7].positions[:, None] - bad[7].positions, axis=-1)
    assert got.shortest is not None
    assert got.shortest[1] == pytest.approx(r[r > 0].min())


class Knowing(torch.nn.Module):
    """A model by which the k-th atom of a graph is k / 10 away from its training data, the first one not known."""

    def __init__(self, model: Potential):
        super().__init__()
        self.model = model

    def forward(self, *environment: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.model(*environment)

    def extrapolation(self, species: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
        x = torch.arange(len(species)) / 10
        x[0] = torch.nan
        return x


def test_errors_by_extrapolation(model: Potential, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(errors, "BATCH_ATOMS", 1)  # each frame by itself
    got = measure(Knowing(model), METADATA, frames())
    labelled = [f for f in frames() if f.forces is not None]
    x = np.concatenate([np.arange(1, len(f.symbols)) / 10 for f in labelled])
    assert got.outside[:, 0] == pytest.approx(3 * np.histogram(x, [-1, 1e-12, 0.25, 0.5, 1, 9])[0])
    unknown = sum(np.square(residual(model, f)[0]).sum() for f in labelled)
    assert got.outside[:, 1].sum() == pytest.approx(got.by_species[:, 1].sum() - unknown, rel=FLOAT64)
    for record in got.worst():
        atoms = sum(f.source == record.source and len(f.symbols) for f in frames())
        assert record.farthest == (atoms - 1, pytest.approx((atoms - 1) / 10))
    assert not measured(model).outside.any(), "this one cannot tell"


def residual(model: Potential, frame: Frame) -> np.ndarray:
    """[n, 3] meV/angstrom"""
    (labels,) = examples([frame], ELEMENTS, CUTOFF, torch.float64)
    return 1e3 * (predict(model, labels).forces - labels.forces).detach().numpy()


def test_energies_are_compared_beside_a_fit_of_compositions(model: Potential):
    """A^T A and A^T E of the stream are those of the whole."""
    labelled = [f for f in frames() if f.energy is not None]
    a = np.array([[f.symbols.count(s) for s in ELEMENTS] for f in labelled], dtype=float)
    e = np.array([f.energy for f in labelled])
    got = measured(model)
    assert got.normal == pytest.approx(np.column_stack([a.T @ a, a.T @ e]), rel=FLOAT64)
    assert sorted(got.energy.rows(4)[:, 0]) == pytest.approx(sorted(e))


def test_groups_are_bounded(model: Potential, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(errors, "GROUPS", 3)
    got = measured(model).compositions
    assert len(got) == 4
    assert sum(g.frames for g in got.values()) == 12
    assert got["others"].frames > 0


def test_names():
    assert composition_name(("H", "O", "H")) == "H2O"
    sizes = [sum(len(f.symbols) for f in part) for part in chunks(frames(), 10)]
    assert sum(sizes) == sum(len(f.symbols) for f in frames())
    assert min(sizes[:-1]) >= 10
