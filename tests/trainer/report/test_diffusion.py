"""Mean squared displacements whose form is known, of positions that were wrapped into cells of any shape."""

import numpy as np
import pytest
from physics import TRICLINIC

from trainer.report import diffusion
from trainer.report.diffusion import Mobility, Paths, msd

CELL = 4 * TRICLINIC  # sides of about 12 angstrom
ATOMS = 200


def mobility(positions: np.ndarray, cells: np.ndarray, masses: np.ndarray | None = None) -> Mobility:
    """positions [T, n, 3], wrapped here; cells [T, 3, 3]"""
    n = positions.shape[1]
    paths = Paths(np.zeros(n), np.ones(n) if masses is None else masses)
    for r, cell in zip(positions, cells, strict=True):
        paths.add((r @ np.linalg.inv(cell) % 1.0) @ cell, cell)
    assert paths.followed
    (result,) = paths.mobility(np.zeros(n))
    assert result is not None
    return result


def fixed(frames: int) -> np.ndarray:
    return np.broadcast_to(CELL, (frames, 3, 3))


def walk(frames: int, sigma: float, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.uniform(0, 12, (1, ATOMS, 3)) + np.cumsum(random.normal(0, sigma, (frames, ATOMS, 3)), axis=0)


def test_random_walk():
    """MSD = 6 D t with D = sigma^2 / 2, less the share of the centre of mass, within error bars of 95 %."""
    sigma, frames = 0.3, 1500
    found = mobility(walk(frames, sigma, 1), fixed(frames))
    d = sigma**2 / 2 * (1 - 1 / ATOMS)
    assert abs(found.diffusion.mean - d) < found.diffusion.error
    assert found.diffusion.error < 0.1 * d
    assert np.mean(np.abs(found.msd.mean - 6 * d * found.lag) <= found.msd.error) > 0.9
    assert found.exponent == pytest.approx(1.0, abs=0.05)


def test_free_flight_is_exact():
    """MSD = <v^2> t^2, velocities relative to that of the centre of mass, through any number of cells."""
    random, frames = np.random.default_rng(2), 200
    v, masses = random.normal(0, 0.8, (ATOMS, 3)), random.uniform(1, 5, ATOMS)
    t = np.arange(frames)[:, None, None]
    found = mobility(random.uniform(0, 12, (ATOMS, 3)) + v * t, fixed(frames), masses)
    relative = v - masses @ v / masses.sum()
    assert found.msd.mean == pytest.approx(np.mean((relative**2).sum(axis=1)) * found.lag**2, rel=1e-4)  # float32 paths
    assert found.exponent == pytest.approx(2.0, abs=1e-3)


def test_fluctuating_cell_adds_no_diffusion():
    """Walkers that a barostat moves along with the cell: D is that of their steps."""
    sigma, frames, random = 0.3, 1500, np.random.default_rng(3)
    cells = CELL * (1 + 0.01 * random.normal(size=(frames, 1, 1)))
    scaled = [random.uniform(0, 1, (ATOMS, 3))]
    for cell in cells[1:]:
        scaled.append(scaled[-1] + random.normal(0, sigma, (ATOMS, 3)) @ np.linalg.inv(cell))
    found = mobility(np.array(scaled) @ cells, cells)
    d = sigma**2 / 2 * (1 - 1 / ATOMS)
    assert abs(found.diffusion.mean - d) < found.diffusion.error
    assert found.diffusion.error < 0.1 * d


def test_a_solid_does_not_diffuse():
    frames, random = 500, np.random.default_rng(4)
    found = mobility(random.uniform(0, 12, (ATOMS, 3)) + random.normal(0, 0.2, (frames, ATOMS, 3)), fixed(frames))
    assert abs(found.diffusion.mean) < found.diffusion.error
    assert found.exponent == pytest.approx(0.0, abs=0.01)
    assert found.msd.mean[5:] == pytest.approx(6 * 0.2**2 * (1 - 1 / ATOMS), rel=0.01)


def test_msd_is_its_definition():
    r = np.random.default_rng(5).normal(size=(30, 7, 3)).cumsum(axis=0)
    direct = [np.mean([np.square(r[s + t] - r[s]).sum(axis=1) for s in range(30 - t)]) for t in range(12)]
    assert msd(r, 12) == pytest.approx(np.array(direct), abs=1e-10)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch):
    """Frames and atoms are thinned; what is left still says the same."""
    monkeypatch.setattr(diffusion, "FRAMES", 150)
    monkeypatch.setattr(diffusion, "ATOMS", 100)
    sigma, frames = 0.3, 1500
    positions, paths = walk(frames, sigma, 6), Paths(np.zeros(ATOMS), np.ones(ATOMS))
    for r in positions:
        paths.add(r, CELL)
    assert len(paths.sample) == 100
    assert paths.stride == 8
    (found,) = paths.mobility(np.zeros(ATOMS))
    assert found is not None
    assert abs(found.diffusion.mean - sigma**2 / 2) < found.diffusion.error
    assert np.all(np.diff(found.lag) == 8)


def test_frames_too_far_apart_are_noticed():
    random, paths = np.random.default_rng(7), Paths(np.zeros(ATOMS), np.ones(ATOMS))
    for _ in range(100):
        paths.add(random.uniform(0, 1, (ATOMS, 3)) @ CELL, CELL)
    assert not paths.followed
    assert paths.mobility(np.zeros(ATOMS)) == [None]
