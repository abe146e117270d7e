"""The price with different rates for lending and borrowing from both sides: no network, and nothing discretised.

f is the largest of -r u - (drift - r) s over rates r between R^l and R^b. So u is the best discounted payoff over
adapted rates (El Karoui, Peng and Quenez, Math. Finance 7 (1997) 1). Under a rate r all prices drift by r, and the
discounted ones are M = start exp(volatility W - volatility^2 t / 2), whatever r was. With rho_t, the integral of r,

    u = sup over r of E phi(rho_T, M_T),     phi(rho, M) = e^-rho g(e^rho M),

and g depends on m, the largest of the prices, alone. Let D_t = E[d phi / d rho (theta, M_T) | M_t], which is known: the
largest of independent prices has a product of distributions. For any theta_n and rho_n that are known at t_n,
(rho_n - R^b t_n) (D_(n+1) - D_n) with theta = theta_n has no mean. These are subtracted from phi. Then

    any policy is below u: here R^b where D_n > 0, and R^l elsewhere, theta_n being rho_n + R^b (T - t_n);
    the best of all rates with the whole path known, rho_(n+1) - rho_n being between R^l dt and R^b dt, is above u

(Rogers, SIAM J. Control Optim. 46 (2007) 1116; Brown, Smith and Sun, Oper. Res. 58 (2010) 785): for every number of
steps, as rates that are constant over a step are rates, and all rates have such sums. The maximum is exact: an
increment of rho in step k costs B_k = sum of the later differences of D, the cheapest are taken first, and phi less
their cost is piecewise smooth in rho_N. Path by path the second is above the first.
"""

import math

import torch
from torch import Tensor

LOW, HIGH = 120.0, 150.0  # strikes: g = max(m - LOW, 0) - 2 max(m - HIGH, 0)


def sides(
    start: Tensor, dw: Tensor, horizon: float, volatility: float, lending: float, borrowing: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Of each path the policy's value and the best one, with means below and above u, and phi(R^b T, M_T).

    start: [n, d], dw: [steps, n, d] -> [n], [n], [n] float64"""
    steps = len(dw)
    dt = horizon / steps
    logs = start.double().log()
    rho, policy, least = (torch.zeros_like(logs[:, 0]) for _ in range(3))  # least: what the lowest rates cost
    moves = []
    for n in range(steps):
        left = horizon - n * dt
        theta = rho + borrowing * left
        before = slope(theta, logs, volatility * left**0.5)
        logs = logs + volatility * dw[n].double() - 0.5 * volatility**2 * dt
        move = slope(theta, logs, volatility * max(0.0, left - dt) ** 0.5) - before
        policy = policy - (rho - borrowing * n * dt) * move
        least = least + (lending - borrowing) * n * dt * move
        moves.append(move)
        rho = rho + (lending + (borrowing - lending) * (before > 0).double()) * dt
    m = logs.amax(1).exp()
    best = best_rates(torch.stack(moves), m, lending * dt, borrowing * dt) - least
    return policy + phi(rho, m), best, phi(torch.full_like(rho, borrowing * horizon), m)


def phi(rho: Tensor, m: Tensor) -> Tensor:
    """m: the largest of the discounted prices at T."""
    return (m - LOW * torch.exp(-rho)).clamp(min=0) - 2 * (m - HIGH * torch.exp(-rho)).clamp(min=0)


def slope(theta: Tensor, logs: Tensor, deviation: float) -> Tensor:
    """E d phi / d rho (theta, M_T) = sum over the strikes K of (1, -2) k P(m > k), k = K e^-theta.

    theta: [n]; logs: ln M [n, d]; deviation: volatility sqrt(T - t)"""
    total = torch.zeros_like(theta)
    for strike, share in ((LOW, 1.0), (HIGH, -2.0)):
        log_k = math.log(strike) - theta
        distance = log_k[:, None] - logs
        if deviation > 0:
            none = torch.special.log_ndtr(distance / deviation + 0.5 * deviation).sum(1).exp()
        else:
            none = (distance > 0).all(1).double()
        total = total + share * log_k.exp() * (1 - none)
    return total


def best_rates(moves: Tensor, m: Tensor, low: float, high: float) -> Tensor:
    """max of phi(rho_N, m) - sum_k (rho_k - k low) moves_k,   rho_(k+1) - rho_k from low to high.

    moves: [steps, n], m: [n] -> [n]"""
    steps = len(moves)
    after = moves.flip(0).cumsum(0).flip(0) - moves  # B_k
    cost = after.sort(0).values
    width = high - low
    first = steps * low + width * torch.arange(steps, dtype=m.dtype, device=m.device)[:, None].expand_as(cost)
    before = width * (cost.cumsum(0) - cost)
    kink = torch.log(HIGH / m).expand_as(cost)
    level = torch.log(LOW / cost.clamp(min=1e-9))  # where the slope of m - LOW e^-rho is the cost
    found = torch.full_like(m, -math.inf)
    for rho in (first, first + width, kink, level):
        rho = torch.minimum(torch.maximum(rho, first), first + width)
        found = torch.maximum(found, (phi(rho, m) - before - cost * (rho - first)).amax(0))
    return found
