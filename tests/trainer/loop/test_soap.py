"""SOAP where its answer is known: Adam for vectors, no matter how matrices are turned, minima of quadratics."""

import copy

import pytest
import torch
from torch import Tensor, nn

from trainer.loop import soap
from trainer.loop.soap import SOAP
from trainer.sampling import generator


def normal(*shape: int, key: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=generator(1, key))


def orthogonal(n: int, key: int) -> Tensor:
    return torch.linalg.qr(normal(n, n, key=key))[0]


def descend(optimizer: torch.optim.Optimizer, weight: nn.Parameter, gradients: list[Tensor]) -> None:
    for gradient in gradients:
        weight.grad = gradient.clone()
        optimizer.step()


def test_a_vector_is_adams():
    gradients = [normal(7, key=k) for k in range(20)]
    a, b = nn.Parameter(normal(7)), nn.Parameter(normal(7))
    descend(SOAP([a], lr=0.1, betas=(0.9, 0.95), eps=1e-3), a, gradients)
    descend(torch.optim.Adam([b], lr=0.1, betas=(0.9, 0.95), eps=1e-3), b, gradients)
    torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


def test_it_does_not_matter_how_the_axes_are_turned():
    """W -> U W V^T turns the path of a training with it, from the first basis on. (Adam's steps depend on the axes.)"""
    U, V = orthogonal(5, 1), orthogonal(5, 2)
    weight = normal(5, 5, key=3)
    a, b = nn.Parameter(weight.clone()), nn.Parameter(U @ weight @ V.T)
    gradients = [normal(5, 5, key=k) for k in range(10, 40)]
    for parameter, left, right in ((a, torch.eye(5), torch.eye(5)), (b, U, V)):
        turned = [left.double() @ g @ right.double().T for g in gradients]
        optimizer = SOAP([parameter], lr=0.0, refresh=5)
        descend(optimizer, parameter, turned[:4])
        optimizer.param_groups[0]["lr"] = 0.1
        descend(optimizer, parameter, turned[4:])
    torch.testing.assert_close(b, U @ a @ V.T, rtol=1e-9, atol=1e-9)


def test_a_step_undoes_the_covariance_of_the_gradients():
    """G = A^1/2 X B^1/2, X white: in the eigenbases of A and B, <m^2> / v is the same for every element.

    The mean square of a step is then lr^2 (1 - b_1) / (1 + b_1) for every element there, though those of G span twelve
    decades. The bases lag and are averages of few gradients: a factor of two."""
    A, B = (orthogonal(n, n) * torch.logspace(-3, 3, n, dtype=torch.float64).sqrt() for n in (6, 4))
    weight = nn.Parameter(torch.zeros(6, 4, dtype=torch.float64))
    optimizer = SOAP([weight], lr=19**0.5, basis_beta=0.99, eps=0.0)  # (1 + b_1) / (1 - b_1) = 19
    total = torch.zeros(6, 4, dtype=torch.float64)
    for k in range(4000):
        before = weight.detach().clone()
        descend(optimizer, weight, [A @ normal(6, 4, key=k) @ B.T])
        step = weight.detach() - before
        if k >= 2000:
            left, right = torch.linalg.svd(A)[0], torch.linalg.svd(B)[0]
            total += (left.T @ step @ right).square() / 2000
    assert total.min() > 0.5
    assert total.max() < 2.0


def test_a_new_basis_turns_no_step_loose():
    """m goes with the basis: over a v that did not, what is strong would be a step of any size where v was weak."""
    weight = nn.Parameter(torch.zeros(4, 4, dtype=torch.float64))
    optimizer = SOAP([weight], lr=0.0)
    strong = torch.logspace(0, -6, 4, dtype=torch.float64)
    descend(optimizer, weight, [strong.outer(strong) * (1 + 0.1 * normal(4, 4, key=k)) for k in range(35)])
    state = optimizer.state[weight]
    new = orthogonal(4, 5) @ torch.diag(strong) @ orthogonal(4, 5).T
    state["L"] = {0: new.clone(), 1: new.clone()}
    weak = state["v"].clone()
    soap.follow(state)
    assert (state["m"].square() / weak).max() > 1e6
    assert (state["m"].square() / state["v"]).max() < 20  # these gradients are one direction: not independent


def test_an_ill_conditioned_quadratic():
    """f(W) = |A W B - C|^2 / 2 with conditions 1e3 of A and B: solved where Adam of the same rates is far from it."""
    A, B = (orthogonal(n, n) @ torch.diag(torch.logspace(-3, 0, n, dtype=torch.float64)) @ orthogonal(n, n + 9)
            for n in (8, 6))  # fmt: skip
    exact = normal(8, 6)
    losses = {}
    for kind in (SOAP, torch.optim.Adam):
        weight = nn.Parameter(torch.zeros(8, 6, dtype=torch.float64))
        optimizer = kind([weight], lr=0.1, betas=(0.9, 0.95))
        for k in range(2000):
            optimizer.param_groups[0]["lr"] = 0.1 * (1 - k / 2000)
            optimizer.zero_grad()
            loss = 0.5 * (A @ (weight - exact) @ B).square().sum()
            loss.backward()
            optimizer.step()
        losses[kind] = loss.item()
    assert losses[SOAP] < 1e-2 * losses[torch.optim.Adam]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((240, 1600), [2, 120, 16, 100]),
        ((64, 1600), [64, 16, 100]),
        ((64, 416), [64, 416]),
        ((4, 1, 100), [4, 100]),
        ((1, 240), [240]),
        ((50, 1601), [50, 1601]),
        ((1,), []),
    ],
)
def test_long_and_dear_axes_are_grids(shape: tuple[int, ...], expected: list[int]):
    assert soap.grid(shape) == expected


def test_turning_is_a_product_along_every_axis():
    x, Q = normal(6, 5, 4), {d: normal(n, n, key=n) for d, n in enumerate((6, 5, 4))}
    torch.testing.assert_close(soap.turn(x, Q), torch.einsum("abc,ai,bj,ck->ijk", x, *Q.values()))


@pytest.mark.parametrize("shape", [(3,), (1,), (4, 3), (2, 300), (3, 4, 5)])
def test_a_loaded_state_goes_on_to_the_same_bits(shape: tuple[int, ...]):
    a = nn.Parameter(normal(*shape).float())
    gradients = [normal(*shape, key=k).float() for k in range(24)]
    first = SOAP([a], lr=0.1)
    descend(first, a, gradients[:12])
    b = nn.Parameter(a.detach().clone())
    second = SOAP([b], lr=0.1)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    descend(first, a, gradients[12:])
    descend(second, b, gradients[12:])
    assert torch.equal(a, b)


def test_what_has_no_gradient_stays():
    weight, idle = nn.Parameter(normal(4, 3)), nn.Parameter(normal(4, 3))
    start = idle.detach().clone()
    optimizer = SOAP([weight, idle], lr=0.1)
    idle.grad = torch.zeros_like(idle)  # of a species that is not in the batch
    descend(optimizer, weight, [normal(4, 3, key=k) for k in range(12)])
    assert torch.equal(idle, start)
    idle.grad = normal(4, 3)
    optimizer.step()
    assert idle.isfinite().all()
