"""SOAP: Adam in the eigenbasis of Shampoo's preconditioner (Vyas et al., ICLR 2025, arXiv:2409.11321)."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from trainer.loop import processes

LONGEST = 256  # of an axis with a basis: turning a weight there and back takes 2 n multiply-adds an element and axis


class SOAP(torch.optim.Optimizer):
    """For a weight W with axes d of lengths n_d and its gradient G, G_(d) being G as a matrix with n_d rows:

    L_d <- b L_d + (1 - b) G_(d) G_(d)^T,  Q_d <- its eigenvectors       every `refresh` steps
    G' = G x Q_d along every axis                                         into the eigenbasis
    m <- b_1 m + (1 - b_1) G',  v <- b_2 v + (1 - b_2) G'^2               Adam's moments, there
    W <- W - lr m / (1 - b_1^k) / (sqrt(v / (1 - b_2^k)) + eps) x Q_d^T   back from it

    with x the product along an axis: the covariance of G is taken for a Kronecker product of the L_d, and Adam works
    where such a covariance is diagonal. Eigenvectors follow L_d by one orthogonal iteration, Q <- qr(L Q), columns in
    the order of their eigenvalues; for the first `refresh` steps there is no Q, and this is Adam. An axis longer than
    LONGEST counts as two: the descriptor of DeepPot-SE is such a table. What has one axis alone (a bias) is Adam's."""

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.95),
        basis_beta: float = 0.9,
        refresh: int = 10,
        eps: float = 1e-8,
    ):
        """lr: as Adam's; betas: b_1, b_2; basis_beta: b."""
        super().__init__(parameters, {"lr": lr})
        self.betas, self.basis_beta, self.refresh, self.eps = betas, basis_beta, refresh, eps

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]  # the loop has no closures
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group["lr"], self.state[parameter])

    def _update(self, parameter: Tensor, lr: float, state: dict[str, Any]) -> None:
        gradient = parameter.grad.reshape(grid(parameter.shape))  # type: ignore[union-attr]
        axes = bases(gradient.shape)
        if not state:
            state |= {"k": 0, "m": torch.zeros_like(gradient), "v": torch.zeros_like(gradient)}
            state |= {"L": [gradient.new_zeros(2 * [gradient.shape[d]]) for d in axes], "Q": []}
        state["k"] += 1
        if not state["Q"] or state["k"] % self.refresh == 0:
            for L, d in zip(state["L"], axes, strict=True):
                L.lerp_(gram(gradient, d), 1 - self.basis_beta)
        if axes and state["k"] % self.refresh == 0:
            follow(state, axes)
        (b_1, b_2), k = self.betas, state["k"]
        turned = turn(gradient, state["Q"])
        m, v = state["m"].lerp_(turned, 1 - b_1), state["v"].mul_(b_2).addcmul_(turned, turned, value=1 - b_2)
        c = math.sqrt(1 - b_2**k)
        direction = turn(m / v.sqrt().add_(self.eps * c), [Q.T for Q in state["Q"]])
        parameter.sub_(direction.view_as(parameter), alpha=lr * c / (1 - b_1**k))


def follow(state: dict[str, Any], axes: Sequence[int]) -> None:
    """Q of the present L. The moments begin anew in the first Q; then m is turned into the next, v keeps its order.

    Gradients of descriptors have covariances with conditions beyond 1e12, whose last eigenvectors are of rounding: all
    processes take those of the first, or they would part."""
    if not state["Q"]:
        state["Q"] = [processes.of_first(torch.linalg.eigh(L)[1].flip(1)) for L in state["L"]]
        state |= {"k": 1, "m": torch.zeros_like(state["m"]), "v": torch.zeros_like(state["v"])}
        return
    between = []
    for number, d in enumerate(axes):
        L, Q = state["L"][number], state["Q"][number]
        LQ = L @ Q
        order = (Q * LQ).sum(0).argsort(descending=True, stable=True)
        order = processes.of_first(order)
        new = processes.of_first(torch.linalg.qr(LQ[:, order])[0])
        between.append(Q.T @ new)
        state["v"], state["Q"][number] = state["v"].index_select(d, order), new
    state["m"] = turn(state["m"], between)


def grid(shape: Sequence[int]) -> list[int]:
    """Without axes of length 1; those beyond LONGEST in two, the second up to half of it: (9, 1600) -> [9, 16, 100]."""
    axes = []
    for n in shape:
        most = LONGEST if n <= LONGEST else LONGEST // 2
        part = next(p for p in range(min(n, most), 0, -1) if n % p == 0)
        axes += [p for p in (n // part, part) if p > 1]
    return axes


def bases(shape: Sequence[int]) -> list[int]:
    """The axes that have a basis: those up to LONGEST, of what has several axes."""
    return [d for d, n in enumerate(shape) if n <= LONGEST] if len(shape) > 1 else []


def gram(x: Tensor, axis: int) -> Tensor:
    """X X^T, X being x as a matrix with `axis` as its rows: [n, n]"""
    rows = x.movedim(axis, 0).flatten(1)
    return rows @ rows.T


def turn(x: Tensor, basis: Sequence[Tensor]) -> Tensor:
    """y_..k.. = sum_j x_..j.. Q_jk along every axis that has a Q."""
    if not basis:
        return x
    with_basis = dict(zip(bases(x.shape), basis, strict=True))
    for d in range(x.dim()):  # the first axis becomes the last one, until all are in place again
        rows = x.reshape(len(x), -1).T
        x = (rows @ with_basis[d] if d in with_basis else rows).reshape(*x.shape[1:], len(x))
    return x
