"""Which moments are those of a gas: of a distribution that is nowhere negative, without molecules faster than a limit.

a_0 .. a_M (kinetic.moments.hermite) are, if and only if int g p^2 f dxi >= 0 for all polynomials p and, with L = LIMIT,

    g = L - xi and g = L + xi,    p of degrees up to (M - 1) / 2    for odd M
    g = 1 and g = L^2 - xi^2,     up to M / 2 and M / 2 - 1         for even M

(the truncated moment problem of Hausdorff: Akhiezer, Krein, Some Questions in the Theory of Moments, 1962). These are
matrices that are linear in a_k, and 1 in equilibrium if p is expanded in polynomials that are orthonormal with g times
the Maxwellian. So the least eigenvalue says which share of the departure from equilibrium a gas can have.

For M = 3 that is |a_3| <= L - 1 / L, and no higher moment says more. There L is the fastest signal, the largest root
of He_4: what is carried no faster than that leaves a gas its temperature just as far, since with c the speed of the
signals int (c +- xi) (1, xi, xi^2) f dxi are moments of a gas for |a_3| <= c - 1 / c. With L = 8 streams that part at
1.5 sqrt(theta) came to a_3 = 7, and were lost.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.polynomial import hermite_e
from torch import Tensor

from kinetic.gas import LOST, LostGas

LIMIT = 8.0  # of |v - u| / sqrt(theta)
KEPT = 0.1  # what is left of the Maxwellian in every gas
LEAST = KEPT - 1.0  # eigenvalue of what a departure from equilibrium adds


class Realizability:
    """Of a_0 .. a_M. forms: what a_3 .. a_M add to both matrices, [M - 2, degrees, degrees] each."""

    def __init__(self, order: int, device: str | torch.device = "cpu"):
        """order: M >= 2."""
        half, odd = divmod(order, 2)
        limit = LIMIT if order > 3 else float(hermite_e.hermegauss(order + 1)[0][-1])
        if odd:
            weights = [(lambda xi: limit - xi, half), (lambda xi: limit + xi, half)]
        else:
            weights = [(lambda xi: xi**0, half), (lambda xi: limit**2 - xi**2, half - 1)]
        self.forms = [form(g, degree, order).to(device) for g, degree in weights]
        self._most = torch.stack([f.square().sum((-1, -2)).sqrt() for f in self.forms]).amax(0)  # of what one a_k adds

    def share(self, a: Tensor) -> Tensor | None:
        """The largest t <= 1 with (1 - KEPT) of a gas in 1, 0, 0, t a_3, t a_4, ... a: [..., M + 1, nx] -> [..., nx];
        None where it is 1 everywhere. Raises LostGas where a is not finite."""
        higher = a[..., 3:, :].detach().mT
        if bool(((higher.abs() @ self._most) <= -LEAST).all()):  # no eigenvalue is larger than Frobenius' norm
            return None
        if not bool(torch.isfinite(higher).all()):
            raise LostGas(LOST.format("moments are not finite"))
        matrices = [torch.tensordot(higher, form, 1) for form in self.forms]
        lowest = torch.stack([torch.linalg.eigvalsh(matrix)[..., 0] for matrix in matrices]).amin(0)
        return None if bool((lowest >= LEAST).all()) else LEAST / lowest.clamp(max=LEAST)


def form(g: Callable[[np.ndarray], np.ndarray], degree: int, order: int) -> Tensor:
    """What a_3 .. a_M add to int g p_j p_k f dxi, which is 1 in equilibrium: [M - 2, degree + 1, degree + 1]."""
    xi, weights = hermite_e.hermegauss(2 * order + 2)
    weights /= weights.sum()
    he = hermite_e.hermevander(xi, order)
    normal = [math.sqrt(math.factorial(k)) for k in range(degree + 1)]
    p = he[:, : degree + 1] / normal
    equilibrium = np.einsum("q,qj,qk->jk", weights * g(xi), p, p)
    p = p @ np.linalg.inv(np.linalg.cholesky(equilibrium)).T
    parts = he[:, 3:] / [math.factorial(k) for k in range(3, order + 1)]
    return torch.from_numpy(np.einsum("q,ql,qj,qk->ljk", weights * g(xi), parts, p, p))
