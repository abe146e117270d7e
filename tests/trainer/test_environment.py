"""Neighbour lists against a brute-force sum over images, and their reuse within the skin."""

import numpy as np
import pytest
import torch
from physics import TRICLINIC, System, assert_close, crystal
from tolerances import FLOAT64

from trainer.environment import Neighbors, completed, concatenate
from trainer.errors import UserError


def brute_force(system: System, cutoff: float) -> list[tuple[int, int, float]]:
    """Sorted (i, j, r) of all pairs, over enough images for the cells of these tests."""
    n = [5 if p else 0 for p in system.pbc]
    images = [
        np.array([a, b, c]) @ system.cell
        for a in range(-n[0], n[0] + 1) for b in range(-n[1], n[1] + 1) for c in range(-n[2], n[2] + 1)
    ]  # fmt: skip
    pairs = []
    for i, x in enumerate(system.positions):
        for j, y in enumerate(system.positions):
            r = np.linalg.norm(y + np.array(images) - x, axis=1)
            pairs += [(i, j, d) for d in r if 1e-9 < d <= cutoff]
    return sorted(pairs)


@pytest.mark.parametrize("pbc", [[True] * 3, [True, True, False], [False, True, False], [False] * 3])
def test_lists_are_complete_in_small_triclinic_cells(pbc: list[bool]):
    system = crystal(4, 1, TRICLINIC)
    system.pbc = np.array(pbc)
    e = system.environment(4.0)
    center = torch.repeat_interleave(torch.arange(4), e.row.diff())
    got = sorted(zip(center.tolist(), e.neighbor.tolist(), e.displacement.norm(dim=1).tolist(), strict=True))
    expected = brute_force(system, 4.0)
    assert [p[:2] for p in got] == [p[:2] for p in expected]
    assert_close(np.array([p[2] for p in got]), np.array([p[2] for p in expected]), FLOAT64)


def test_slab_without_a_third_vector():
    cell = TRICLINIC.copy()
    cell[2] = 0.0
    system = System([0, 1], [[0, 0, 0], [1, 1, 1]], cell, [True, True, False])
    filled = completed(system.cell, system.pbc)
    assert abs(np.linalg.det(filled)) > 0.1
    tall = System([0, 1], system.positions, np.array([*cell[:2], [0, 0, 100.0]]), [True, True, False])
    assert len(system.environment(4.0).neighbor) == len(brute_force(tall, 4.0))


def test_reused_lists_equal_new_ones():
    system, random = crystal(6, 2, TRICLINIC * 2), np.random.default_rng(0)
    kept, fresh = Neighbors(4.0, skin=0.5), Neighbors(4.0)
    for step in range(30):
        system.positions += random.normal(scale=0.03, size=(6, 3))
        if step % 7 == 3:
            system = system.strained(0.002 * random.normal(size=(3, 3)))
        lengths = []
        for search in (kept, fresh):
            d = search(system.species, system.positions, system.cell, system.pbc).displacement.norm(dim=1)
            lengths.append(np.sort(d[d <= 4.0].numpy()))
        assert_close(lengths[0], lengths[1], FLOAT64)


def test_concatenation_is_a_block_graph():
    parts = [crystal(3, 1, TRICLINIC).environment(4.0), crystal(5, 2, TRICLINIC).environment(4.0)]
    whole = concatenate(parts)
    assert whole.row[-1] == len(whole.neighbor) == sum(len(p.neighbor) for p in parts)
    assert (whole.neighbor[whole.row[3] :] >= 3).all()
    assert torch.equal(whole.displacement[: whole.row[3]], parts[0].displacement)


def two_dimers(direction: list[int], distance: float) -> System:
    dimer = np.array([[0, 0, 0], [0, 0, 1.0]])
    return System([0, 0, 0, 0], np.concatenate([dimer, dimer + distance * np.array(direction)]))


@pytest.mark.parametrize(
    ("direction", "distance"),
    [([1, 0, 0], 3e2), ([1, 1, 0], 3e2), ([1, 1, 0], 8e2), ([1, 0, 0], 1e5), ([1, 1, 1], 1e5), ([1, 1, 1], 1e12)],
)
def test_molecules_far_apart_do_not_see_each_other(direction: list[int], distance: float):
    assert two_dimers(direction, distance).environment(4.0).row.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("direction", [[1, 0, 0], [1, 1, 0], [0, 1, 1]])
@pytest.mark.parametrize("distance", [1e6, 1e9, 1e15])
def test_lost_atoms_are_refused(direction: list[int], distance: float):
    with pytest.raises(UserError, match="are some lost"):
        two_dimers(direction, distance).environment(4.0)


def test_positions_that_are_not_finite_are_refused():
    with pytest.raises(UserError, match="position of atom 1 is not finite"):
        System([0, 0], [[0, 0, 0], [np.inf, 0, 0]]).environment(4.0)


@pytest.mark.parametrize(
    ("cell", "complaint"),
    [
        (np.diag([5.0, np.nan, 5.0]), "the cell is not finite"),
        (np.diag([5.0, np.inf, 5.0]), "the cell is not finite"),
        (np.zeros((3, 3)), "span a volume"),
        (np.array([[5.0, 0, 0], [5, 0, 0], [0, 0, 5]]), "span a volume"),
        (1e-6 * np.eye(3), "so small"),
    ],
)
def test_a_cell_without_a_volume_is_refused(cell: np.ndarray, complaint: str):
    """Where the search would crash the process, or never end."""
    with pytest.raises(UserError, match=complaint):
        Neighbors(4.0)(np.zeros(2, dtype=int), np.array([[0.0, 0, 0], [1, 0, 0]]), cell, np.ones(3, dtype=bool))


@pytest.mark.parametrize("skin", [-1.0, np.nan, np.inf, "wide"])
def test_a_skin_is_a_length(skin: float):
    with pytest.raises(UserError, match="skin: expected a length"):
        Neighbors(4.0, skin=skin)
