"""Networks from arrays, modules and files; what is no MLP is refused in one line."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from models import untrained, write_model
from tolerances import FLOAT64
from torch import Tensor, nn

from bsde.networks.shared import SharedNetwork
from kinetic.closure.hermite.network import LearnedClosure
from theory.norms.activations import ACTIVATIONS
from theory.norms.network import MLP, Layer, checked_mlp, two_layer
from theory.norms.path import path_norm
from theory.norms.scripts import of_module, read
from theory.norms.solution import solution_path_norm
from theory.norms.table import norms
from trainer import export
from trainer.errors import UserError


class ByHand(nn.Module):
    """Weights as [in, out], a vector as the last layer, and none of it in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.w3 = nn.Parameter(torch.randn(4))
        self.w2 = nn.Parameter(torch.randn(5, 4))
        self.w1 = nn.Parameter(torch.randn(2, 5))
        self.b1 = nn.Parameter(torch.randn(5))
        self.b3 = nn.Parameter(torch.randn(1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(torch.tanh(x @ self.w1 + self.b1) @ self.w2) @ self.w3 + self.b3


class Product(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, 2))

    def forward(self, x: Tensor) -> Tensor:
        return x.prod(dim=1, keepdim=True) * self.weight[0, 0]


def sequential(activation: type[nn.Module]) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), activation(), nn.Linear(5, 4), activation(), nn.Linear(4, 1))


def scripted(module: nn.Module) -> torch.jit.ScriptModule:
    with export.torchscript():
        return torch.jit.script(module)


def saved(module: nn.Module, path: Path) -> Path:
    with export.torchscript():
        torch.jit.script(module).save(str(path))
    return path


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_foreign_file_is_the_module_that_made_it(activation, dtype: torch.dtype, tmp_path: Path):
    module = sequential(activation).to(dtype)
    network = read(saved(module, tmp_path / "foreign.pt"))[""]
    assert isinstance(network, MLP)
    assert network.activations == ("ReLU" if activation is nn.ReLU else "tanh",)
    x = torch.rand(7, 3, dtype=dtype)
    np.testing.assert_allclose(network(x.double().numpy()), module(x).detach().numpy(), rtol=1e-5)
    assert [e.value for e in norms(network)] == [e.value for e in norms(of_module(module)[""])]


@pytest.mark.parametrize("activation", [nn.SiLU, nn.GELU, nn.ELU, nn.LeakyReLU, nn.Sigmoid, nn.Softplus])
def test_other_activations_are_told_apart(activation):
    found = of_module(sequential(activation).double())[""]
    assert isinstance(found, MLP)
    assert found.activations[0].replace(" ", "").lower() == activation.__name__.lower()
    s = ACTIVATIONS[found.activations[0]]
    t = np.linspace(-20, 20, 40_001)
    slopes = np.diff(s.f(t)) / np.diff(t)
    assert slopes.max() == pytest.approx(s.slope, rel=1e-3)
    assert (abs(s.f(np.zeros(1))[0]) < FLOAT64) == s.zero


def test_activations_of_each_layer_are_told_apart(tmp_path: Path):
    """Their path norm is that of the weights, and what each activation does to it is said once."""
    torch.manual_seed(3)
    between = (nn.Tanh, nn.GELU, nn.ReLU, nn.GELU)
    sizes = itertools.pairwise((3, 4, 4, 4, 4, 1))
    linear = [nn.Linear(inner, outer) for inner, outer in sizes]
    pairs = [module for one, s in zip(linear[:-1], between, strict=True) for module in (one, s())]
    module = nn.Sequential(*pairs, linear[-1])
    network = read(saved(module, tmp_path / "mixed.pt"))[""]
    assert isinstance(network, MLP)
    assert network.activations == ("tanh", "GELU", "ReLU", "GELU")
    x = torch.rand(7, 3)
    np.testing.assert_allclose(network(x.double().numpy()), module(x).detach().numpy(), rtol=1e-4)
    found = norms(network)
    assert found[0].assumptions == ("GELU has slopes of 1.129 at most, a factor for every layer",)
    assert found[0].value == path_norm(MLP(network.layers))


def test_weights_by_hand_are_found_in_any_order(tmp_path: Path):
    torch.manual_seed(1)
    module = ByHand()
    network = read(saved(module, tmp_path / "hand.pt"))[""]
    x = torch.rand(7, 2)
    np.testing.assert_allclose(network(x.double().numpy())[:, 0], module(x).detach().numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["power_spectrum", "deep_pot_se", "behler_parrinello", "sum"])
def test_the_networks_of_a_potential_are_found(kind: str, tmp_path: Path):
    """Their path norms are what the script's own network gives with absolute weights where every slope is 1."""
    found = read(write_model(tmp_path / "potential.pt", untrained("float64", kind=kind)))
    assert found
    assert all("fitting" in name for name in found)
    for network in found.values():
        assert isinstance(network, MLP)
        linear = network._replace(
            layers=tuple(Layer(np.abs(W), np.abs(b)) for W, b in network.layers), activations=("identity",)
        )
        assert path_norm(network) == pytest.approx(linear(np.ones((1, network.inputs)))[0, 0], rel=FLOAT64)


def test_the_network_of_a_closure_is_found():
    closure = LearnedClosure(5, 16, torch.Generator().manual_seed(0))
    nn.init.normal_(closure.speeds[-1].weight)  # it begins as 0
    found = of_module(scripted(closure))
    assert set(found) == {"speeds"}
    assert isinstance(found["speeds"], MLP)
    assert found["speeds"].activations == ("SiLU",)
    assert "SiLU has slopes of 1.0998" in str(norms(found["speeds"])[0])


def test_the_network_of_a_pde_solution_is_found_and_its_path_norm_bounds_it():
    torch.manual_seed(2)
    solution = SharedNetwork(torch.randn(7).double(), torch.rand(7).double() + 0.5, 4, 12)
    nn.init.normal_(solution.skip)
    (network,) = of_module(scripted(solution)).values()
    (norm,) = norms(network)
    p = np.random.default_rng(0).uniform(-1, 1, (500, 6))
    assert np.abs(network(p)).max() <= norm.value
    absolute = type(network)(*(np.abs(v) for v in network))
    line = 1e-4 * np.ones((1, 6))  # tanh t = t, but the biases are to be small, too, and the product is of order two
    small = absolute._replace(first_bias=0 * absolute.first_bias, second_bias=0 * absolute.second_bias)
    product = absolute.skip[1].sum()
    assert (small(line)[0, 0] / 1e-4 + product) == pytest.approx(solution_path_norm(small), rel=1e-3)


def test_arrays_of_a_file_are_a_two_layer_network(tmp_path: Path):
    a, b, c = np.array([1.0, 2.0]), np.ones((2, 3)), np.zeros(2)
    np.savez(tmp_path / "net.npz", a=a, b=b, c=c)
    network = read(tmp_path / "net.npz")[""]
    assert isinstance(network, MLP)
    assert network(np.ones((1, 3)))[0, 0] == pytest.approx(9.0, rel=FLOAT64)


def test_a_linear_module_is_a_network_of_one_layer():
    network = of_module(nn.Linear(2, 1).double())[""]
    assert isinstance(network, MLP)
    assert network.activations == ("identity",)


def test_what_is_no_mlp_is_one_clear_line(tmp_path: Path):
    (tmp_path / "text.pt").write_text("no model")
    np.savez(tmp_path / "other.npz", z=np.ones(3))
    files = {
        saved(Product(), tmp_path / "product.pt"): "no part of it computes",
        saved(nn.ReLU(), tmp_path / "relu.pt"): "frozen",
        saved(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1), nn.Tanh()), tmp_path / "out.pt"): "no part",
        tmp_path / "text.pt": "not a model file",
        tmp_path / "none.pt": "no such file",
        tmp_path / "none.npz": "no such file",
        tmp_path / "other.npz": "expected arrays a",
    }
    for path, words in files.items():
        with pytest.raises(UserError, match=words) as caught:
            read(path)
        assert "\n" not in str(caught.value)


def test_weights_that_do_not_fit_or_are_not_finite_are_refused():
    with pytest.raises(UserError, match="follow one another"):
        two_layer([1.0], [[1.0]], [0.0, 0.0])
    with pytest.raises(UserError, match="diverged"):
        checked_mlp(MLP((Layer(np.array([[np.nan]]), np.zeros(1)),)), "net")
