"""Radial distribution functions whose form is known."""

import numpy as np
import pytest
from physics import TRICLINIC

from trainer.environment import Neighbors
from trainer.report.blocks import estimate
from trainer.report.structure import WIDTH, Structure, half_height

SKEWED = np.array([[12.0, 0.0, 0.0], [9.0, 11.0, 0.0], [-7.0, 8.0, 13.0]])


def test_ideal_gas_is_flat():
    """g = 1 within error bars of 95 %, in a skewed cell whose volume fluctuates."""
    random, symbols = np.random.default_rng(1), ("A",) * 150 + ("B",) * 50
    structure = Structure(symbols, half_height(0.97 * SKEWED))
    for _ in range(160):
        cell = SKEWED * random.uniform(0.97, 1.03)
        structure.add(random.uniform(-1, 2, (200, 3)) @ cell, cell)
    inside, deviations = [], []
    for curves in structure.curves(16):
        far = curves.r > 1.5  # enough pairs in a block for its mean to be Gaussian
        inside.extend(np.abs(curves.g.mean - 1)[far] < curves.g.error[far])
        deviations.append((curves.g.mean[far].mean() - 1) / np.linalg.norm(curves.g.standard_error[far]) * far.sum())
    assert len(inside) > 100
    # 95 % of them; the standard deviation of the share is (0.95 x 0.05 / n)^(1/2)
    assert np.mean(inside) == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / len(inside)) ** 0.5)
    assert np.abs(deviations).max() < 4
    assert structure.inefficiency() < 3


def test_coordination_of_a_simple_cubic_lattice_is_six():
    a, n = 3.02, 5
    grid = np.array([[i, j, k] for i in range(n) for j in range(n) for k in range(n)])
    structure = Structure(("A",) * n**3, 7.0)
    for _ in range(8):
        structure.add(a * grid + 0.3, a * n * np.eye(3))
    (curves,) = structure.curves(4)
    assert curves.shell is not None
    assert a < curves.r[curves.shell] < 2**0.5 * a
    coordination = curves.coordination.mean
    assert coordination[curves.shell] == 6.0
    assert [coordination[int(r / WIDTH)] for r in (2.9, 4.2, 5.1, 5.9)] == [0.0, 6.0, 18.0, 26.0]
    assert curves.coordination.error[curves.shell] == 0.0
    # the peak of six neighbours in one bin: 6 V / (N - 1) over the volume of the shell
    k = int(a / WIDTH)
    shell = 4 / 3 * np.pi * WIDTH**3 * ((k + 1) ** 3 - k**3)
    assert curves.g.mean[k] == pytest.approx(6 * (a * n) ** 3 / (n**3 - 1) / shell)


def test_coordination_of_rock_salt():
    n = 4
    grid = np.array([[i, j, k] for i in range(n) for j in range(n) for k in range(n)])
    symbols = tuple("AB"[sum(p) % 2] for p in grid)
    structure = Structure(symbols, 6.0)
    for _ in range(8):
        structure.add(3.02 * grid, 3.02 * n * np.eye(3))
    same, other, _ = structure.curves(4)
    assert structure.names() == ["A–A", "A–B", "B–B"]
    assert other.shell is not None
    assert same.shell is not None
    assert other.coordination.mean[other.shell] == 6.0
    assert same.coordination.mean[same.shell] == 12.0


def test_counts_are_those_of_the_neighbour_list():
    """In cells in which a vector of the lattice is shorter than those of the cell."""
    random = np.random.default_rng(2)
    for cell in (SKEWED, 4 * TRICLINIC, SKEWED[[2, 0, 1]] @ np.linalg.qr(random.normal(size=(3, 3)))[0]):
        positions = random.uniform(-1, 2, (60, 3)) @ cell
        structure = Structure(("A",) * 60, half_height(cell))
        for _ in range(4):
            structure.add(positions, cell)
        (curves,) = structure.curves(4)
        reach = curves.r[-1] + WIDTH / 2
        pairs = Neighbors(reach)(np.zeros(60, dtype=np.int64), positions, cell, np.full(3, True))
        assert curves.coordination.mean[-1] == pytest.approx(len(pairs.neighbor) / 60)


def test_equals_mdanalysis():
    MDAnalysis = pytest.importorskip("MDAnalysis")
    from MDAnalysis.analysis.rdf import InterRDF

    random, cell = np.random.default_rng(3), np.diag([11.0, 12.0, 13.0])
    frames = random.uniform(0, 1, (8, 120, 3)) @ cell
    structure = Structure(("A",) * 90 + ("B",) * 30, 5.0)
    for positions in frames:
        structure.add(positions, cell)
    universe = MDAnalysis.Universe.empty(120, trajectory=True)
    universe.load_new(frames.astype(np.float32), dimensions=np.array([11.0, 12.0, 13.0, 90, 90, 90]))
    a, b = universe.atoms[:90], universe.atoms[90:]
    first, second, _ = structure.curves(4)
    for curves, groups, exclusion in ((first, (a, a), (1, 1)), (second, (a, b), None)):
        rdf = InterRDF(*groups, nbins=100, range=(0.0, 5.0), exclusion_block=exclusion)
        rdf.run()
        one = 1 / np.maximum(rdf.results.count, 1)  # rounding in float32 moves a pair into the next bin at times
        assert np.all(np.abs(curves.g.mean - rdf.results.rdf) <= 1.01 * one * rdf.results.rdf + 1e-4)
        assert curves.g.mean.mean() == pytest.approx(rdf.results.rdf.mean(), rel=1e-3)


def test_error_bars_are_of_the_blocks():
    """Two species that change places half way: the error is that of two means."""
    assert float(estimate([1.0, 3.0]).standard_error) == pytest.approx(1.0)
