"""Networks from arrays, modules and files; what is no MLP is refused in one line."""

from pathlib import Path

import numpy as np
import pytest
import torch
from models import untrained, write_model
from tolerances import FLOAT64
from torch import Tensor, nn

from theory.norms.network import MLP, Layer, checked_mlp, of_module, read, two_layer
from theory.norms.table import norms
from trainer import export
from trainer.errors import UserError


class Product(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1, 2))

    def forward(self, x: Tensor) -> Tensor:
        return x.prod(dim=1, keepdim=True) * self.weight[0, 0]


def sequential(activation: type[nn.Module]) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), activation(), nn.Linear(5, 4), activation(), nn.Linear(4, 1))


def saved(module: nn.Module, path: Path) -> Path:
    with export.torchscript():
        torch.jit.script(module).save(str(path))
    return path


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_foreign_file_is_the_module_that_made_it(activation, dtype: torch.dtype, tmp_path: Path):
    module = sequential(activation).to(dtype)
    network = read(saved(module, tmp_path / "foreign.pt"))
    assert isinstance(network, MLP)
    assert network.activation == ("ReLU" if activation is nn.ReLU else "tanh")
    x = torch.rand(7, 3, dtype=dtype)
    np.testing.assert_allclose(network(x.double().numpy()), module(x).detach().numpy(), rtol=1e-5)
    assert [e.value for e in norms(network)] == [e.value for e in norms(of_module(module))]


def test_arrays_of_a_file_are_a_two_layer_network(tmp_path: Path):
    a, b, c = np.array([1.0, 2.0]), np.ones((2, 3)), np.zeros(2)
    np.savez(tmp_path / "net.npz", a=a, b=b, c=c)
    network = read(tmp_path / "net.npz")
    assert isinstance(network, MLP)
    assert network(np.ones((1, 3)))[0, 0] == pytest.approx(9.0, rel=FLOAT64)


def test_a_linear_module_is_a_network_of_one_layer():
    network = of_module(nn.Linear(2, 1).double())
    assert isinstance(network, MLP)
    assert network.activation == "identity"


def test_what_is_no_mlp_is_one_clear_line(tmp_path: Path):
    (tmp_path / "text.pt").write_text("no model")
    np.savez(tmp_path / "other.npz", z=np.ones(3))
    files = {
        saved(Product(), tmp_path / "product.pt"): "computes something else",
        saved(nn.ReLU(), tmp_path / "relu.pt"): "without matrices",
        write_model(tmp_path / "potential.pt", untrained("float32")): "potential.pt: expected",
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
