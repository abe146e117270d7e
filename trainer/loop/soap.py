"""SOAP: Adam in the eigenbasis of Shampoo's preconditioner (Vyas et al., ICLR 2025, arXiv:2409.11321)."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

from trainer.kernels import product
from trainer.loop import processes

LONGEST = 512  # of an axis with a basis: they are renewed in n^3
DEAREST = 5e7  # multiply-adds to turn a weight along one axis: half a millisecond at 100 G a second
CALM = 4.0  # |m| / sqrt(v) is some 1 / CALM where gradients have random signs: what v is raised to in a new basis


class SOAP(torch.optim.Optimizer):
    """For a weight W with axes d of lengths n_d and its gradient G, G_(d) being G as a matrix with n_d rows:

    L_d <- b L_d + (1 - b) G_(d) G_(d)^T                                  b = `basis_beta`^`sample` every `sample` steps
    Q_d <- eigenvectors of L_d                                            every `refresh` steps
    G' = G x Q_d along every axis                                         into the eigenbasis
    m <- b_1 m + (1 - b_1) G',  v <- b_2 v + (1 - b_2) G'^2               Adam's moments, there
    W <- W - lr m / (1 - b_1^k) / (sqrt(v / (1 - b_2^k)) + eps) x Q_d^T   back from it

    with x the product along an axis: the covariance of G is taken for a Kronecker product of the L_d, and Adam works
    where such a covariance is diagonal. Eigenvectors follow L_d by one orthogonal iteration, Q <- qr(L Q), columns in
    the order of their eigenvalues; for the first `refresh` steps there is no Q, and this is Adam. An axis that is
    too long or too dear to turn counts as two: the descriptor of DeepPot-SE is such a table. All weights take one call
    of Adam, and what has one axis alone (a bias) is Adam's."""

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.95),
        basis_beta: float = 0.9,
        sample: int = 5,
        refresh: int = 10,
        eps: float = 1e-8,
    ):
        """lr: as Adam's; betas: b_1, b_2."""
        super().__init__(parameters, {"lr": lr})
        self.betas, self.eps = betas, eps
        self.basis_beta, self.sample, self.refresh = basis_beta, sample, refresh

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]  # the loop has no closures
        for group in self.param_groups:
            parameters = [p for p in group["params"] if p.grad is not None]
            states = [self.state[p] for p in parameters]
            gradients = [self._turned(p, state) for p, state in zip(parameters, states, strict=True)]
            # where there is a basis, Adam starts from its origin, and the way that it goes is turned back
            places = [
                torch.zeros_like(g) if state["Q"] else p.view(g.shape)
                for p, g, state in zip(parameters, gradients, states, strict=True)
            ]
            self._adam(places, gradients, states, group["lr"])
            for parameter, place, state in zip(parameters, places, states, strict=True):
                if state["Q"]:
                    parameter.add_(turn(place, {d: Q.T for d, Q in state["Q"].items()}).view_as(parameter))

    def _turned(self, parameter: nn.Parameter, state: dict[str, Any]) -> Tensor:
        """The gradient in the present eigenbasis, which it may renew."""
        gradient = parameter.grad.reshape(grid(parameter.shape)).contiguous()  # type: ignore[union-attr]
        if not state:
            state |= {"k": 0, "m": torch.zeros_like(gradient), "v": torch.zeros_like(gradient), "Q": {}}
            state["L"] = {d: gradient.new_zeros(2 * [gradient.shape[d]]) for d in bases(gradient.shape)}
        state["k"] += 1
        since = self.sample if state["Q"] else 1
        if state["k"] % since == 0:
            for d, L in state["L"].items():
                L.lerp_(gram(gradient, d), 1 - self.basis_beta**since)
        if state["L"] and state["k"] % self.refresh == 0:
            follow(state)
        return turn(gradient, state["Q"])

    def _adam(self, places: list[Tensor], gradients: list[Tensor], states: list[dict[str, Any]], lr: float) -> None:
        """One step of Adam for all of them at once."""
        if not places:
            return
        done = [torch.tensor(state["k"] - 1.0, device=p.device) for state, p in zip(states, places, strict=True)]
        adam(
            places,
            gradients,
            [state["m"] for state in states],
            [state["v"] for state in states],
            [],
            done,
            fused=True,
            amsgrad=False,
            maximize=False,
            lr=lr,
            beta1=self.betas[0],
            beta2=self.betas[1],
            eps=self.eps,
            weight_decay=0.0,
        )


def follow(state: dict[str, Any]) -> None:
    """Q of the present L. The moments begin anew in the first Q; then m is turned by R into the next, and v keeps its
    order, but where it would be too small for the m that is turned there:

    v <- max(v, min(v turned by R o R, (CALM m)^2))

    An m of strong gradients over a v of weak ones would be a step of any size, and trainings blow up. v turned by the
    squares of R is the variance there if the gradient's elements were independent; taken everywhere, it would let some
    of the strong directions into all weak ones and slow them down.

    Gradients of descriptors have covariances with conditions beyond 1e12, whose last eigenvectors are of rounding: all
    processes take those of the first, or they would part."""
    if not state["Q"]:
        state["Q"] = {d: processes.of_first(torch.linalg.eigh(L)[1].flip(1)) for d, L in state["L"].items()}
        state |= {"k": 1, "m": torch.zeros_like(state["m"]), "v": torch.zeros_like(state["v"])}
        return
    R, v = {}, state["v"]
    for d, L in state["L"].items():
        Q = state["Q"][d]
        LQ = product(L, Q)
        order = processes.of_first((Q * LQ).sum(0).argsort(descending=True, stable=True))
        state["Q"][d] = processes.of_first(torch.linalg.qr(LQ.index_select(1, order))[0])
        R[d], v = product(Q.T, state["Q"][d]), v.index_select(d, order)
    state["m"] = turn(state["m"], R)
    needed = torch.minimum(turn(state["v"], {d: r.square() for d, r in R.items()}), (CALM * state["m"]).square())
    state["v"] = torch.maximum(v, needed)


def grid(shape: Sequence[int]) -> list[int]:
    """Without axes of length 1; those beyond LONGEST or DEAREST in two, the second up to 128: 1600 -> 16, 100."""
    axes, size = [], math.prod(shape)
    for n in shape:
        whole = n <= LONGEST and n * size <= DEAREST
        part = n if whole else next(p for p in range(min(n, 128), 0, -1) if n % p == 0)
        axes += [p for p in (n // part, part) if p > 1]
    return axes


def bases(shape: Sequence[int]) -> list[int]:
    """The axes that have a basis: those up to LONGEST, of what has several axes."""
    return [d for d, n in enumerate(shape) if n <= LONGEST] if len(shape) > 1 else []


def gram(x: Tensor, axis: int) -> Tensor:
    """X X^T, X being x as a matrix with `axis` as its rows: [n, n]"""
    rows = x.movedim(axis, 0).flatten(1)
    return product(rows, rows.T)


def turn(x: Tensor, bases: Mapping[int, Tensor]) -> Tensor:
    """y_..k.. = sum_j x_..j.. Q_jk along every axis that has a Q."""
    for d, Q in bases.items():
        if d == x.dim() - 1:
            x = product(x, Q)
        else:
            before, n = math.prod(x.shape[:d]), x.shape[d]
            x = product(Q.T, x.reshape(before, n, -1)).view(x.shape)
    return x
