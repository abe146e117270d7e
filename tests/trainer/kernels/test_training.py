"""What a training step needs of the kernels: derivatives of derivatives, equal to torch's own and to differences."""

import pytest
import torch
from models import CUTOFF, KINDS, untrained
from physics import TRICLINIC, assert_close, cluster, crystal
from tolerances import FLOAT32, FLOAT64
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck

from trainer import kernels, mechanics
from trainer.potentials.embedding import RadialPolynomials
from trainer.potentials.networks import FittingNetwork
from trainer.potentials.power_spectrum import PowerSpectrum
from trainer.sampling import generator

TOLERANCE = {"float64": FLOAT64, "float32": FLOAT32}


def normal(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def without_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "usable", lambda tensor: False)


@pytest.mark.parametrize("widths", [[7, 7, 14], [5], [6, 12, 3]], ids=str)
@pytest.mark.parametrize("atoms", [5, 1, 0])
@pytest.mark.parametrize("activation", ["tanh", "silu"])
def test_the_fitting_network_and_its_gradient_are_differentiated(activation: str, widths: list[int], atoms: int):
    """Skips to equal, double and other widths; all directions of the outputs E and dE/dD, and all inputs."""
    network = FittingNetwork(6, 0, widths, activation, torch.float64, generator(1))
    x = normal(atoms, 6).requires_grad_()
    assert kernels.available()

    def both(x: Tensor, *parameters: Tensor) -> Tensor:
        return torch.ops.henrici.fitting(x, list(parameters), network.activation, network.gain)

    assert gradcheck(both, (x, *network.parameters()))


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("labels", ["energies and forces", "energies", "forces"])
@pytest.mark.parametrize("activation", ["tanh", "silu"])
def test_a_loss_of_energies_and_forces_has_the_gradient_that_torch_finds(
    activation: str, labels: str, frozen: bool, monkeypatch: pytest.MonkeyPatch
):
    network, x = FittingNetwork(6, 0, [8, 8], activation, torch.float64, generator(1)), normal(9, 6).requires_grad_()
    network.layers[0].requires_grad_(not frozen)
    inputs = [x, *(p for p in network.parameters() if p.requires_grad)]

    def gradients() -> list[Tensor | None]:
        e = network(x)
        (g,) = torch.autograd.grad(e.sum(), x, create_graph=True)
        loss = sum((y * normal(*y.shape, seed=2)).sum() for y, name in ((e, "en"), (g**2, "fo")) if name in labels)
        assert isinstance(loss, Tensor)
        return [e, g, *torch.autograd.grad(loss, inputs, allow_unused=True)]

    got = gradients()
    without_kernels(monkeypatch)
    for a, b in zip(got, gradients(), strict=True):
        a, b = (torch.zeros(1) if y is None else y.detach() for y in (a, b))  # torch has none where all is zero
        assert_close(a.numpy(), b.numpy(), FLOAT64)


@pytest.mark.parametrize(("m", "k", "n"), [(18, 17, 16), (3, 20, 20), (0, 20, 20)])
def test_products_are_differentiated_twice(m: int, k: int, n: int):
    """Whichever of the matrices are the narrow ones, which torch multiplies."""
    matrices = [normal(m, k).requires_grad_(), normal(n, k, seed=2).T.requires_grad_()]
    assert gradcheck(kernels.product, matrices)
    assert gradgradcheck(kernels.product, matrices)


@pytest.mark.parametrize("components", [4, 9])
@pytest.mark.parametrize("by_degree", [False, True])
@pytest.mark.parametrize("atoms", [3, 0])
def test_descriptors_are_differentiated_twice(components: int, by_degree: bool, atoms: int):
    a = normal(atoms, components, 5).requires_grad_()
    assert gradcheck(lambda a: kernels.describe(a, 3, by_degree), a)
    assert gradgradcheck(lambda a: kernels.describe(a, 3, by_degree), a)


@pytest.mark.parametrize("components", [4, 9])
def test_descriptors_are_those_of_torch(components: int, monkeypatch: pytest.MonkeyPatch):
    a = normal(3, components, 5)
    deep_pot_se = untrained("float64").terms[0].encoder
    radial = RadialPolynomials(torch.ones(7, 2, dtype=torch.float64), 1, 5, generator(1))
    power_spectrum = PowerSpectrum(deep_pot_se.basis, radial, 1, 5, 3, 1 if components == 4 else 2)
    scale = normal(power_spectrum.l_max + 1, seed=2)

    def both() -> list[Tensor]:
        return [deep_pot_se.invariants(a), power_spectrum.invariants(a, scale)]

    got = both()
    without_kernels(monkeypatch)
    for x, y in zip(got, both(), strict=True):
        assert_close(x.numpy(), y.numpy(), FLOAT64)


def test_forces_and_virials_are_linear_and_their_transposes_too(monkeypatch: pytest.MonkeyPatch):
    number = torch.Generator().manual_seed(3)
    center, neighbor, owner = (torch.randint(0, most, (20,), generator=number) for most in (5, 6, 3))
    r, g = normal(20, 3), normal(20, 3, seed=2).requires_grad_()

    def both(g: Tensor) -> tuple[Tensor, Tensor]:
        return mechanics.forces(center, neighbor, g, 6), mechanics.virials(owner, r, g, 3)

    assert gradcheck(both, g)
    assert gradgradcheck(both, g)
    got = both(g)
    without_kernels(monkeypatch)
    for x, y in zip(got, both(g), strict=True):
        assert_close(x.detach().numpy(), y.detach().numpy(), FLOAT64)


def test_numbers_out_of_bounds_are_refused():
    g, zero, far = normal(2, 3), torch.zeros(2, dtype=torch.int64), torch.tensor([0, 4])
    for center, neighbor in ((far, zero), (zero, far), (zero, -far)):
        with pytest.raises(RuntimeError, match="expected"):
            kernels.forces(center, neighbor, g, 4)
    for owner in (far, -far):
        with pytest.raises(RuntimeError, match="expected"):
            kernels.virials(owner, g, g, 4)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_of_a_training_step_is_that_of_torch(kind: str, dtype: str, monkeypatch: pytest.MonkeyPatch):
    """Of energies, forces and virial at once, for every parameter of the model."""
    model = untrained(dtype, kind=kind).train()
    parameters = dict(model.named_parameters())

    def gradients() -> dict[str, Tensor]:
        loss = torch.zeros((), dtype=torch.float64)
        for system in (cluster(9, 1), crystal(5, 2, TRICLINIC), cluster(4, 3, species=1)):
            e = system.environment(CUTOFF)
            energy, g = model(*e)
            center = mechanics.centers(e.row)
            f = mechanics.forces(center, e.neighbor, g, len(e.species))
            w = mechanics.virials(torch.zeros_like(center), e.displacement, g, 1)
            loss = loss + energy.square().mean() + f.square().sum() + w.square().sum()
        found = torch.autograd.grad(loss, list(parameters.values()))
        return dict(zip(parameters, found, strict=True))

    got = gradients()
    without_kernels(monkeypatch)
    for name, expected in gradients().items():
        assert_close(got[name].numpy(), expected.numpy(), TOLERANCE[dtype])
