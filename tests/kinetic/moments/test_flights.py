"""Flights: their symbol in a uniform gas, Hilbert's transform without collisions, walls as mirrors, invariances."""

import math
from collections.abc import Callable

import pytest
import torch
from gas import centers
from torch import Tensor

from kinetic import Discretisation, errors, solve
from kinetic.flow import Flow, Wall
from kinetic.kernels.moments import Local
from kinetic.moments.flights import RATES, Flights


def flights(cells: int, eps: float | Tensor, length: float = 1.0, wall: str = "periodic") -> Callable[[Tensor], Tensor]:
    one = torch.ones(1, 1, cells, dtype=torch.float64)
    knudsen = eps if isinstance(eps, Tensor) else torch.full((1, cells), eps, dtype=torch.float64)
    ends = Wall(wall), Wall(wall)  # type: ignore[arg-type]
    of = Flights(Flow(one, 0.3 * one, one, knudsen, length, *ends))
    return lambda g: of.last(local(g, one[:, 0]))


def local(g: Tensor, weight: Tensor) -> Local:
    """g: [B, M - 2, nx] g_3 .. g_M"""
    every = torch.cat([torch.zeros_like(g[:, :1]).expand(-1, 3, -1), g], 1)
    return Local(g, every, weight, weight, every)


@pytest.mark.parametrize("cells", [32, 33])
@pytest.mark.parametrize("wavenumber", [1, 3])
def test_without_collisions_it_is_hilbert_s_transform(cells: int, wavenumber: int):
    """sin(k x) becomes -cos(k x), and twice that is -sin(k x)."""
    x = 2 * math.pi * wavenumber * centers(cells)
    found = flights(cells, 1e12)(torch.stack([x.sin(), x.sin()])[None])[0]
    for rate in range(2):
        torch.testing.assert_close(found[2 * rate], x.sin(), rtol=0, atol=1e-10)
        torch.testing.assert_close(found[2 * rate + 1], -x.cos(), rtol=0, atol=1e-10)


def test_the_symbol_in_a_uniform_gas():
    """-i A on exp(i k x), A = 2 / pi atan(k eps / alpha); the error is of second order in the width of a cell."""
    off, eps = [], 0.02
    for cells in (100, 200):
        x = 2 * math.pi * centers(cells)
        found = flights(cells, eps)(torch.stack([x.sin(), x.sin()])[None])[0]
        angle = [2 / math.pi * math.atan(2 * math.pi * eps / rate) for rate in RATES]
        parts = [part for a in angle for part in (a**2 * x.sin(), -a * x.cos())]
        off.append(float((found - torch.stack(parts)).abs().max()))
    assert off[1] < 2e-3
    assert off[0] / off[1] == pytest.approx(4.0, abs=1.0)


@pytest.mark.parametrize("order", [4, 5])
def test_reflecting_walls_are_mirrors(order: int):
    """A tube between two of them, and the periodic tube of twice its length that holds its image."""
    n = 64
    x = math.pi * centers(n)
    eps = (0.03 + 0.02 * x.cos())[None]
    k = torch.arange(3, order + 1)[:, None]
    g = torch.where(k % 2 == 1, (2 * x).cos() + 0.3, (2 * x).sin() + x.sin())
    parity = (-1.0) ** (k + 1)
    whole = torch.cat([g, parity * g.flip(-1)], -1)
    expected = flights(2 * n, torch.cat([eps, eps.flip(-1)], -1), 2.0)(whole[None])[..., :n]
    torch.testing.assert_close(flights(n, eps, wall="reflecting")(g[None]), expected, rtol=0, atol=1e-4)


def test_only_the_ratio_of_lengths_counts():
    x = 2 * math.pi * centers(24)
    g = torch.stack([x.sin(), x.cos(), (2 * x).sin()])[None]
    eps = (0.1 + 0.05 * x.cos())[None]
    torch.testing.assert_close(flights(24, 7.0 * eps, 7.0)(g), flights(24, eps)(g), rtol=1e-12, atol=1e-12)


def test_where_collisions_are_frequent_nothing_comes_from_elsewhere():
    g = torch.randn(1, 3, 50, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert float(flights(50, 1e-4)(g).abs().max()) < 1e-30
    assert float(flights(50, 1e-4, wall="outflow")(g).abs().max()) < 1e-30


def test_what_flies_is_over_scales_of_the_gas_that_it_comes_to():
    """In a gas that is not uniform, 1 / W K (W g); with W = 1 it is K g."""
    x = 2 * math.pi * centers(24)
    g, one = torch.stack([x.sin(), x.cos(), (2 * x).sin()])[None], torch.ones(1, 24, dtype=torch.float64)
    w = (1.0 + 0.4 * x.cos())[None]
    of = Flights(Flow(one[None], 0.3 * one[None], one[None], 0.1 * one))
    expected = of.last(local(w[:, None] * g, one)) / w[:, None]
    torch.testing.assert_close(of.last(local(g, w)), expected, rtol=1e-12, atol=1e-12)
    with torch.enable_grad():  # by torch, not by loops
        torch.testing.assert_close(of.last(local(g.requires_grad_(), w)), expected, rtol=1e-12, atol=1e-12)


def test_two_streams_that_meet_are_no_farther_off_on_a_finer_mesh():
    """At +-1.5 sqrt(theta), beside BGK. With W outside of the integral alone it was 4.2 % on 45 cells, 5.4 % on 135."""

    def streams(cells: int) -> Flow:
        one = torch.ones(1, 1, cells, dtype=torch.float64)
        apart = torch.where(centers(cells) < 0.5, 1.5, -1.5)[None, None]
        return Flow(one, apart, one, 0.1 * one[0], 1.0, Wall("outflow"), Wall("outflow"))

    exact = solve("bgk", streams(135), [0.04, 0.08], Discretisation(velocities=100))
    coarse, fine = (float(errors(solve("waves-5", streams(n), [0.04, 0.08]), exact)[:, 3].mean()) for n in (45, 135))
    assert fine < coarse < 0.03
