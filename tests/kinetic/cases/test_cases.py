"""Flows from tables, and at random."""

import math

import pytest
import torch

from kinetic.cases import random
from kinetic.cases.build import build, profile, shock
from kinetic.cases.settings import FlowSettings, KnudsenSettings
from kinetic.moments.hermite import Hermite
from trainer.errors import UserError
from trainer.settings import parse


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_a_shock_conserves_what_goes_through_it(dimension: int):
    (a, u, p), (b, w, q) = shock(2.5, dimension)
    assert a * u == pytest.approx(b * w)
    assert a * (u**2 + p) == pytest.approx(b * (w**2 + q))
    enthalpy = 0.5 * dimension + 1.0  # gamma / (gamma - 1)
    assert 0.5 * u**2 + enthalpy * p == pytest.approx(0.5 * w**2 + enthalpy * q)


def test_profiles_of_the_knudsen_number():
    x = (torch.arange(100) + 0.5).double() / 100
    wave = profile(KnudsenSettings("wave", 1e-3, 10.0), x)
    assert float(wave.min()) == pytest.approx(1e-3, rel=0.01)
    assert float(wave.max()) == pytest.approx(10.0, rel=0.01)
    assert float(wave[0]) == pytest.approx(float(wave[-1]))
    layer = profile(KnudsenSettings("layer", 1e-2, 1.0, 0.02), x)
    assert float(layer[0]) == pytest.approx(1e-2)
    assert float(layer[-1]) == pytest.approx(1.0)
    assert bool((profile(KnudsenSettings(low=0.3), x) == 0.3).all())


@pytest.mark.parametrize("family", ["wave", "shock", "mix"])
def test_random_flows_are_functions_of_their_seed(family: str):
    eps = torch.ones(1, 50, dtype=torch.float64)
    several = random.flows(family, [3, 4, 5], 50, eps)
    alone = random.flows(family, [4], 50, eps)
    assert torch.equal(several.density[1:2], alone.density)
    assert not torch.equal(several.density[0], several.density[1])
    a = Hermite(5).gas(several.moments(5)).a[:, 3:]
    assert (float(a.abs().max()) > 1e-3) == (family == "mix")  # the others begin in equilibrium


def test_random_flows_do_not_depend_on_the_mesh():
    coarse, fine = (random.flows("wave", [1], n, torch.ones(1, n, dtype=torch.float64)) for n in (20, 60))
    torch.testing.assert_close(coarse.density, fine.density[..., 1::3], rtol=1e-12, atol=0)


def test_tables():
    settings = parse(FlowSettings, {"kind": "riemann", "right_state": [0.1, 0, 1.25]}, "case.toml.flow")
    flow = build(settings, KnudsenSettings())
    assert float(flow.density[0, 0, -1]) == 0.1
    assert flow.left.kind == "outflow"
    wave = build(FlowSettings(), KnudsenSettings())
    assert float(wave.density.max()) == pytest.approx(1.3, abs=1e-3)
    assert math.isclose(float(wave.density.mean()), 1.0, rel_tol=1e-12)
    assert build(FlowSettings(kind="random-mix"), KnudsenSettings()).density.shape == (1, 2, 200)


@pytest.mark.parametrize(
    ("cls", "table", "message"),
    [
        (FlowSettings, {"kind": "vortex"}, "kind: expected 'wave' or 'riemann'"),
        (FlowSettings, {"density": [1.0, 0.1]}, "density: expected three numbers"),
        (FlowSettings, {"mach": 0.9}, "mach > 1"),
        (FlowSettings, {"cells": 2}, "cells >= 8"),
        (KnudsenSettings, {"low": 0.0}, "expected 0 < low <= high"),
        (KnudsenSettings, {"profile": "wave", "low": 1.0, "high": 0.1}, "expected 0 < low <= high"),
        (KnudsenSettings, {"width": 0.0}, "width > 0"),
    ],
)
def test_bad_tables_are_one_line(cls: type, table: dict[str, object], message: str):
    with pytest.raises(UserError, match=message) as caught:
        parse(cls, table, "case.toml")
    assert "\n" not in str(caught.value)


def test_a_wave_that_is_no_gas_is_refused():
    with pytest.raises(UserError, match="density: expected numbers > 0"):
        build(FlowSettings(density=(1.0, 1.2, 0.0)), KnudsenSettings())
