"""Distributions at the ends of the tube: ghost cells for the stencils, and the gas at a diffuse wall."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from kinetic.kernels import End, Pair
from kinetic.numerics.weno import GHOSTS


class Ends:
    """Both walls of a tube."""

    def __init__(
        self, v: Tensor, kinds: Sequence[str], incoming: Sequence[Tensor], marginal: Callable[[Tensor], Tensor]
    ):
        """v: [nv, 1] along x; kinds, incoming: of the left and the right wall; marginal: that of the model."""
        self._v, self._marginal = v, marginal
        # arrays of the right wall are mirrored in x and v, so that one formula serves both ends
        self.both = End(kinds[0], incoming[0]), End(kinds[1], incoming[1].flip(-2))

    def pad(self, f: Tensor) -> Tensor:
        """f: [..., nv, nx] -> [..., nv, nx + 6] with GHOSTS at both ends."""
        left, right = self.ghosts(f)
        if left is None or right is None:
            return torch.cat([f[..., -GHOSTS:], f, f[..., :GHOSTS]], -1)
        return torch.cat([left, f, right], -1)

    def ghosts(self, f: Tensor) -> Pair:
        """Cells beyond each end [..., nv, 3]; none where the flow is periodic."""
        if self.both[0].kind == "periodic":
            return None, None
        left, right = self.both
        return self._ghosts(f, left), self._ghosts(f.flip(-1, -2), right).flip(-1, -2)

    def at_walls(self, f: Tensor) -> Pair:
        """f at diffuse walls [..., nv, 1], where what goes out comes in again."""
        left, right = self.both
        return (
            self._wall(f, left) if left.kind == "diffuse" else None,
            self._wall(f.flip(-1, -2), right).flip(-2) if right.kind == "diffuse" else None,
        )

    def _ghosts(self, f: Tensor, end: End) -> Tensor:
        """Three cells to the left of f."""
        if end.kind == "reflecting":
            return f[..., :GHOSTS].flip(-1, -2)
        if end.kind == "outflow":
            return f[..., :1].expand(*f.shape[:-1], GHOSTS)
        if end.kind == "inflow":
            return end.incoming.expand(*f.shape[:-1], GHOSTS)
        return 2.0 * self._wall(f, end) - f[..., :GHOSTS].flip(-1)  # so that a straight line goes through the wall

    def _wall(self, f: Tensor, end: End) -> Tensor:
        """f [..., nv, 1] at a diffuse wall on the left: rho_w M_w for v > 0, as much as what arrives with v < 0."""
        arriving = (1.5 * f[..., :1] - 0.5 * f[..., 1:2]) * (self._v < 0)
        arriving = arriving * (self._marginal(arriving) > 0)  # a straight line may end below 0, which no gas does
        leaving = end.incoming * (self._v > 0)
        gone, come = (-(self._v * self._marginal(part)).sum(-2, keepdim=True) for part in (arriving, leaving))
        return arriving - (gone / come) * leaving
