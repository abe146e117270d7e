"""The closure that linear waves ask for: coefficients of the flights (kinetic.moments.flights), without data.

In a wave exp(i k x) of small amplitude on a gas at rest, in units of 1 / (k sqrt(theta)) and with kappa = k eps
sqrt(theta), the moments b_j = int He_j f dv obey

    d_t b_j = -i (b_(j+1) + j b_(j-1)) - [j > 2] b_j / kappa,      b_(M+1)' = sum_k c_k(kappa) b_k'

where c_k, k > 1, is a coefficient times -i A, or a sum of coefficients times E. They are those with the least error of
density, momentum and energy beside the BGK equation, of waves in density, velocity and temperature and over all kappa.
For M = 3 and kappa = inf they are, within 6 %, those of Hammett and Perkins, sqrt(8 pi) / (3 pi - 8) and (32 - 9 pi) /
(3 pi - 8)."""

import math
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from kinetic.moments.flights import RATES

NEVER = torch.tensor([math.inf], dtype=torch.float64)  # kappa where nothing collides
TIMES, STEP = 40, 0.35  # how many, and the time between two: until the fastest waves are gone
WEIGHT = (1.0, 1.0, 0.5)  # of b_0, b_1, b_2: momenta of order sqrt(rho E), energy half the temperature


def numbers() -> Tensor:
    """kappa [10]: from frequent collisions to rare ones."""
    return torch.logspace(-1.3, 2.0, 10, dtype=torch.float64)


@cache
def linear_coefficients(order: int) -> Tensor:
    """[F]: of what kinetic.moments.flights.Flights.last says. order: M >= 3."""
    found = torch.zeros(count(order), dtype=torch.float64, requires_grad=True)
    start, read = torch.eye(order + 1, 3, dtype=torch.complex128), torch.eye(3, order + 1, dtype=torch.complex128)
    start[2, 2] = 2.0
    fit([found], lambda kappa: wave_matrix(found, kappa, order), start, read, bgk_waves())
    return found.detach()


def count(order: int) -> int:
    """F, how many flights there are of g_2 .. g_M."""
    return order // 2 + len(RATES) * ((order - 1) // 2)


def fit(
    parameters: list[Tensor], matrix: Callable[[Tensor], Tensor], start: Tensor, read: Tensor, exact: Tensor
) -> None:
    """Moves the parameters of `matrix`, kappa [K] -> [K, n, n], to the least error of waves.

    start: [n, 3] its variables of waves whose distributions are 1, xi, |xi|^2 - D times the Maxwellian; read: [3, n]
    what moments of these the variables say; exact: [TIMES, K, 3, 3] those moments, of the kinetic equation."""
    kappa, weight = numbers(), torch.tensor(WEIGHT, dtype=torch.float64)
    optimiser = torch.optim.LBFGS(parameters, max_iter=150, tolerance_change=1e-12, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        off = evolve(matrix(kappa), start, read) - exact
        relative = (off * weight[:, None] * weight).abs().square().mean((0, 2, 3)) + 1e-14
        value = relative.mean() + 0.3 * relative.sqrt().mean()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    with torch.enable_grad():
        optimiser.step(loss)  # type: ignore[no-untyped-call]


def wave_matrix(coefficients: Tensor, kappa: Tensor, order: int) -> Tensor:
    """The matrices of d_t b: [K, M + 1, M + 1]. coefficients: [F], kappa: [K]."""
    alike, others = coefficients[: order // 2], coefficients[order // 2 :].reshape(len(RATES), -1)
    closing = torch.zeros(len(kappa), order + 1, dtype=torch.complex128)
    closing[:, 2 + order % 2 :: 2] = -1j * angle(kappa)[:, None] * alike
    closing[:, 3 - order % 2 :: 2] = (excess(kappa)[..., None] * others).sum(-2) + 0j
    j = torch.arange(1.0, order + 1, dtype=torch.float64)
    couple = torch.diag(torch.ones_like(j), 1) + torch.diag(j, -1)
    last = one_hot(torch.tensor(order), order + 1)[:, None]
    return -1j * (couple + last * closing[:, None]) - bgk_rates(order) / kappa[:, None, None]


def projected_matrix(couple: Tensor, rates: Tensor, damping: Tensor, shifting: Tensor, kappa: Tensor) -> Tensor:
    """The same for orthonormal functions e_0 .. e_M: [K, M + 1, M + 1]. couple: [M + 1, M + 1] int omega xi e_j e_k;
    rates: [M + 1, M + 1] of collisions.

    damping [M - 2, M - 2], shifting [len(RATES), M - 2, M - 2]: what K g and E g are multiplied by."""
    closing = angle(kappa)[:, None, None] * damping + 1j * (excess(kappa)[..., None, None] * shifting).sum(1)
    padded = torch.nn.functional.pad(closing, (3, 0, 3, 0))
    return -1j * couple - padded - rates / kappa[:, None, None]


def angle(kappa: Tensor) -> Tensor:
    """A: [K]"""
    return 2.0 / math.pi * torch.atan(kappa / RATES[0])


def excess(kappa: Tensor) -> Tensor:
    """E: [K, len(RATES)]"""
    return torch.stack([1.0 / (1.0 + (rate / kappa).square()) for rate in RATES], -1)


def bgk_rates(order: int) -> Tensor:
    """Of collisions: 1 for all moments but the first three. [M + 1, M + 1]"""
    return torch.diag((torch.arange(order + 1) > 2).double())


@cache
def bgk_waves() -> Tensor:
    """Density, momentum and <He_2> of waves in He_0, He_1, He_2: [TIMES, K, 3, 3]."""
    _, waves, weights = velocities()
    return evolve(bgk_matrix(numbers()), waves + 0j, weights + 0j)


def bgk_matrix(kappa: Tensor) -> Tensor:
    """The same for the distribution over the Maxwellian, on 96 velocities: [K, 96, 96]."""
    v, waves, weights = velocities()
    project = (waves / torch.tensor([1.0, 1.0, 2.0], dtype=torch.float64)) @ weights
    return torch.diag(-1j * v) + (project - torch.eye(len(v))) / kappa[:, None, None]


def velocities() -> tuple[Tensor, Tensor, Tensor]:
    v = torch.linspace(-7.5, 7.5, 96, dtype=torch.float64)
    waves = torch.stack([torch.ones_like(v), v, v.square() - 1.0], -1)
    maxwellian = torch.exp(-0.5 * v.square()) / math.sqrt(2 * math.pi) * (v[1] - v[0])
    return v, waves, (waves * maxwellian[:, None]).T


def evolve(matrix: Tensor, state: Tensor, read: Tensor) -> Tensor:
    """What `read` [3, n] makes of `state` [n, 3] at all times: [TIMES, K, 3, 3]. matrix: [K, n, n]."""
    ahead = torch.linalg.matrix_exp(STEP * matrix)
    seen = []
    for _ in range(TIMES):
        state = ahead @ state
        seen.append(read @ state)
    return torch.stack(seen)
