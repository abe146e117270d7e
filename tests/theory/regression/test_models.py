"""The models: their norms are those of the file, their limits, their gradients."""

from typing import get_args

import numpy as np
import pytest
import torch
from tolerances import FLOAT64

from theory.norms import path, residual
from theory.norms.network import MLP
from theory.norms.residual import ResidualNetwork
from theory.norms.scripts import of_module
from theory.regression.models.shallow import neurons
from theory.regression.settings import Kind, ModelSettings
from trainer.sampling import generator

KINDS = get_args(Kind)
X = torch.rand(9, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kind", KINDS)
def test_the_exported_module_is_the_model_and_is_read_as_a_network(kind):
    model = ModelSettings(kind, width=7, depth=2).build(3, 1).double()
    if kind == "linear":
        torch.nn.init.normal_(model.b, generator=generator(0))
    exported = model.finished()
    np.testing.assert_allclose(exported(X).detach(), model(X).detach(), rtol=FLOAT64)
    network = of_module(exported)[""]
    np.testing.assert_allclose(network(X.numpy()), model(X).detach(), rtol=FLOAT64)
    norm = model.norm().item()
    if kind in ("two-layer", "deep", "linear"):
        assert isinstance(network, MLP)
        assert path.path_norm(network) == pytest.approx(norm, rel=FLOAT64)
    if kind in ("residual", "compositional"):
        assert isinstance(network, ResidualNetwork)
        of = residual.weighted_path_norm if kind == "residual" else residual.compositional_norm
        assert of(network) == pytest.approx(norm, rel=FLOAT64)
    if kind == "random-features":
        assert norm == pytest.approx(model.a.square().mean().sqrt().item(), rel=FLOAT64)


@pytest.mark.parametrize("kind", KINDS)
def test_norms_are_homogeneous_in_the_last_layer(kind):
    model = ModelSettings(kind, width=7, depth=2).build(3, 1).double()
    before, f = model.norm().item(), model(X).detach()
    with torch.no_grad():
        for name in ("a", "alpha", "b", "c") if kind == "linear" else ("a", "alpha"):
            if hasattr(model, name):
                getattr(model, name).mul_(-3)
        if kind == "deep":
            model.W[-1].mul_(-3)
            model.b[-1].mul_(-3)
    assert model.norm().item() == pytest.approx(3 * before, rel=1e-9)
    np.testing.assert_allclose(model(X).detach(), -3 * f, rtol=1e-9)


def test_neurons_are_on_the_sphere_and_favour_no_direction():
    w = neurons(20_000, 3, generator(0))
    np.testing.assert_allclose(w.abs().sum(1), 1.0, rtol=1e-6)
    assert w.mean(0).abs().max() < 5 * w.std() / 20_000**0.5
    assert (w.abs().mean(0) - 0.25).abs().max() < 0.01


def test_wide_networks_have_a_limit():
    """The law of large numbers over neurons: the spread falls as m^(-1/2)."""
    f = [
        torch.stack([ModelSettings("two-layer", m).build(3, seed).double()(X) for seed in range(60)])
        for m in (50, 5000)
    ]
    ratio = (f[0].std(0) / f[1].std(0)).mean().item()
    assert ratio == pytest.approx(10, rel=0.2)  # 60 seeds: 10 % each


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_differences(kind):
    model = ModelSettings(kind, width=4, depth=2).build(3, 1).double()
    torch.nn.init.normal_(next(p for p in model.parameters()), generator=generator(1))
    (model(X).square().sum() + model.norm()).backward()
    for parameter in model.parameters():
        flat, h = parameter.data.view(-1), 1e-6
        k = len(flat) // 2
        if abs(flat[k]) < 10 * h:
            continue  # at the kink of |.|
        values = []
        for shift in (h, -2 * h):
            flat[k] += shift
            values.append((model(X).square().sum() + model.norm()).item())
        flat[k] += h
        assert parameter.grad.view(-1)[k].item() == pytest.approx((values[0] - values[1]) / (2 * h), rel=1e-5, abs=1e-7)
