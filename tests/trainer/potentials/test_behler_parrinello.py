"""Symmetry functions against the sums of the papers, written as loops."""

from itertools import combinations

import numpy as np
import pytest
import torch
from models import CUTOFF, LISTED, SYMBOLS, untrained
from physics import TRICLINIC, Array, System, assert_close, cluster, crystal
from tolerances import FLOAT64

from trainer import kernels
from trainer.data.settings import DataSettings
from trainer.mechanics import centers
from trainer.potentials import build
from trainer.potentials.behler_parrinello import CHUNK, BehlerParrinello, chunks
from trainer.potentials.settings import PotentialSettings
from trainer.potentials.term_settings import BehlerParrinelloSettings


@pytest.fixture(params=["kernels", "torch"])
def code(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to the sums: TorchScript runs the second."""
    if request.param == "torch":
        monkeypatch.setattr(kernels, "usable", lambda tensor: False)


def f(r: float) -> float:
    x = min(r / CUTOFF, 1.0)
    return 1 - 10 * x**3 + 15 * x**4 - 6 * x**5


def functions(system: System, i: int) -> Array:
    """Those of LISTED, of one atom: by neighbour species, then by unordered pairs of species."""
    neighbors = [j for j in range(len(system.species)) if j != i]
    r = {j: system.positions[j] - system.positions[i] for j in neighbors}
    d = {j: float(np.linalg.norm(r[j])) for j in neighbors}
    g: list[float] = []
    for t in range(2):
        of_t = [d[j] for j in neighbors if system.species[j] == t]
        g += [sum(np.exp(-eta * (x - r_s) ** 2) * f(x) for x in of_t) for eta, r_s in LISTED.g2 or ()]
    for rows, opposite in ((LISTED.g4 or (), True), (LISTED.g5 or (), False)):
        for pair in ((0, 0), (0, 1), (1, 1)):
            for eta, sign, zeta in rows:
                total = 0.0
                for j, k in combinations(neighbors, 2):
                    if tuple(sorted((system.species[j], system.species[k]))) != pair:
                        continue
                    cosine, x = float(r[j] @ r[k]) / (d[j] * d[k]), float(np.linalg.norm(r[j] - r[k]))
                    rho = d[j] ** 2 + d[k] ** 2 + (x**2 if opposite else 0.0)
                    cut = f(d[j]) * f(d[k]) * (f(x) if opposite else 1.0)
                    total += 2 ** (1 - zeta) * (1 + sign * cosine) ** zeta * np.exp(-eta * rho) * cut
                g.append(total)
    return np.array(g)


def encoder(settings: BehlerParrinelloSettings) -> BehlerParrinello:
    everything = PotentialSettings(data=(DataSettings(train=("-",)),), behler_parrinello=settings, dtype="float64")
    found = build.potential(everything, SYMBOLS[:2]).terms[0].encoder
    assert isinstance(found, BehlerParrinello)
    return found


def features(of: BehlerParrinello, system: System) -> Array:
    e = system.environment(CUTOFF)
    return of.project(e.species, centers(e.row), e.neighbor, e.displacement, len(e.species))[0].numpy()


@pytest.mark.usefixtures("code")
def test_given_functions_are_the_published_sums():
    system = cluster(8, 4)
    assert set(system.species) == {0, 1}
    expected = np.array([functions(system, i) for i in range(8)])
    assert_close(features(encoder(LISTED), system), expected, FLOAT64)


def test_automatic_functions_are_on_the_grids_that_the_settings_describe():
    g2, g4, g5 = BehlerParrinelloSettings(cutoff=6.0, radial=6, angular=2, zeta=(1.0, 2.0)).functions()
    assert g2 == tuple((0.5, 0.5 + k) for k in range(6))
    widths = (1 / (2 * 1.5**2), 1 / (2 * 5.5**2))
    assert g4 == tuple((eta, sign, zeta) for eta in widths for sign in (1.0, -1.0) for zeta in (1.0, 2.0))
    assert g5 == ()


@pytest.mark.usefixtures("code")
def test_straight_angles_are_regular():
    """1 + cos theta = 0, and rounding may make it less: functions 0, slopes finite."""
    model = untrained("float64", kind="sum")
    line = System([0, 1, 0], [[0, 0, 0], [0.3, 0.6, 0.9], [-0.2, -0.4, -0.6]])
    energy, gradient = model(*line.environment(CUTOFF))
    assert torch.isfinite(energy).all()
    assert torch.isfinite(gradient).all()


def test_descriptors_of_the_training_data_have_mean_0_and_deviation_1():
    model = untrained("float64", kind="behler_parrinello")
    sample = [cluster(12, k) for k in range(4)]  # what it was normalised on
    (term,) = model.terms
    d = np.concatenate([(features(term.encoder, s) - term.encoder.mean.numpy()[s.species]) for s in sample])
    species = np.concatenate([s.species for s in sample])
    for t in range(2):
        np.testing.assert_allclose(d[species == t].mean(0), 0.0, atol=FLOAT64)
        std = d[species == t].std(0)
        varies = std > 1e-3
        assert varies.mean() > 0.5
        np.testing.assert_allclose((std / term.encoder.std.numpy()[t])[varies], 1.0, rtol=1e-6)


@pytest.mark.usefixtures("code")
def test_memory_is_bounded_by_parts_that_change_nothing():
    system = crystal(6, 3, TRICLINIC).replicated((3, 3, 2))
    e = system.environment(CUTOFF)
    count = e.row.diff()
    assert int((count * (count - 1) // 2).sum()) > 3 * CHUNK
    model = untrained("float64", kind="behler_parrinello")
    energy, gradient = model(*e)
    few = 4  # atoms, in one part
    end = int(e.row[few])
    assert int((count[:few] * (count[:few] - 1) // 2).sum()) < CHUNK
    of_few, gradient_of_few = model(e.species, e.row[: few + 1], e.neighbor[:end], e.displacement[:end])
    assert_close(energy[:few].numpy(), of_few.numpy(), FLOAT64)
    assert_close(gradient[:end].numpy(), gradient_of_few.numpy(), FLOAT64)


@pytest.mark.parametrize("after", [[], [0, 0], [5, 4, 3, 2, 1, 0], [0, 9, 0, 0, 1, 0]])
def test_parts_cover_every_pair_once(after: list[int]):
    ranges = chunks(torch.tensor(after, dtype=torch.int64), 4)
    covered = [j for first, end in ranges for j in range(first, end)]
    assert covered == sorted(set(covered))
    assert {j for j, n in enumerate(after) if n} <= set(covered)
    largest = max(after, default=0)
    assert all(sum(after[first:end]) < 4 + largest for first, end in ranges)
