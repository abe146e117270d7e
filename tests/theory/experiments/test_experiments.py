"""Experiments in small: their slopes, peaks and equalities, and what the command writes."""

import argparse
from pathlib import Path

import numpy as np
import pytest
from tolerances import FLOAT64

from theory import command
from theory.experiments.approximation import approximation, limit_of
from theory.experiments.bounds import bounds
from theory.experiments.curse import curse
from theory.experiments.double_descent import double_descent, gradient_descent, minimum_norm
from theory.experiments.numerics import numerics
from theory.experiments.problems import barron, digits, one_neuron
from theory.experiments.registry import EXPERIMENTS
from theory.experiments.regularised import regularised
from theory.experiments.resonance import along, resonance
from theory.experiments.slopes import slope
from theory.experiments.training import trained
from theory.regression.settings import ModelSettings
from theory.regression.task import penalty_unit
from trainer.errors import UserError

random = np.random.default_rng(13)


def test_a_power_law_has_its_exponent_and_noise_an_interval_that_holds_it():
    x = np.array([10.0, 20, 40, 80, 160, 320])
    exact = slope(x, 3 * x**-0.5, 0.01 * x**-0.5)
    assert exact.value == pytest.approx(-0.5, abs=FLOAT64)
    corrected = slope(x, x**-0.5 * np.exp(2 / x), 0.001 * x**-0.5, correction=1 / x)
    assert corrected.value == pytest.approx(-0.5, abs=1e-9)
    noisy = [slope(x, x**-0.5 * np.exp(0.05 * random.normal(size=6)), 0.05 * x**-0.5) for _ in range(200)]
    missed = sum(not s.contains(-0.5) for s in noisy)
    assert missed <= 20  # 5 % of 200 in the mean, 20 is beyond three standard deviations


@pytest.mark.parametrize(("n", "m"), [(20, 50), (50, 20), (30, 30)])
def test_gradient_descent_from_zero_goes_to_the_minimum_norm_solution(n: int, m: int):
    features, y = random.normal(size=(n, m)) / m**0.5, random.normal(size=n)
    best = minimum_norm(features, y)
    step = 1 / np.linalg.norm(features, 2) ** 2
    a = np.zeros(m)
    for _ in range(50):
        a -= step * features.T @ (features @ a - y)
    np.testing.assert_allclose(gradient_descent(features, y, 50), a, atol=FLOAT64)
    limit = gradient_descent(features, y, 10**15)
    np.testing.assert_allclose(limit, best, atol=1e-8 * np.abs(best).max())


def test_the_error_peaks_where_features_are_as_many_as_points():
    found = double_descent(features=(15, 30, 120), n=30, d=5, draws=15)
    few, peak, many = found.panels[0].curves[0].y
    assert peak > 5 * max(few, many)
    assert found.panels[1].curves[0].y[1] > 5 * found.panels[1].curves[0].y[2]  # and so does the norm


def test_features_learned_in_continuous_time_are_small_steps_to_the_minimum_norm_solution():
    phi, y, test = random.normal(size=(12, 9)), random.normal(size=12), random.normal(size=(5, 9))
    a, h = np.zeros(9), 1e-4
    for _ in range(5000):  # midpoint rule
        middle = a - 0.5 * h * phi.T @ (phi @ a - y) / 12
        a = a - h * phi.T @ (phi @ middle - y) / 12
    found = along(phi, y, test, np.array([0.0, 0.5, 1e12]))
    np.testing.assert_allclose(found[0], 0.0, atol=FLOAT64)
    np.testing.assert_allclose(found[1], test @ a, atol=1e-6)  # second order
    np.testing.assert_allclose(found[2], test @ minimum_norm(phi, y), atol=1e-8)


def test_gradient_descent_resonates_where_features_are_as_many_as_points():
    found = resonance(features=(10, 40, 160), shown=(40,), n=40, d=5, draws=10)
    few, near, many = (float(row[-1]) for row in found.tables[0].rows)
    assert near > 5 * max(few, many)
    best, last = (c.y for c in found.panels[1].curves)
    assert best[2] < best[1] < best[0], "with the best time to stop, more features are better"
    assert last[1] > max(last[0], last[2])


def test_the_limit_of_one_block_is_its_flow():
    U, W = np.ones((1, 1, 1)), np.ones((1, 1, 1))
    assert limit_of(U, W, np.array([[0.5]]))[0, 0] == pytest.approx(0.5 * np.e, rel=1e-7)  # dz/dt = z


def test_approximation_has_the_slopes_of_the_theory():
    found = approximation(counts=(8, 16, 32, 64, 128), draws=40)
    adaptive, fixed = found.slope_tables()
    assert [row[-1] for row in adaptive.rows] == ["yes", "yes"]
    assert [row[-1] for row in fixed.rows] == ["yes"] * 4
    for curve in found.panels[0].curves:
        assert 8 < curve.y[0] / curve.y[-1] < 32  # 16 times the terms


def test_the_curse_is_seen():
    found = curse(sizes=(16, 32, 64, 128), work=800)
    less = {c.name: np.log(c.y[-1] / c.y[0]) / np.log(8) for panel in found.panels for c in panel.curves}
    assert less["C0, d = 5"] == 0.0
    assert less["Lipschitz, d = 1"] < -0.35
    assert less["Barron, d = 5"] < -0.35
    assert -0.3 < less["Lipschitz, d = 5"] < -0.15


def test_splines_and_elements_have_their_orders():
    (table,) = numerics().slope_tables()[:1]
    for name, expected, measured, _ in table.rows:
        assert float(measured.split()[0]) == pytest.approx(float(expected), abs=0.02), name
    assert float(numerics().slope_tables()[1].rows[0][2].split()[0]) == pytest.approx(4, abs=0.05)


@pytest.mark.parametrize("problem", [barron, digits])
def test_a_penalty_takes_away_the_dependence_on_the_initial_weights(problem):
    found = regularised(widths=(30, 60), scales=(1.0, 10.0), steps=600, problems=(problem,))
    plain, penalised = (tuple(map(float, row[1:])) for row in found.tables[0].rows)
    assert penalised[1] < 2 < plain[1]
    assert penalised[0] < plain[0]


def test_the_bounds_hold_what_they_are_of():
    found = bounds(sizes=(500, 8000), m=20, steps=200)
    before, after, risk = (c.y for c in found.panels[0].curves)
    assert (risk < after).all()
    assert (risk < before).all()
    assert (before < 100 * risk).all()
    assert risk[1] < risk[0]
    wild, risks = (c.y for c in found.panels[1].curves[2:])
    assert (wild > 1000 * risks).all()


def test_the_penalised_minimiser_is_no_worse_than_the_target():
    """J(theta) <= J(theta*), which the a priori bound rests on: the target itself has the penalty and no risk."""
    problem = one_neuron(4000, 0)
    t = trained(problem, ModelSettings("conventional", 20), problem.penalty, 200)
    factor = problem.penalty * penalty_unit(*problem.train.x.shape)
    assert t.train + factor * t.norm <= factor * problem.norm


def test_the_command_writes_a_page_and_a_table(tmp_path: Path, monkeypatch, capsys: pytest.CaptureFixture[str]):
    few = {"double-descent": lambda seed: double_descent(features=(5, 10, 20), n=10, d=3, draws=4, seed=seed)}
    monkeypatch.setattr("theory.experiments.registry.EXPERIMENTS", EXPERIMENTS | few)
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    assert command.run(parser.parse_args(["experiment", "double-descent", "-o", str(tmp_path)])) == 0
    page = (tmp_path / "double-descent.html").read_text()
    assert page.count("<svg") == 2
    assert "<table>" in page
    rows = (tmp_path / "double-descent.csv").read_text().splitlines()
    assert len(rows) == 1 + 2 * 3
    assert "Medians" in capsys.readouterr().out
    with pytest.raises(UserError, match="did you mean 'curse'"):
        command.run(parser.parse_args(["experiment", "curs"]))
    with pytest.raises(UserError, match="no folder"):
        command.run(parser.parse_args(["experiment", "curse", "-o", str(tmp_path / "none")]))
