"""Which configurations are labelled: closed answers for bounds, for the order of choice and for calibration."""

from pathlib import Path

import numpy as np
import pytest
import torch
from ase import Atoms
from morse import copper, write_morse
from numpy.typing import NDArray
from physics import System, cluster

from trainer.active import select
from trainer.active.farthest import Surroundings, farthest, nearest
from trainer.active.settings import SelectionSettings

Array = NDArray[np.float64]
ADAPTIVE = SelectionSettings()


def frames(median: float, number: int, seed: int = 1) -> Array:
    """Log-normal about a median."""
    return median * np.exp(0.4 * np.random.default_rng(seed).normal(size=number))


def test_given_bounds_are_kept():
    given = SelectionSettings(lower=0.05, upper=0.15)
    assert select.bounds(given, [9.0], [9.0], 9.0) == (0.05, 0.15)


def test_few_frames_like_those_held_out_are_above_the_lower_bound():
    many = frames(0.03, 100_000)
    lower, _ = select.bounds(ADAPTIVE, many, 0.1 * many, 1.0)
    assert np.mean(many > lower) == pytest.approx(0.01, rel=0.1)


def test_what_deviates_less_than_a_usual_error_is_not_labelled():
    deviation = frames(0.005, 50)
    assert select.bounds(ADAPTIVE, deviation, [0.08] * 50, 1.0).lower == pytest.approx(0.08)


@pytest.mark.parametrize("number", [0, 1, 2, 4, 100])
def test_a_poor_committee_labels_as_much_as_users_do_and_one_that_is_good_everywhere_comes_to_an_end(number: int):
    poor = select.bounds(ADAPTIVE, frames(2.0, number), frames(3.0, number), 1.0)
    assert poor == (0.15, 1.0)
    if number:
        good = select.bounds(ADAPTIVE, frames(1e-3, number), frames(1e-3, number), 1.0)
        assert good == (0.05, 0.45)


def test_bounds_follow_the_forces_and_relative_ones_do_not():
    deviation, error = frames(0.05, 20), frames(0.04, 20)
    one = select.bounds(ADAPTIVE, deviation, error, 1.0)
    ten = select.bounds(ADAPTIVE, 10 * deviation, 10 * error, 10.0)
    assert ten == pytest.approx([10 * x for x in one])
    relative = SelectionSettings(relative=1.0)
    assert select.bounds(relative, deviation, error, 10.0) == one
    at_rest = select.bounds(ADAPTIVE, [1e-6], [1e-6], 1e-9)
    assert at_rest.lower == pytest.approx(0.005)


@pytest.mark.parametrize("number", [1, 3, 30])
def test_bounds_grow_with_the_deviation_and_are_in_order(number: int):
    scales = np.geomspace(1e-3, 10, 41)
    lower, upper = np.array(
        [select.bounds(ADAPTIVE, s * frames(1.0, number), s * frames(1.0, number, 2), 1.0) for s in scales]
    ).T
    assert (np.diff(lower) >= 0).all()
    assert (np.diff(upper) >= 0).all()
    assert (lower < upper).all()


@pytest.mark.parametrize("number", [5, 9, 30])
def test_one_outlier_moves_bounds_little(number: int):
    deviation, error = frames(0.03, number), frames(0.03, number, 2)
    plain = select.exceeded_by_few(deviation)
    deviation[0], error[0] = 1e6, 1e6
    assert select.exceeded_by_few(deviation) < 2 * plain
    assert select.bounds(ADAPTIVE, deviation, error, 1.0).upper == 0.45


def line(*points: float) -> Surroundings:
    """Configurations of one atom each, on a line."""
    return Surroundings(torch.tensor(points, dtype=torch.float64)[:, None], torch.arange(len(points)))


def test_the_order_on_a_line():
    """Known at 0: the far end first, then the middle, then the quarters, of which the first of equals comes first."""
    points = line(*(k / 8 for k in range(9)))
    order = farthest([points], [line(0.0)], 9, 5)
    assert order == [8, 4, 2, 6, 1]


def test_poles_then_the_equator_of_a_sphere():
    axes = torch.eye(3, dtype=torch.float64)
    sphere = torch.cat([axes, -axes, torch.nn.functional.normalize(torch.ones(1, 3, dtype=torch.float64), dim=1)])
    points = Surroundings(sphere, torch.arange(7))
    order = farthest([points], [Surroundings(axes[:1], torch.zeros(1, dtype=torch.int64))], 7, 7)
    assert order[0] == 3, "the antipode of what is known"
    assert set(order[1:5]) == {1, 2, 4, 5}
    assert order[5:] == [6], "and what is known already, never"


def test_a_configuration_is_as_novel_as_its_most_novel_atom():
    z = torch.tensor([[0.0], [0.0], [3.0], [0.0], [1.0], [1.0]], dtype=torch.float64)
    three = Surroundings(z, torch.tensor([0, 0, 1, 1, 2, 2]))
    assert farthest([three], [line(0.0)], 3, 3) == [1, 2]


def test_species_are_not_compared():
    same = line(5.0, 5.0)
    nothing = Surroundings(torch.zeros(0, 1, dtype=torch.float64), torch.zeros(0, dtype=torch.int64))
    other = Surroundings(torch.tensor([[5.0]], dtype=torch.float64), torch.tensor([1]))
    assert farthest([same, other], [line(5.0), nothing], 2, 2) == [1]


def test_near_duplicates_are_left_out():
    """Known: a grid of spacing 1, so that what is nearer than a half to one of them is nothing new."""
    known = line(*map(float, range(20)))
    candidates = line(0.3, 5.45, 22.0, 22.3, 30.0, 30.2)
    assert farthest([candidates], [known], 6, 6) == [5, 3]
    assert farthest([candidates], [known], 6, 1) == [5]


@pytest.mark.parametrize("number", [1, 700])
def test_nearest_is_the_least_distance(number: int):
    random = torch.Generator().manual_seed(1)
    a, b = (
        torch.randn(50, 17, generator=random, dtype=torch.float64),
        torch.randn(number, 17, generator=random, dtype=torch.float64),
    )
    assert torch.allclose(nearest(a, b), torch.cdist(a, b).amin(1))


def structure(system: System, **info: float) -> Atoms:
    return Atoms([("H", "O")[k] for k in system.species], system.positions, info=info)


def test_a_models_own_descriptors_tell_new_from_known(float64_file: Path):
    """Clusters drawn alike, one squeezed, and copies turned round: each is chosen once, the squeezed one first."""
    known = [structure(cluster(10, k)) for k in range(20)]
    new = [structure(cluster(10, k)) for k in range(30, 34)]
    squeezed = structure(cluster(10, 40))
    squeezed.positions *= 0.8
    turned = [atoms.copy() for atoms in (new[0], squeezed, known[3])]
    for atoms in turned:
        atoms.rotate(40, (1, 2, 3))
    candidates = [*new, squeezed, *turned]
    order = select.choose(candidates, known, float64_file, 8)
    original = {5: 0, 6: 4}  # of the copies, which differ from them by rounding
    assert next(original.get(k, k) for k in order) == 4
    assert sorted(original.get(k, k) for k in order) == [0, 1, 2, 3, 4]
    assert select.choose(candidates, known, float64_file, 2) == order[:2]
    assert select.choose([], known, float64_file, 2) == []
    assert len(select.choose(candidates, [], float64_file, 8)) == 6, "nothing is known: the copy of a known one is new"


def test_without_descriptors_all_deviations_have_their_share(tmp_path: Path):
    """Of ten candidates in two halves by deviation, the largest of each."""
    candidates = [copper() for _ in range(10)]
    for k, atoms in enumerate(candidates):
        atoms.info["deviation"] = (k + 3) % 10
    model = write_morse(tmp_path / "morse.pt")
    assert select.choose(candidates, [], model, 2) == [6, 1]
    assert select.choose(candidates[:2], [], model, 5) == [1, 0]


def gaussian(models: int, atoms: int, frames: int, bias: float, seed: int) -> tuple[Array, Array]:
    """Largest deviations and errors where members and labels are drawn alike; bias: of all members, in their s."""
    random = np.random.default_rng(seed)
    s = random.uniform(0.05, 0.5, (frames, 1, 1))
    members = s[None] * random.normal(size=(models, frames, atoms, 3)) + bias * s
    error = np.linalg.norm(members.mean(0) - s * random.normal(size=(frames, atoms, 3)), axis=-1)
    deviation = np.linalg.norm(members.std(0), axis=-1)
    return deviation.max(1), error.max(1)


@pytest.mark.parametrize("models", [2, 4, 8])
@pytest.mark.parametrize("atoms", [1, 64])
def test_a_label_like_a_member_is_calibrated_and_a_common_bias_is_flagged(models: int, atoms: int):
    rounds = [select.calibrate(*gaussian(models, atoms, 20, 0.0, k), models) for k in range(200)]
    assert sum(c.overconfident for c in rounds) <= 6, "2 expected, standard deviation 1.4"
    beyond = np.mean([c.beyond for c in rounds]) / 20
    assert beyond <= 0.05 + 3 * (0.05 * 0.95 / 4000) ** 0.5
    if atoms == 1:
        assert beyond == pytest.approx(0.05, abs=3 * (0.05 * 0.95 / 4000) ** 0.5)
    biased = [select.calibrate(*gaussian(models, atoms, 20, 10.0, k), models) for k in range(20)]
    assert all(c.overconfident for c in biased)
    assert np.median([c.correlation for c in biased]) > 0.5, "a bias that grows with the deviation keeps the order"


def test_slope_and_order():
    c = select.calibrate([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], 4)
    assert (c.correlation, c.slope, c.overconfident) == (pytest.approx(1.0), 2.0, False)
    c = select.calibrate([1.0] * 4, [5.0] * 4, 4)
    assert (c.correlation, c.beyond, c.overconfident) == (None, 4, True)
    c = select.calibrate([], [], 4)
    assert (c.correlation, c.slope, c.overconfident) == (None, None, False)


def test_one_label_is_no_evidence():
    assert not select.calibrate([1.0], [100.0], 4).overconfident
