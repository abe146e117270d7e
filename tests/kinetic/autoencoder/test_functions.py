"""What holds for every autoencoder, trained or not: orthonormal functions, no moments in equilibrium, invariances."""

import pytest
import torch
from torch import Tensor

from kinetic.autoencoder.functions import Autoencoder, omega, untrained
from kinetic.autoencoder.task import decoded, encoded, in_frame
from kinetic.gas import maxwellian
from trainer import export
from trainer.sampling import generator

ORDERS = [4, 5, 6]


def autoencoder(order: int, seed: int = 1) -> Autoencoder:
    """With parameters far from those that training begins with."""
    module, random = Autoencoder(order, 3, 8, generator(seed)), generator(seed, 1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(0.0, 0.7, generator=random)
    return module.requires_grad_(False)


def two_streams(v: Tensor, shift: float = 0.0, unit: float = 1.0, mirrored: bool = False) -> Tensor:
    """[3, nv] sums of two Maxwellians, from a frame of another velocity and in another unit of it."""
    sign = -1.0 if mirrored else 1.0
    rho, u, theta = (torch.tensor(q, dtype=torch.float64) for q in ([0.7, 0.5], [0.8, -0.6], [0.5, 0.9]))
    first = maxwellian(rho[:1], sign * u[:1] * unit + shift, theta[:1] * unit**2, v)[:, 0]
    second = maxwellian(rho[1:], sign * u[1:] * unit + shift, theta[1:] * unit**2, v)[:, 0]
    return torch.stack([first + weight * second for weight in (0.2, 1.0, 3.0)])


def grid(reach: float) -> Tensor:
    return torch.linspace(-reach, reach, 401, dtype=torch.float64)


@pytest.mark.parametrize("order", ORDERS)
def test_functions_are_orthonormal_and_have_a_parity(order: int):
    module = autoencoder(order)
    e = module.functions(module.nodes)
    torch.testing.assert_close(e.mT @ (module.weights[:, None] * e), torch.eye(order + 4).double(), rtol=0, atol=1e-10)
    parity = (-1.0) ** torch.arange(order + 4)
    size = e.abs().amax(0)
    torch.testing.assert_close(module.functions(-module.nodes) / size, e * parity / size, rtol=0, atol=1e-10)
    x = module.nodes
    hermite = torch.stack([x**0, x, (x**2 - 1) / 2**0.5, (x**3 - 3 * x) / 6**0.5], -1)
    torch.testing.assert_close(e[:, :4], hermite, rtol=1e-10, atol=1e-8)


@pytest.mark.parametrize("order", ORDERS)
def test_moments_of_a_maxwellian_are_zero(order: int):
    v = grid(12.0)
    f = maxwellian(*(torch.tensor([q], dtype=torch.float64) for q in (1.7, 0.6, 0.8)), v).T
    place = in_frame(f, v)
    assert float(encoded(autoencoder(order), place).abs().max()) < 1e-10
    torch.testing.assert_close(decoded(autoencoder(order), place), place.F, rtol=0, atol=1e-10)


@pytest.mark.parametrize("order", ORDERS)
def test_moments_change_neither_with_the_frame_nor_with_units(order: int):
    module = autoencoder(order)
    expected = encoded(module, in_frame(two_streams(grid(12.0)), grid(12.0)))
    assert float(expected.abs().max()) > 0.05
    for f, v in (
        (two_streams(grid(13.0), shift=1.3), grid(13.0)),
        (two_streams(grid(30.0), unit=2.5), grid(30.0)),
        (7.0 * two_streams(grid(12.0)), grid(12.0)),
    ):
        torch.testing.assert_close(encoded(module, in_frame(f, v)), expected, rtol=0, atol=1e-10)
    parity = (-1.0) ** torch.arange(3, order + 1)
    mirrored = in_frame(two_streams(grid(12.0), mirrored=True), grid(12.0))
    torch.testing.assert_close(encoded(module, mirrored), parity * expected, rtol=0, atol=1e-10)
    torch.testing.assert_close(
        module.coefficients(parity * expected), (-1.0) ** torch.arange(order + 4) * module.coefficients(expected)
    )


@pytest.mark.parametrize("order", ORDERS)
def test_what_is_decoded_has_the_moments_that_were_encoded(order: int):
    """And the density, velocity and temperature of the gas, and its heat flux."""
    module, v = autoencoder(order), grid(12.0)
    place = in_frame(two_streams(v), v)
    b = encoded(module, place)
    rebuilt = module(b, module.nodes.expand(3, -1))
    dxi = module.nodes[1] - module.nodes[0]
    moments = (module.functions(module.nodes)[:, : order + 1].T @ rebuilt.T).T * dxi
    expected = torch.cat([torch.tensor([[1.0, 0.0, 0.0]] * 3).double(), b], -1)
    torch.testing.assert_close(moments, expected, rtol=0, atol=1e-10)
    heat = (place.F * place.xi**3).sum(-1) * place.dxi
    torch.testing.assert_close((rebuilt * module.nodes**3).sum(-1) * dxi, heat, rtol=0, atol=1e-10)


def test_untrained_it_is_the_expansion_in_hermite_polynomials():
    v = grid(12.0)
    place = in_frame(two_streams(v), v)
    he = untrained(5, 3, 4).raw(place.xi)[..., :6].detach()
    a = torch.einsum("pvk,pv->pk", he, place.F) * place.dxi[:, None]
    expected = omega(place.xi) * torch.einsum("pvk,pk->pv", he, a)
    torch.testing.assert_close(decoded(untrained(5, 3, 4), place).detach(), expected, rtol=0, atol=1e-8)


def test_slopes_are_derivatives():
    module, xi, small = autoencoder(6), grid(5.0), 1e-4
    expected = (module.functions(xi + small) - module.functions(xi - small)) / (2 * small)
    torch.testing.assert_close(module.slopes(xi), expected, rtol=1e-6, atol=1e-6)


def test_the_script_says_the_same():
    module = autoencoder(5)
    b, xi = torch.randn(7, 3, generator=generator(3), dtype=torch.float64), grid(5.0).expand(7, -1)
    torch.testing.assert_close(export.script(module)(b, xi), module(b, xi))
